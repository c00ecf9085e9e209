// Tokens that a server must refuse, signed with a key of one's own or with that of the issuer.
import { createPrivateKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import type { JsonObject } from '../../core/json.ts'

export interface Forger {
  /** A signed token with these claims; `header` is merged over the right one. Members that are null are left out. */
  token(claims: JsonObject, header?: JsonObject): string
  readonly publicJwk: JsonObject
}

/** A key that was made a moment ago. */
export function strangerForger(): Forger {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return forgerOf(privateKey, { alg: 'ES256', kid: 'stranger' })
}

/** Undefined when it is no private JWK for RS256 or ES256. */
export function issuerForger(jwk: JsonObject): Forger | undefined {
  try {
    const key = createPrivateKey({ key: { ...jwk }, format: 'jwk' })
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
    const isEc = type === 'ec' && details?.namedCurve === 'prime256v1'
    if (!isEc && type !== 'rsa') return undefined
    const { kid } = jwk
    return forgerOf(key, { alg: isEc ? 'ES256' : 'RS256', ...(kid === undefined ? {} : { kid }) })
  } catch {
    return undefined
  }
}

function forgerOf(key: KeyObject, right: JsonObject): Forger {
  const jwk = key.export({ format: 'jwk' })
  const names = ['kty', 'crv', 'x', 'y', 'n', 'e'] as const
  const publicJwk = Object.fromEntries(
    names.flatMap((name) => (jwk[name] === undefined ? [] : [[name, jwk[name]]])),
  )
  return {
    publicJwk,
    token(claims, header = {}) {
      const signed = unsigned(claims, { ...right, typ: 'at+jwt', ...header })
      const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' })
      return `${signed}.${signature.toString('base64url')}`
    },
  }
}

/** Header and claims alone, without members that are null. */
export function unsigned(claims: JsonObject, header: JsonObject): string {
  return `${encode(header)}.${encode(claims)}`
}

function encode(value: JsonObject): string {
  const there = Object.entries(value).filter(([, member]) => member !== null)
  return Buffer.from(JSON.stringify(Object.fromEntries(there))).toString('base64url')
}
