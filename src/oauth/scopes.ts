// The scopes of an access token, and whether they are enough (RFC 6749 §3.3, RFC 9068 §2.2.3).
import type { JsonObject } from '../core/json.ts'
import type { ScopeHierarchy } from '../core/token-settings.ts'

/**
 * Those in `scope`, a text with spaces between them, and in `scp`, which some issuers write instead, as such a text or as a
 * list. Anything of another form grants nothing.
 */
export function grantedScopes({ scope, scp }: JsonObject): Set<string> {
  const granted = new Set<string>()
  const lists: readonly unknown[] = [wordsOf(scope), Array.isArray(scp) ? scp : wordsOf(scp)]
  for (const item of lists.flat()) {
    if (typeof item === 'string' && item !== '') granted.add(item)
  }
  return granted
}

function wordsOf(claim: unknown): readonly string[] {
  return typeof claim === 'string' ? claim.split(' ') : []
}

/** The required scopes that none of the granted ones is or stands for. */
export function missingScopes(
  granted: ReadonlySet<string>,
  required: readonly string[],
  hierarchy: ScopeHierarchy,
): readonly string[] {
  if (required.length === 0) return required
  const all = new Set(granted)
  for (const scope of granted) for (const below of hierarchy.get(scope) ?? []) all.add(below)
  return required.filter((scope) => !all.has(scope))
}
