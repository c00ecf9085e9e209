// The client of middleware.http.oauth2: that of both component types, and the ways of authenticating that only this one has.
import { createSecureContext } from 'node:tls'
import type { Oauth2Metadata } from '../../core/generated/types.ts'
import type { AuthStyle, OAuthClient } from '../../oauth/client.ts'
import type { ClientAuthentication } from '../../oauth/client-authentication.ts'
import type { ClientCertificate } from '../../oauth/control-request.ts'
import { DpopClient, generatedKey } from '../../oauth/dpop-client.ts'
import { readSigningKey, type SigningKey } from '../../oauth/signing-key.ts'
import type { SoughtClient } from '../../oauth/sought-client.ts'
import type { MetadataReader } from '../metadata.ts'
import { readOAuthClient } from './oauth-client.ts'

type Field = keyof Oauth2Metadata

const secretStyles: ReadonlyMap<string, AuthStyle> = new Map([
  ['client_secret_basic', 2],
  ['client_secret_post', 1],
])

const certificateSettings: readonly Field[] = ['clientCertificate', 'clientCertificateKey']

/** What each way without a shared secret needs. */
const ownSettings: ReadonlyMap<string, readonly Field[]> = new Map([
  ['private_key_jwt', ['clientKey', 'clientKeyID', 'clientAssertionAudience']],
  ['tls_client_auth', certificateSettings],
  ['self_signed_tls_client_auth', certificateSettings],
])

/** `isSecretOptional`: a native app has none (RFC 8252 §8.4). Throws HANDLER_UNUSABLE. */
export function readOauth2Client(
  reader: MetadataReader<Field>,
  options: { readonly isSecretOptional?: boolean } = {},
): OAuthClient {
  const client = readAuthenticated(reader, options)
  const key = readDpopKey(reader, client)
  return key === undefined ? client : { ...client, dpop: new DpopClient(key) }
}

function readDpopKey(
  reader: MetadataReader<Field>,
  { clientId, tokenUrl }: OAuthClient,
): SigningKey | undefined {
  const text = reader.text('dpopKey')
  if (!isDpopRequired(reader)) {
    if (text === undefined) return undefined
    throw reader.complaint('dpopKey', 'is for dpop alone', 'Set dpop to required, or remove it.')
  }
  if (text !== undefined) {
    const key = readSigningKey(text)
    if ('problem' in key) throw reader.complaint('dpopKey', key.problem, key.hint)
    return key
  }
  // A login is made in one process, and its tokens are used and renewed in others.
  if (reader.text('grantType') === 'authorization_code') reader.requiredText('dpopKey')
  return generatedKey(JSON.stringify([clientId, tokenUrl.href]))
}

function isDpopRequired(reader: MetadataReader<Field>): boolean {
  const text = reader.text('dpop') ?? 'off'
  if (text === 'required' || text === 'off') return text === 'required'
  throw reader.complaint('dpop', 'is neither off nor required', 'Write off or required.')
}

function readAuthenticated(
  reader: MetadataReader<Field>,
  { isSecretOptional = false }: { readonly isSecretOptional?: boolean },
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
  return method === 'private_key_jwt'
    ? { ...client, authentication: readPrivateKey(reader, client) }
    : { ...client, certificate: readCertificate(reader, client) }
}

/** A key that is given and not used would let a client be weaker than its manifest says. */
function refuseOtherSettings(reader: MetadataReader<Field>, method: string | undefined): void {
  const own = ownSettings.get(method ?? '')
  for (const [owner, fields] of ownSettings) {
    const stray = fields === own ? undefined : fields.find((name) => reader.text(name))
    if (stray === undefined) continue
    throw reader.complaint(
      stray,
      'is for another clientAuthMethod',
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
  const audience = reader.text('clientAssertionAudience') ?? reader.text('issuer') ?? tokenUrl.href
  return { key: readClientKey(reader), audience }
}

function readClientKey(reader: MetadataReader<Field>): SigningKey {
  const key = readSigningKey(reader.requiredText('clientKey'), reader.text('clientKeyID'))
  if ('problem' in key) throw reader.complaint('clientKey', key.problem, key.hint)
  return key
}

/**
 * How a client authenticates whose server is found. The secret is read elsewhere; a certificate needs to know where it will be
 * shown, and a login keeps no more than a secret with what it found. Throws HANDLER_UNUSABLE.
 */
export function readSoughtAuthentication(
  reader: MetadataReader<Field>,
): Partial<Pick<SoughtClient, 'authStyle' | 'authentication'>> {
  if (isDpopRequired(reader)) throw reader.complaint('dpop', 'needs a tokenURL', 'Add tokenURL.')
  const method = reader.text('clientAuthMethod')
  refuseOtherSettings(reader, method)
  if (method === undefined) return {}
  const authStyle = secretStyles.get(method)
  if (authStyle !== undefined) return { authStyle }
  if (method === 'private_key_jwt' && reader.text('grantType') !== 'authorization_code') {
    const audience = reader.text('clientAssertionAudience')
    return { authentication: { key: readClientKey(reader), audience } }
  }
  throw reader.complaint('clientAuthMethod', 'needs a tokenURL here', 'Add tokenURL.')
}

function readCertificate(
  reader: MetadataReader<Field>,
  { tokenUrl }: OAuthClient,
): ClientCertificate {
  if (tokenUrl.protocol !== 'https:') {
    throw reader.complaint('tokenURL', 'is not https, where alone a certificate can be shown')
  }
  const certificate = reader.requiredText('clientCertificate')
  const key = reader.requiredSecret('clientCertificateKey')
  try {
    createSecureContext({ cert: certificate, key: key.reveal() })
  } catch {
    // What OpenSSL says of a key is not for other eyes.
    const problem = 'and clientCertificateKey are no certificate and its private key'
    throw reader.complaint('clientCertificate', problem, 'Give both as PEM, the key not encrypted.')
  }
  return { certificate, key }
}
