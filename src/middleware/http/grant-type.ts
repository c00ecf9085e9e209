// The grant that a middleware.http.oauth2 names, and that its settings belong to it.
import type { Oauth2Metadata } from '../../core/generated/types.ts'
import type { MetadataReader } from '../metadata.ts'

type Field = keyof Oauth2Metadata

export type GrantName =
  | 'client_credentials'
  | 'authorization_code'
  | 'token_exchange'
  | 'jwt_bearer'
  | 'id_jag'

const names: ReadonlyMap<string, GrantName> = new Map([
  ['client_credentials', 'client_credentials'],
  ['authorization_code', 'authorization_code'],
  ['token_exchange', 'token_exchange'],
  ['urn:ietf:params:oauth:grant-type:token-exchange', 'token_exchange'],
  ['jwt_bearer', 'jwt_bearer'],
  ['urn:ietf:params:oauth:grant-type:jwt-bearer', 'jwt_bearer'],
  ['id_jag', 'id_jag'],
])

/** What other grants do not know. */
const ownSettings: readonly (readonly [fields: readonly Field[], grants: readonly GrantName[]])[] =
  [
    [
      ['subjectToken', 'subjectTokenFile', 'subjectTokenType'],
      ['token_exchange', 'id_jag'],
    ],
    [['actorToken', 'actorTokenFile', 'actorTokenType', 'requestedTokenType'], ['token_exchange']],
    [
      [
        'assertion',
        'assertionFile',
        'assertionKey',
        'assertionKeyID',
        'assertionIssuer',
        'assertionSubject',
        'assertionAudience',
      ],
      ['jwt_bearer'],
    ],
    [['idpTokenURL', 'idpClientID', 'idpClientSecret'], ['id_jag']],
  ]

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
  for (const [fields, owners] of ownSettings) {
    const field = owners.includes(grant) ? undefined : fields.find((name) => reader.text(name))
    if (field === undefined) continue
    const hint = `Set grantType to ${owners.join(' or ')}, or remove ${field}.`
    throw reader.complaint(field, `is not for the grant ${grant}`, hint)
  }
  return grant
}
