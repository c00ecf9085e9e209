// The grant that a middleware.http.oauth2 names, and that its settings belong to it.
import type { Oauth2Metadata } from '../../core/generated/types.ts'
import type { MetadataReader } from '../metadata.ts'

type Field = keyof Oauth2Metadata

export type GrantName = 'client_credentials' | 'authorization_code' | 'token_exchange'

const names: ReadonlyMap<string, GrantName> = new Map([
  ['client_credentials', 'client_credentials'],
  ['authorization_code', 'authorization_code'],
  ['token_exchange', 'token_exchange'],
  ['urn:ietf:params:oauth:grant-type:token-exchange', 'token_exchange'],
])

/** What no other grant knows. */
const ownSettings: ReadonlyMap<Field, readonly GrantName[]> = new Map(
  (
    [
      'subjectToken',
      'subjectTokenFile',
      'subjectTokenType',
      'actorToken',
      'actorTokenFile',
      'actorTokenType',
      'requestedTokenType',
    ] as const
  ).map((field) => [field, ['token_exchange']]),
)

/**
 * Throws HANDLER_UNUSABLE for a grant that is not known, and for a setting of another one: passed over in silence, the token would
 * be another than the one that is meant.
 */
export function readGrantType(reader: MetadataReader<Field>): GrantName {
  const grant = names.get(reader.text('grantType') ?? 'client_credentials')
  if (grant === undefined) {
    const hint = `Set grantType to one of: ${[...new Set(names.values())].join(', ')}.`
    throw reader.complaint('grantType', 'is not a grant that is known here', hint)
  }
  for (const [field, owners] of ownSettings) {
    if (owners.includes(grant) || reader.text(field) === undefined) continue
    const hint = `Set grantType to ${owners.join(' or ')}, or remove ${field}.`
    throw reader.complaint(field, `is not for the grant ${grant}`, hint)
  }
  return grant
}
