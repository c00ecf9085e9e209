// Signs an access token without asking the token endpoint, for trying a resource server by hand.
import { importJWK, SignJWT } from 'jose'
import type { Clock } from '../../core/clock.ts'
import type { JsonObject } from '../../core/json.ts'
import { loadKeys } from './keys.ts'
import type { SigningAlgorithm } from './keys.ts'

export interface MintOptions {
  readonly home: string
  readonly issuer: string
  readonly audience: string | readonly string[]
  /** Space-separated. */
  readonly scope?: string
  /** From now; zero or less gives a token that has expired. */
  readonly expiresInSeconds: number
  readonly subject?: string
  readonly clientId: string
  /** More claims; the registered ones of this call win over them. */
  readonly claims?: JsonObject
  readonly algorithm?: SigningAlgorithm
  readonly clock: Clock
}

/** A JWT access token (RFC 9068) under the stored keys, which are made when there are none. */
export async function mintToken(options: MintOptions): Promise<string> {
  const algorithm = options.algorithm ?? 'RS256'
  const key = (await loadKeys(options.home)).signers[algorithm]
  const now = Math.floor(options.clock.now() / 1000)
  const expires = now + options.expiresInSeconds
  const claims = {
    ...options.claims,
    iss: options.issuer,
    sub: options.subject ?? options.clientId,
    aud: typeof options.audience === 'string' ? options.audience : [...options.audience],
    client_id: options.clientId,
    ...(options.scope === undefined ? {} : { scope: options.scope }),
    // An expired token was issued before it expired.
    iat: Math.min(now, expires - 1),
    exp: expires,
    jti: crypto.randomUUID(),
  }
  return new SignJWT(claims)
    .setProtectedHeader({ alg: algorithm, kid: key.kid, typ: 'at+jwt' })
    .sign(await importJWK(key, algorithm))
}
