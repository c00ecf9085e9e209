// Dynamic client registration (RFC 7591): which clients register themselves, and as what.
import { errors } from 'oidc-provider'
import type { RequestContext } from 'oidc-provider'
import { isRedirectUri } from './clients.ts'
import { staysHere } from './consent.ts'
import { deviceGrant } from './device.ts'

/** What may register; a grant that is not named here needs a client that a person configured. */
const grantTypes = ['authorization_code', deviceGrant, 'refresh_token']

/** Would be fetched from, or limit the client to scopes that no resource server has announced here. */
const ignored = [
  'scope',
  'jwks',
  'jwks_uri',
  'sector_identifier_uri',
  'client_secret',
  'client_secret_expires_at',
]

/** The feature of oidc-provider: everybody on this machine may register, and nobody changes a registration. */
export const registrationFeature = {
  enabled: true,
  issueRegistrationAccessToken: false,
}

/** A member of RFC 7591 that oidc-provider does not know; it is what makes it call the validator. */
export const extraClientMetadata = {
  properties: ['software_id'],
  validator(
    ctx: RequestContext | undefined,
    _member: string,
    _value: unknown,
    metadata: Record<string, unknown>,
  ): void {
    if (ctx?.oidc?.route === 'registration') limit(metadata)
  },
}

/**
 * Makes of what a client asks for what it gets (RFC 7591 §3.2.1 lets the server replace values): a public native client,
 * whose codes stay on this machine. Throws invalid_redirect_uri when none of its addresses does.
 */
export function limit(metadata: Record<string, unknown>): void {
  for (const member of ignored) delete metadata[member]
  const softwareId = metadata['software_id']
  if (softwareId !== undefined && typeof softwareId !== 'string') {
    throw new errors.InvalidClientMetadata('software_id must be a string')
  }
  const asked = metadata['grant_types']
  const granted = grantTypes.filter((type) => Array.isArray(asked) && asked.includes(type))
  const sendsCodes = granted.includes('authorization_code')
  if (!sendsCodes && !granted.includes(deviceGrant)) {
    throw new errors.InvalidClientMetadata(
      `grant_types must include authorization_code or ${deviceGrant}`,
    )
  }
  Object.assign(metadata, {
    redirect_uris: sendsCodes ? localRedirects(metadata['redirect_uris']) : [],
    grant_types: granted,
    response_types: sendsCodes ? ['code'] : [],
    // Loopback redirects may have any port (RFC 8252 §7.3).
    application_type: 'native',
    token_endpoint_auth_method: 'none',
  })
}

/** Some clients name an https address beside their loopback ones; it is left out of the registration. */
function localRedirects(uris: unknown): unknown {
  if (!Array.isArray(uris)) return uris
  const local = uris.filter(
    (uri) => typeof uri === 'string' && isRedirectUri(uri) && staysHere(uri),
  )
  if (local.length > 0) return local
  throw new errors.InvalidClientMetadata(
    'redirect_uris must contain an http URI of 127.0.0.1, [::1] or localhost, or one with a scheme such as com.example.app',
  )
}
