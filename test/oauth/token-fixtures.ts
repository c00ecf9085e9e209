// Signing keys and tokens made with node:crypto alone, so that nothing under test helps to make its own evidence.
import { constants, createHmac, generateKeyPairSync, sign } from 'node:crypto'
import type { JsonWebKey, KeyObject } from 'node:crypto'

export interface SigningKey {
  readonly kid: string
  readonly alg: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly jwk: JsonWebKey
}

export function createKey(kid: string, alg = 'ES256', bits = 2048): SigningKey {
  const pair = generatePair(alg, bits)
  const jwk = { ...pair.publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' }
  return { kid, alg, ...pair, jwk }
}

function generatePair(alg: string, bits: number) {
  if (alg === 'EdDSA') return generateKeyPairSync('ed25519')
  const curve = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }[alg]
  if (curve !== undefined) return generateKeyPairSync('ec', { namedCurve: curve })
  return generateKeyPairSync('rsa', { modulusLength: bits })
}

export function encode(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return Buffer.from(text).toString('base64url')
}

export function signatureOf(alg: string, data: string, key: KeyObject): Buffer {
  const bytes = Buffer.from(data)
  if (alg === 'EdDSA' || alg === 'Ed25519') return sign(null, bytes, key)
  const hash = `sha${alg.slice(2)}`
  if (alg.startsWith('ES')) return sign(hash, bytes, { key, dsaEncoding: 'ieee-p1363' })
  if (alg.startsWith('RS')) return sign(hash, bytes, key)
  const padding = constants.RSA_PKCS1_PSS_PADDING
  return sign(hash, bytes, { key, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST })
}

export function hmacOf(data: string, secret: string | Buffer): Buffer {
  return createHmac('sha256', secret).update(data).digest()
}

/** A token with any header and payload (objects, or the exact text), signed properly. */
export function signToken(
  key: SigningKey,
  payload: object | string,
  header: object | string = { alg: key.alg, kid: key.kid },
  alg = key.alg,
): string {
  const data = `${encode(header)}.${encode(payload)}`
  return `${data}.${signatureOf(alg, data, key.privateKey).toString('base64url')}`
}

export function jwksOf(...keys: readonly SigningKey[]): { keys: JsonWebKey[] } {
  return { keys: keys.map((key) => key.jwk) }
}
