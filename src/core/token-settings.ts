// The settings of a token check that are lists: scopes, what scopes imply, issuers, audiences, claims, headers made of claims.
import { headerNameProblem } from './header-rules.ts'
import type { RuleProblem } from './rule-problem.ts'
import { judgeUrl } from './trusted-url.ts'

/** A setting as what it means, or what is wrong with its text. */
export type Read<T> = { readonly value: T } | RuleProblem

/** Texts between commas or white space, or a JSON list, which a YAML list becomes; each once, in the order given. */
export function readList(text: string): Read<readonly string[]> {
  if (!text.startsWith('[')) return { value: unique(text.split(/[,\s]+/)) }
  const problem = { problem: 'is not a list of texts', hint: 'Write one, two or a YAML list.' }
  try {
    const list: unknown = JSON.parse(text)
    if (!Array.isArray(list) || !list.every((item) => typeof item === 'string')) return problem
    return { value: unique(list) }
  } catch {
    return problem
  }
}

/** RFC 6749 §3.3 */
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/

export function readScopes(text: string): Read<readonly string[]> {
  const list = readList(text)
  if ('problem' in list) return list
  if (list.value.every((scope) => scopeToken.test(scope))) return list
  return {
    problem: 'holds a character that scopes do not have',
    hint: 'Write visible ASCII characters without quotation marks and back slashes.',
  }
}

/** Issuers whose keys are found through them. */
export function readIssuers(text: string): Read<readonly string[]> {
  const list = readList(text)
  if ('problem' in list) return list
  for (const issuer of list.value) {
    const verdict = judgeUrl(issuer)
    if (!verdict.ok)
      return { problem: `holds an issuer that ${verdict.problem}`, hint: verdict.hint }
  }
  return list
}

/** Scope → all that it stands for beside itself. */
export type ScopeHierarchy = ReadonlyMap<string, ReadonlySet<string>>

/** `admin > write > read, a > b c`: each scope of a level stands for all on the levels behind it, across chains too. */
export function readScopeHierarchy(text: string): Read<ScopeHierarchy> {
  const implied = new Map<string, readonly string[]>()
  for (const chain of text.split(/[,;\n]/).filter((part) => part.trim() !== '')) {
    const levels = chain.split('>').map((level) => unique(level.split(/\s+/)))
    const isChain = levels.length > 1 && levels.every((level) => level.length > 0)
    if (!isChain || !levels.flat().every((scope) => scopeToken.test(scope))) {
      const hint = 'Write "admin > write > read", with a comma between chains.'
      return { problem: 'is not a hierarchy of scopes', hint }
    }
    for (const [index, level] of levels.entries()) {
      const below = levels.slice(index + 1).flat()
      for (const scope of level) implied.set(scope, [...(implied.get(scope) ?? []), ...below])
    }
  }
  const value = new Map([...implied.keys()].map((scope) => [scope, closureOf(scope, implied)]))
  if ([...value].every(([scope, below]) => !below.has(scope))) return { value }
  return { problem: 'puts a scope above itself', hint: 'Break the circle.' }
}

function closureOf(scope: string, implied: ReadonlyMap<string, readonly string[]>): Set<string> {
  const reached = new Set<string>()
  const open = [scope]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const below of implied.get(next) ?? []) {
      if (reached.has(below)) continue
      reached.add(below)
      open.push(below)
    }
  }
  return reached
}

/** A claim that has to be there; with `value`, as that text or with that text in its list. */
export interface RequiredClaim {
  readonly name: string
  readonly value?: string
}

/** `tenant=acme, email_verified=true, jti` */
export function readRequiredClaims(text: string): Read<readonly RequiredClaim[]> {
  const value = entriesOf(text).map(([name, wanted]) =>
    wanted === undefined ? { name } : { name, value: wanted },
  )
  const isSound =
    value.length > 0 && value.every((claim) => isClaim(claim.name) && claim.value !== '')
  if (isSound) return { value }
  return {
    problem: 'is not a list of claims',
    hint: 'Write name or name=value, with a comma between two.',
  }
}

/** A header that carries a claim to the app. */
export interface ClaimHeader {
  readonly header: string
  readonly claim: string
}

/** `X-User=sub, X-Tenant=tenant` */
export function readClaimHeaders(text: string): Read<readonly ClaimHeader[]> {
  const value: ClaimHeader[] = []
  const seen = new Set<string>()
  for (const [header, claim = ''] of entriesOf(text)) {
    const problem = claimHeaderProblem(header)
    if (problem !== undefined) return problem
    if (!isClaim(claim)) return notHeaders
    if (seen.size === seen.add(header.toLowerCase()).size) {
      return { problem: `sets ${header} twice`, hint: 'Remove one of the two.' }
    }
    value.push({ header, claim })
  }
  return value.length > 0 ? { value } : notHeaders
}

const notHeaders: RuleProblem = {
  problem: 'is not a list of headers with the claims they carry',
  hint: 'Write "X-User=sub, X-Tenant=tenant".',
}

function claimHeaderProblem(header: string): RuleProblem | undefined {
  if (header === '') return notHeaders
  // Servers that read `_` as `-` could not tell two such names apart.
  if (headerNameProblem(header) === undefined && /^x-[a-z0-9-]*[a-z0-9]$/i.test(header)) {
    return undefined
  }
  return {
    problem: 'names a header that claims must not be put into',
    hint: 'Use names that begin with X-, of letters, digits and "-".',
  }
}

/** Names may be URLs, as those of private claims often are. */
function isClaim(name: string): boolean {
  return /^[\x21-\x7e]{1,128}$/.test(name) && name !== '__proto__'
}

/** `a=b, c` as pairs. */
export function entriesOf(text: string): [string, string | undefined][] {
  return text
    .split(/[,\n]/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry) => {
      const mark = entry.indexOf('=')
      return mark === -1
        ? [entry, undefined]
        : [entry.slice(0, mark).trim(), entry.slice(mark + 1).trim()]
    })
}

function unique(parts: readonly string[]): string[] {
  return [...new Set(parts.filter((part) => part !== ''))]
}
