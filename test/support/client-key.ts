// A client's key pair: what it signs with it (client assertions, DPoP proofs), and what a server knows of it.
import { exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose'

export interface ClientKey {
  readonly publicJwk: JWK
  /** RFC 7523: `iss` and `sub` are `clientId` unless `claims` says otherwise. Good for a minute. */
  assertion(clientId: string, audience: string, claims?: Record<string, unknown>): Promise<string>
  /** RFC 9449, for one request. */
  proof(url: string, claims?: Record<string, unknown>): Promise<string>
}

export async function createClientKey(algorithm = 'ES256'): Promise<ClientKey> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm)
  const publicJwk = await exportJWK(publicKey)
  const sign = (
    header: Record<string, unknown>,
    claims: Record<string, unknown>,
  ): Promise<string> =>
    new SignJWT({ jti: crypto.randomUUID(), iat: Math.floor(Date.now() / 1000), ...claims })
      .setProtectedHeader({ alg: algorithm, ...header })
      .sign(privateKey)
  return {
    publicJwk,
    assertion: (clientId, audience, claims = {}) =>
      sign(
        {},
        {
          iss: clientId,
          sub: clientId,
          aud: audience,
          exp: Math.floor(Date.now() / 1000) + 60,
          ...claims,
        },
      ),
    proof: (url, claims = {}) =>
      sign({ typ: 'dpop+jwt', jwk: publicJwk }, { htm: 'POST', htu: url, ...claims }),
  }
}
