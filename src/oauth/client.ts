// An OAuth client and what it asks for: the input of the client_credentials grant, and the key it is shared under.
import { createHash } from 'node:crypto'
import type { Secret } from '../core/secret.ts'
import { authenticationId, type ClientAuthentication } from './client-authentication.ts'
import type { ClientCertificate } from './control-request.ts'
import type { DpopClient } from './dpop-client.ts'

/** How the client authenticates, as in Dapr: 0 tries Basic, then the body; 1 is the body; 2 is Basic. */
export type AuthStyle = 0 | 1 | 2

export interface OAuthClient {
  /** Absolute; already judged. */
  readonly tokenUrl: URL
  readonly clientId: string
  /** A public client has none. */
  readonly clientSecret?: Secret
  readonly authStyle: AuthStyle
  /** Takes the place of a secret. */
  readonly authentication?: ClientAuthentication
  /** Shown to the token endpoint (RFC 8705); takes the place of a secret. */
  readonly certificate?: ClientCertificate
  /** Set when its tokens are bound to a key (RFC 9449): then each has to be. */
  readonly dpop?: DpopClient
  /** Without repetitions. */
  readonly scopes: readonly string[]
  /** Further form parameters, such as `audience` or `resource` (RFC 8707). */
  readonly params: readonly (readonly [name: string, value: string])[]
  /** Seconds that a token lives when the answer does not say; the default is 300. */
  readonly defaultExpiresIn?: number
}

/**
 * Equal for two clients exactly when a token of one may be used by the other. Each part is prefixed by its length, so
 * that no two different lists of parts run together into the same text.
 */
export function tokenKey(client: OAuthClient): string {
  const parts = [
    'client_credentials',
    client.tokenUrl.href,
    client.clientId,
    digestOf(client.clientSecret?.reveal() ?? ''),
    client.certificate?.certificate ?? '',
    digestOf(client.certificate?.key.reveal() ?? ''),
    String(client.authStyle),
    client.authentication === undefined ? '' : authenticationId(client.authentication),
    client.dpop?.key.thumbprint ?? '',
    String(client.defaultExpiresIn ?? ''),
    String(client.scopes.length),
    ...client.scopes.toSorted(),
    ...client.params.map(([name, value]) => `${name.length}:${name}=${value}`).toSorted(),
  ]
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part)
  return hash.digest('base64url')
}

function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** Scopes of a manifest value: split on commas and white space, each once, in the order given. */
export function splitScopes(text: string): string[] {
  return [...new Set(text.split(/[,\s]+/).filter((scope) => scope !== ''))]
}
