// Proofs of possession on the way out (RFC 9449 §4): one for each request, with the nonce that its server last asked for.
import { generateKeyPairSync, hash, randomUUID } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import { readSigningKey, signJwt, type SigningKey } from './signing-key.ts'

/** The key that tokens of a client are bound to, and the nonces of the servers that it is shown to. */
export class DpopClient {
  readonly key: SigningKey
  /** By origin (RFC 9449 §8.2). */
  readonly #nonces = new Map<string, string>()

  constructor(key: SigningKey) {
    this.key = key
  }

  /** The value of the DPoP header; `token` is the access token that goes along, if one does. */
  prove(
    { method, url, token }: { readonly method: string; readonly url: URL; readonly token?: string },
    clock: Clock,
  ): string {
    const nonce = this.#nonces.get(url.origin)
    const claims = {
      jti: randomUUID(),
      htm: method,
      htu: url.origin + url.pathname,
      iat: Math.floor(clock.now() / 1000),
      ...(token === undefined ? {} : { ath: hash('sha256', token, 'base64url') }),
      ...(nonce === undefined ? {} : { nonce }),
    }
    // The key itself is named, and no `kid`.
    const key = { ...this.key, kid: undefined }
    return signJwt(key, claims, { typ: 'dpop+jwt', jwk: this.key.publicJwk })
  }

  /** Keeps the nonce of an answer for the next proof; false when there is none, or it is no news. */
  learn(origin: string, nonce: string | undefined): boolean {
    if (nonce === undefined || nonce === '' || nonce.length > longestNonce) return false
    if (this.#nonces.get(origin) === nonce) return false
    this.#nonces.delete(origin)
    this.#nonces.set(origin, nonce)
    const [oldest] = this.#nonces.keys()
    if (this.#nonces.size > mostOrigins && oldest !== undefined) this.#nonces.delete(oldest)
    return true
  }
}

const longestNonce = 1024
const mostOrigins = 100

const generated = new Map<string, SigningKey>()

/** A key of this process for `client`, the same one each time: tokens that are bound to it are good across reloads. */
export function generatedKey(client: string): SigningKey {
  const known = generated.get(client)
  if (known !== undefined) return known
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = readSigningKey(JSON.stringify(privateKey.export({ format: 'jwk' })))
  if ('problem' in key) throw new TypeError(key.problem)
  generated.set(client, key)
  return key
}
