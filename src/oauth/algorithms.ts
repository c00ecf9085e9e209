// The signature algorithms we accept and how node:crypto makes and checks each (RFC 7518 §3, RFC 8037 §3.1). Never a symmetric one.
import { constants, sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

interface Algorithm {
  readonly keyType: 'RSA' | 'EC' | 'OKP'
  readonly curve?: string
  readonly check: (data: Buffer, key: KeyObject, signature: Buffer) => boolean
  readonly sign: (data: Buffer, key: KeyObject) => Buffer
}

/** PKCS #1 v1.5 is what node:crypto takes a bare RSA key for; naming the padding costs half as much again. */
function pkcs1(hash: string): Algorithm {
  return {
    keyType: 'RSA',
    check: (data, key, signature) => verify(hash, data, key, signature),
    sign: (data, key) => sign(hash, data, key),
  }
}

function pss(hash: string): Algorithm {
  const fixed = {
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  }
  return {
    keyType: 'RSA',
    check: (data, key, signature) => verify(hash, data, { key, ...fixed }, signature),
    sign: (data, key) => sign(hash, data, { key, ...fixed }),
  }
}

/** JOSE signs ECDSA as r‖s of fixed length (RFC 7518 §3.4), not as the DER that OpenSSL takes by default. */
function ecdsa(hash: string, curve: string, length: number): Algorithm {
  return {
    keyType: 'EC',
    curve,
    check: (data, key, signature) =>
      signature.length === length &&
      verify(hash, data, { key, dsaEncoding: 'ieee-p1363' }, signature),
    sign: (data, key) => sign(hash, data, { key, dsaEncoding: 'ieee-p1363' }),
  }
}

const edwards: Algorithm = {
  keyType: 'OKP',
  curve: 'Ed25519',
  check: (data, key, signature) => signature.length === 64 && verify(null, data, key, signature),
  sign: (data, key) => sign(null, data, key),
}

const algorithms: ReadonlyMap<string, Algorithm> = new Map([
  ['RS256', pkcs1('sha256')],
  ['RS384', pkcs1('sha384')],
  ['RS512', pkcs1('sha512')],
  ['PS256', pss('sha256')],
  ['PS384', pss('sha384')],
  ['PS512', pss('sha512')],
  ['ES256', ecdsa('sha256', 'P-256', 64)],
  ['ES384', ecdsa('sha384', 'P-384', 96)],
  ['ES512', ecdsa('sha512', 'P-521', 132)],
  ['EdDSA', edwards],
  // RFC 9864's name for the same thing.
  ['Ed25519', edwards],
])

/** For whoever has to be told which to sign with. */
export const algorithmNames: readonly string[] = [...algorithms.keys()]

export function isAlgorithm(name: string): boolean {
  return algorithms.has(name)
}

/** The algorithms a key of that type and curve can serve; `only` is the key's own `alg`, if it names one. */
export function algorithmsFor(keyType: string, curve?: string, only?: string): readonly string[] {
  const chosen = only === undefined ? undefined : algorithms.get(only)
  return [...algorithms]
    .filter(([, algorithm]) => {
      if (algorithm.keyType !== keyType || algorithm.curve !== curve) return false
      return only === undefined || algorithm === chosen
    })
    .map(([name]) => name)
}

/** Whether `signature` over `data` is right. Never throws: what OpenSSL cannot digest is not right. */
export function isSignedBy(
  algorithm: string,
  key: KeyObject,
  data: string,
  signature: Buffer,
): boolean {
  try {
    return algorithms.get(algorithm)?.check(Buffer.from(data), key, signature) ?? false
  } catch {
    return false
  }
}

/** The signature over `data`. Throws for an algorithm that is not known, and for a key that does not fit it. */
export function signWith(algorithm: string, key: KeyObject, data: string): Buffer {
  const known = algorithms.get(algorithm)
  if (known === undefined) throw new TypeError(`unknown algorithm ${algorithm}`)
  return known.sign(Buffer.from(data), key)
}
