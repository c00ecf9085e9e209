// RFC 6901 JSON Pointers: reading through them, and copies with some values replaced.
import { isJsonObject, type Json, type JsonObject } from './json.ts'

/** The value at `pointer`, or undefined when there is none. */
export function valueAt(root: Json, pointer: string): Json | undefined {
  let value: Json | undefined = root
  for (const token of tokensOf(pointer))
    value = value === undefined ? undefined : child(value, token)
  return value
}

/** The text at `pointer`; undefined when there is none, or something else. */
export function textAt(root: Json, pointer: string): string | undefined {
  const value = valueAt(root, pointer)
  return typeof value === 'string' ? value : undefined
}

/** The list at `pointer`; empty when there is none, or something else. */
export function listAt(root: Json, pointer: string): readonly Json[] {
  const value = valueAt(root, pointer)
  return Array.isArray(value) ? (value as readonly Json[]) : []
}

/** A copy of `root` with the values of `replacements` at their pointers; pointers that lead nowhere are ignored. */
export function withValues(root: JsonObject, replacements: ReadonlyMap<string, Json>): JsonObject {
  let result: Json = root
  for (const [pointer, value] of replacements) result = replaced(result, tokensOf(pointer), value)
  return isJsonObject(result) ? result : root
}

/** One reference token appended to a pointer, escaped as section 3 asks. */
export function joinPointer(pointer: string, token: string | number): string {
  return `${pointer}/${String(token).replaceAll('~', '~0').replaceAll('/', '~1')}`
}

export function parentPointer(pointer: string): string {
  return pointer.slice(0, Math.max(0, pointer.lastIndexOf('/')))
}

/** The name or position that a pointer ends with, unescaped. */
export function lastToken(pointer: string): string {
  return tokensOf(pointer).at(-1) ?? ''
}

/** A copy of `root` in which the member at `pointer` is called `to`, at the same place among its siblings. */
export function withRenamed(root: Json, pointer: string, to: string): Json {
  return renamed(root, tokensOf(pointer), to)
}

function tokensOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function child(value: Json, token: string): Json | undefined {
  if (Array.isArray(value)) return (value as readonly Json[])[Number(token)]
  if (isJsonObject(value) && Object.hasOwn(value, token)) return value[token]
  return undefined
}

function renamed(value: Json, [token, ...rest]: readonly string[], to: string): Json {
  const inner = token === undefined ? undefined : child(value, token)
  if (token === undefined || inner === undefined) return value
  if (Array.isArray(value)) {
    return (value as readonly Json[]).with(Number(token), renamed(inner, rest, to))
  }
  if (!isJsonObject(value)) return value
  const isHere = rest.length === 0
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      if (key !== token) return [key, member]
      return isHere ? [to, member] : [key, renamed(member, rest, to)]
    }),
  )
}

function replaced(value: Json, tokens: readonly string[], replacement: Json): Json {
  const [token, ...rest] = tokens
  if (token === undefined) return replacement
  const inner = child(value, token)
  if (inner === undefined) return value
  const next = replaced(inner, rest, replacement)
  if (Array.isArray(value)) return (value as readonly Json[]).with(Number(token), next)
  return isJsonObject(value) ? { ...value, [token]: next } : value
}
