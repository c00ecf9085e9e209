// Keys and proofs of a DPoP client, made with jose, which has no part in checking them.
import { hash } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose'

export interface DpopClient {
  readonly jwk: JWK
  /** Of the key, as tokens name it. */
  readonly jkt: string
  /** A good proof for `POST url`, but for the claims and the header given. */
  prove(
    about: { readonly url: string; readonly token: string },
    claims?: object,
    header?: object,
  ): Promise<string>
}

let count = 0

export async function dpopClient(alg = 'ES256'): Promise<DpopClient> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = await exportJWK(publicKey)
  return {
    jwk,
    jkt: await calculateJwkThumbprint(jwk),
    prove: ({ url, token }, claims = {}, header = {}) => {
      const payload = {
        jti: `jti-${(count += 1)}`,
        htm: 'POST',
        htu: url,
        iat: Math.floor(Date.now() / 1000),
        ath: hash('sha256', token, 'base64url'),
        ...claims,
      }
      return new SignJWT(payload)
        .setProtectedHeader({ alg, typ: 'dpop+jwt', jwk, ...header })
        .sign(privateKey)
    },
  }
}
