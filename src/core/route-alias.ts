// The setting `routes` of middleware.http.routeralias: which paths are led to which other path.
import { isJsonObject } from './json.ts'
import { parseTarget } from './request-target.ts'
import type { RuleProblem } from './rule-problem.ts'
import { parseStrictJson } from './strict-json.ts'
import type { Read } from './token-settings.ts'

export interface RouteAlias {
  /** RE2 source that a whole decoded path must match; the group `v0` is the first variable, and so on. */
  readonly pattern: string
  /** Variables of the pattern in their order. */
  readonly variables: readonly string[]
  /** Normalized. */
  readonly to: string
}

const most = 256

/** A JSON object or a flat YAML map: `"/from/{id}": "/to"`, in the order written. */
export function readRouteAliases(text: string): Read<readonly RouteAlias[]> {
  const entries = text.startsWith('{') ? jsonEntries(text) : lineEntries(text)
  if (entries === undefined || entries.length === 0 || entries.length > most) return notRoutes
  const value: RouteAlias[] = []
  for (const [from, to] of entries) {
    const target = targetOf(to)
    if (target === undefined) return badTarget
    const source = sourceOf(from)
    if (source === undefined) return badSource
    value.push({ ...source, to: target })
  }
  return { value }
}

const notRoutes: RuleProblem = {
  problem: `is not a map of 1 to ${most} routes`,
  hint: 'Write {"/from/{id}": "/to"}.',
}
const badSource: RuleProblem = {
  problem: 'has a route that is no path, or whose {variables} are not well formed',
  hint: 'Begin it with "/", and write variables as {name} or {name:expression}.',
}
const badTarget: RuleProblem = {
  problem: 'leads to something that is not a plain path',
  hint: 'Write a path that begins with "/", without query, dot segments and variables.',
}

type Entries = readonly (readonly [from: string, to: string])[]

function jsonEntries(text: string): Entries | undefined {
  const value = parseStrictJson(Buffer.from(text), 1)?.value
  if (!isJsonObject(value)) return undefined
  const entries = Object.entries(value)
  return entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')
    ? entries
    : undefined
}

const quoted = String.raw`"[^"\\]*"|'[^']*'`
const line = new RegExp(`^\\s*(${quoted}|[^\\s"'].*?)\\s*:\\s+(${quoted}|[^\\s"'#]\\S*)\\s*$`)

function lineEntries(text: string): Entries | undefined {
  const lines = text.split('\n').filter((part) => !/^\s*(?:#.*)?$/.test(part))
  const entries = lines.map((part) => line.exec(part))
  const seen = new Set(entries.map((entry) => entry?.[1]))
  if (entries.includes(null) || seen.size < entries.length) return undefined
  return entries.map((entry) => [unquoted(entry?.[1]), unquoted(entry?.[2])] as const)
}

function unquoted(text = ''): string {
  return /^["']/.test(text) ? text.slice(1, -1) : text
}

function targetOf(text: string): string | undefined {
  try {
    const { path, query } = parseTarget(text)
    return query === '' ? path : undefined
  } catch {
    return undefined
  }
}

const name = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/

/** As gorilla/mux reads it, which Dapr uses: `{name}` is what stands between two slashes. */
function sourceOf(from: string): Omit<RouteAlias, 'to'> | undefined {
  const pieces = splitBraces(withoutSlash(from))
  if (!from.startsWith('/') || pieces === undefined) return undefined
  const variables: string[] = []
  let pattern = ''
  for (const [index, piece] of pieces.entries()) {
    if (index % 2 === 0) {
      pattern += piece.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)
      continue
    }
    const colon = piece.indexOf(':')
    const variable = colon === -1 ? piece : piece.slice(0, colon)
    const expression = colon === -1 ? '[^/]+' : piece.slice(colon + 1)
    if (!name.test(variable) || variables.includes(variable) || expression === '') return undefined
    pattern += `(?P<v${variables.length}>${expression})`
    variables.push(variable)
  }
  return { pattern: `^(?:${pattern})$`, variables }
}

/** A slash at the end does not count, as in Dapr. */
export function withoutSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
}

/** Literal, variable, literal, …; braces may nest, as in `{id:[0-9]{3}}`. */
function splitBraces(text: string): string[] | undefined {
  const pieces = ['']
  let depth = 0
  for (const character of text) {
    const opens = character === '{'
    if (character === '}' && depth === 0) return undefined
    if (character === '}') depth -= 1
    if (depth === 0 && (opens || character === '}')) pieces.push('')
    else pieces.push(`${pieces.pop()}${character}`)
    if (opens) depth += 1
  }
  return depth === 0 ? pieces : undefined
}
