// Reads the Bearer challenge of a refused request (RFC 9110 §11.6.1, RFC 6750 §3, RFC 9728 §5.1).

export interface BearerChallenge {
  readonly error?: string
  /** Without repetitions. */
  readonly scopes?: readonly string[]
  /** As it was sent: nobody has judged it. */
  readonly resourceMetadata?: string
}

const separators = /[\s,]*/y
const param = /([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"=]+))/y
const scheme = /([\w!#$%&'*+.^`|~-]+)(?=[\s,]|$)/y
const rest = /[^,]*,/y

/** Takes all values of WWW-Authenticate, joined by commas; undefined when none of them is a Bearer challenge. */
export function readBearerChallenge(header: string): BearerChallenge | undefined {
  const found = new Map<string, string>()
  let current = ''
  let isThere = false
  for (let at = 0; at < header.length;) {
    at = afterSeparators(header, at)
    const pair = matchAt(param, header, at)
    const name = pair === undefined ? matchAt(scheme, header, at) : undefined
    const next = pair ?? name ?? matchAt(rest, header, at)
    if (next === undefined) break
    at = next.end
    if (name !== undefined) current = String(name.groups[1]).toLowerCase()
    if (current === 'bearer') {
      isThere = true
      keepFirst(found, pair?.groups ?? [])
    }
  }
  return isThere ? challengeOf(found) : undefined
}

/** Once for all patterns: tried by each at every comma, a header of commas alone would take a second. */
function afterSeparators(header: string, at: number): number {
  return matchAt(separators, header, at)?.end ?? at
}

/** A name that comes twice must not let its second value win. */
function keepFirst(found: Map<string, string>, groups: readonly (string | undefined)[]): void {
  const [, name, quoted, plain] = groups
  const key = name?.toLowerCase()
  if (key === undefined || found.has(key)) return
  found.set(key, plain ?? quoted?.replaceAll(/\\(.)/g, '$1') ?? '')
}

function challengeOf(found: ReadonlyMap<string, string>): BearerChallenge {
  const [error, scope] = [found.get('error'), found.get('scope')]
  const resourceMetadata = found.get('resource_metadata')
  const scopes = scopeWords(scope)
  return {
    ...(error === undefined ? {} : { error }),
    ...(scopes.length === 0 ? {} : { scopes }),
    ...(resourceMetadata === undefined ? {} : { resourceMetadata }),
  }
}

/** The scope tokens (RFC 6749 §3.3) of a text or list from the network, each once; what is none is left out. */
export function scopeWords(value: unknown): string[] {
  const words: unknown = typeof value === 'string' ? value.split(' ') : value
  if (!Array.isArray(words)) return []
  return [...new Set(words.filter((word) => isScope(word)))].slice(0, 100)
}

function isScope(word: unknown): word is string {
  return typeof word === 'string' && /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/.test(word)
}

function matchAt(
  pattern: RegExp,
  text: string,
  at: number,
): { readonly groups: readonly (string | undefined)[]; readonly end: number } | undefined {
  pattern.lastIndex = at
  const groups = pattern.exec(text)
  return groups === null ? undefined : { groups, end: pattern.lastIndex }
}
