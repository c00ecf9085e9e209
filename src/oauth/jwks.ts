// A JWK Set, reduced to the public signing keys that can be trusted with a signature (RFC 7517, RFC 7518 §6).
import { createHash, createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { canonicalJson, isJsonObject } from '../core/json.ts'
import type { JsonObject } from '../core/json.ts'
import { algorithmsFor } from './algorithms.ts'

export interface VerificationKey {
  readonly kid: string | undefined
  /** The algorithms this key may be used with. */
  readonly algorithms: readonly string[]
  readonly key: KeyObject
  /** Equal for equal keys under equal names. */
  readonly identity: string
}

export type JwksResult =
  | { readonly ok: true; readonly keys: readonly VerificationKey[]; readonly skipped: number }
  /** `problem` completes "the JWKS …". */
  | { readonly ok: false; readonly problem: string }

const mostKeys = 100
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/** Reads a JWK Set. Members that cannot be used are skipped and counted; a set without any usable key is a failure. */
export function parseJwks(text: string): JwksResult {
  const members = membersOf(text)
  if (members === undefined) return { ok: false, problem: 'is not a JWK Set' }
  if (members.length > mostKeys) return { ok: false, problem: `holds more than ${mostKeys} keys` }
  const keys = members.map((member) => readKey(member)).filter((key) => key !== undefined)
  if (keys.length === 0) return { ok: false, problem: 'holds no usable signing key' }
  return { ok: true, keys, skipped: members.length - keys.length }
}

function membersOf(text: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) && Array.isArray(value['keys']) ? value['keys'] : undefined
  } catch {
    return undefined
  }
}

function readKey(jwk: unknown): VerificationKey | undefined {
  if (!isJsonObject(jwk)) return undefined
  const { kid } = jwk
  const read = readPublicJwk(jwk)
  if (read === undefined || !isOptionalText(kid)) return undefined
  const { algorithms, members } = read
  const key = importKey(members)
  if (key === undefined) return undefined
  const described = canonicalJson({ ...members, kid: kid ?? null, algorithms })
  return { kid, algorithms, key, identity: createHash('sha256').update(described).digest('base64') }
}

/** A public key as far as its text goes: the members that make it, and what it may be used with. */
export interface PublicJwk {
  readonly members: Readonly<Record<string, string>>
  readonly algorithms: readonly string[]
}

/** Undefined for private keys, and for kinds of keys that sign nothing here. */
export function readPublicJwk(jwk: JsonObject): PublicJwk | undefined {
  if (!isForVerification(jwk)) return undefined
  const { kty, crv, alg } = jwk
  if (typeof kty !== 'string' || !isOptionalText(crv) || !isOptionalText(alg)) return undefined
  const algorithms = algorithmsFor(kty, crv, alg)
  const members = algorithms.length === 0 ? undefined : publicMaterial(jwk, kty)
  return members === undefined ? undefined : { members, algorithms }
}

/** RFC 7638. Takes the members that make a key, and no others. */
export function thumbprintOf(members: Readonly<Record<string, string>>): string {
  return createHash('sha256').update(canonicalJson(members)).digest('base64url')
}

/** The key, or undefined when it is unsound. */
export function importKey(material: Readonly<Record<string, string>>): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: material, format: 'jwk' })
    return material['kty'] !== 'RSA' || isSoundRsa(key) ? key : undefined
  } catch {
    return undefined
  }
}

function isOptionalText(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && value.length <= 256)
}

function isForVerification(jwk: JsonObject): boolean {
  if (privateMembers.some((name) => Object.hasOwn(jwk, name))) return false
  const { use, key_ops: operations } = jwk
  if (use !== undefined && use !== 'sig') return false
  return operations === undefined || (Array.isArray(operations) && operations.includes('verify'))
}

/** Only the members that make the key, so that nothing else in the document can reach the import. */
function publicMaterial(jwk: JsonObject, keyType: string): Record<string, string> | undefined {
  const names = { RSA: ['n', 'e'], EC: ['crv', 'x', 'y'], OKP: ['crv', 'x'] }[keyType]
  if (names === undefined) return undefined
  const material: Record<string, string> = { kty: keyType }
  for (const name of names) {
    const value = jwk[name]
    if (typeof value !== 'string' || value === '' || value.length > 2048) return undefined
    material[name] = value
  }
  return material
}

/** With e = 1 anybody can write a signature; OpenSSL imports such a key without a word. RFC 7518 §3.3 wants 2048 bits. */
function isSoundRsa(key: KeyObject): boolean {
  const { modulusLength: bits = 0, publicExponent: exponent = 0n } = key.asymmetricKeyDetails ?? {}
  return bits >= 2048 && bits <= 8192 && exponent >= 3n && exponent % 2n === 1n
}
