// How a client shows who it is without a shared secret: by a JWT that it signs (RFC 7523 §2.2).
import { createHash, randomUUID } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import { signJwt, type SigningKey } from './signing-key.ts'

/** `private_key_jwt`. */
export interface ClientAuthentication {
  readonly key: SigningKey
  /** `aud` of the assertion: the authorization server, as it wants to be called. */
  readonly audience: string
}

/** Seconds. */
const assertionLifetime = 60

/** The parameters that authenticate one request; each assertion is good once. */
export function assertionParameters(
  clientId: string,
  { key, audience }: ClientAuthentication,
  clock: Clock,
): readonly (readonly [name: string, value: string])[] {
  const now = Math.floor(clock.now() / 1000)
  const claims = {
    iss: clientId,
    sub: clientId,
    aud: audience,
    jti: randomUUID(),
    iat: now,
    exp: now + assertionLifetime,
  }
  return [
    // Needless by RFC 7521 §4.2, and missed by some servers.
    ['client_id', clientId],
    ['client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'],
    ['client_assertion', signJwt(key, claims, { typ: 'JWT' })],
  ]
}

/** Differs for ways of authenticating that are not the same; no secret. */
export function authenticationId({ key, audience }: ClientAuthentication): string {
  const { thumbprint, algorithm, kid = '' } = key
  return createHash('sha256')
    .update(JSON.stringify([thumbprint, algorithm, kid, audience]))
    .digest('base64url')
}
