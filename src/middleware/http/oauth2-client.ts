// The client of middleware.http.oauth2: that of both component types, and the ways of authenticating that only this one has.
import type { Oauth2Metadata } from '../../core/generated/types.ts'
import type { AuthStyle, OAuthClient } from '../../oauth/client.ts'
import type { ClientAuthentication } from '../../oauth/client-authentication.ts'
import { readSigningKey } from '../../oauth/signing-key.ts'
import type { MetadataReader } from '../metadata.ts'
import { readOAuthClient } from './oauth-client.ts'

type Field = keyof Oauth2Metadata

const secretStyles: ReadonlyMap<string, AuthStyle> = new Map([
  ['client_secret_basic', 2],
  ['client_secret_post', 1],
])

/** What each way without a shared secret needs. */
const ownSettings: ReadonlyMap<string, readonly Field[]> = new Map([
  ['private_key_jwt', ['clientKey', 'clientKeyID', 'clientAssertionAudience']],
])

/** `isSecretOptional`: a native app has none (RFC 8252 §8.4). Throws HANDLER_UNUSABLE. */
export function readOauth2Client(
  reader: MetadataReader<Field>,
  { isSecretOptional = false } = {},
): OAuthClient {
  const method = reader.text('clientAuthMethod')
  refuseOtherSettings(reader, method)
  if (method === undefined) return readOAuthClient(reader, { isSecretOptional })
  const authStyle = secretStyles.get(method)
  if (authStyle !== undefined) return { ...readOAuthClient(reader), authStyle }
  if (!ownSettings.has(method)) {
    throw reader.complaint(
      'clientAuthMethod',
      'is no way to authenticate that is known here',
      `Use one of: ${[...secretStyles.keys(), ...ownSettings.keys()].join(', ')}.`,
    )
  }
  const client = readOAuthClient(reader, { isSecretOptional: true })
  return { ...client, authentication: readPrivateKey(reader, client) }
}

/** A key that is given and not used would let a client be weaker than its manifest says. */
function refuseOtherSettings(reader: MetadataReader<Field>, method: string | undefined): void {
  for (const [owner, fields] of ownSettings) {
    const stray = method === owner ? undefined : fields.find((name) => reader.text(name))
    if (stray === undefined) continue
    throw reader.complaint(
      stray,
      `is for another clientAuthMethod`,
      `Set clientAuthMethod to ${owner}.`,
    )
  }
  if (method === undefined) return
  const rival = secretStyles.has(method) ? 'authStyle' : 'clientSecret'
  if (reader.text(rival) === undefined) return
  throw reader.complaint(rival, `contradicts clientAuthMethod ${method}`, 'Remove one of them.')
}

function readPrivateKey(
  reader: MetadataReader<Field>,
  { tokenUrl }: OAuthClient,
): ClientAuthentication {
  const key = readSigningKey(reader.requiredText('clientKey'), reader.text('clientKeyID'))
  if ('problem' in key) throw reader.complaint('clientKey', key.problem, key.hint)
  const audience = reader.text('clientAssertionAudience') ?? reader.text('issuer') ?? tokenUrl.href
  return { key, audience }
}
