// WWW-Authenticate as it was received, taken apart (RFC 9110 §11.6.1): forgiving, because its faults are to be told.

export interface ChallengeParts {
  /** As written. */
  readonly scheme: string
  /** By lower-case name; the first of equal names counts. */
  readonly params: ReadonlyMap<string, string>
  /** Lower-case names of parameters whose value stands without quotes. */
  readonly unquoted: readonly string[]
}

const token = String.raw`[!#$%&'*+.^_\x60|~0-9A-Za-z-]+`
const parameter = new RegExp(
  String.raw`^(${token})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))\s*(?:,\s*|$)`,
)
const scheme = new RegExp(String.raw`^(${token})(?:\s+|\s*,\s*|$)`)

/** The challenges of all WWW-Authenticate headers, in order. What cannot be read ends its header. */
export function readChallenges(headers: readonly string[]): readonly ChallengeParts[] {
  return headers.flatMap((header) => challengesOf(header.trim()))
}

function challengesOf(header: string): ChallengeParts[] {
  const challenges: ChallengeParts[] = []
  let rest = header
  for (;;) {
    const [start, name] = scheme.exec(rest) ?? []
    if (start === undefined || name === undefined) return challenges
    rest = rest.slice(start.length)
    const params = new Map<string, string>()
    const unquoted: string[] = []
    for (let found = parameter.exec(rest); found !== null; found = parameter.exec(rest)) {
      const [whole, key = '', quoted, bare = ''] = found
      const lower = key.toLowerCase()
      if (!params.has(lower)) params.set(lower, quoted?.replaceAll(/\\(.)/g, '$1') ?? bare)
      if (quoted === undefined) unquoted.push(lower)
      rest = rest.slice(whole.length)
    }
    challenges.push({ scheme: name, params, unquoted })
  }
}
