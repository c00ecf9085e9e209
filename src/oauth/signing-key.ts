// A private key with which we sign JWTs ourselves (RFC 7515 §3.1): client assertions, grants, proofs of possession.
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { isJsonObject, type JsonObject } from '../core/json.ts'
import type { RuleProblem } from '../core/rule-problem.ts'
import { signWith } from './algorithms.ts'
import { importKey, readPublicJwk, thumbprintOf } from './jwks.ts'

export interface SigningKey {
  readonly key: KeyObject
  readonly algorithm: string
  /** The name under which whoever checks a signature knows the key. */
  readonly kid: string | undefined
  /** The members that make the public key, and no others. */
  readonly publicJwk: Readonly<Record<string, string>>
  /** RFC 7638. */
  readonly thumbprint: string
}

/**
 * Reads a private key, PEM or JWK. Its algorithm is the `alg` of a JWK, else the usual one for such a key; `kid` stands over
 * that of a JWK. Nothing of the text is in a problem.
 */
export function readSigningKey(text: string, kid?: string): SigningKey | RuleProblem {
  const read = text.trimStart().startsWith('{') ? readJwk(text) : readPem(text)
  if (read === undefined) return unreadable
  const { key, alg, ownKid } = read
  const exported: JsonObject = publicJwkOf(key)
  const usable = readPublicJwk(alg === undefined ? exported : { ...exported, alg })
  const [usual] = usable?.algorithms ?? []
  if (usable === undefined || usual === undefined || importKey(usable.members) === undefined) {
    return unusable
  }
  return {
    key,
    algorithm: alg ?? usual,
    kid: kid ?? ownKid,
    publicJwk: usable.members,
    thumbprint: thumbprintOf(usable.members),
  }
}

/** A compact JWS of claims; `header` may add to `alg` and `kid`. Synchronous. */
export function signJwt(
  { key, algorithm, kid }: SigningKey,
  claims: object,
  header: object = {},
): string {
  const head = { alg: algorithm, ...(kid === undefined ? {} : { kid }), ...header }
  const signed = `${encoded(head)}.${encoded(claims)}`
  return `${signed}.${signWith(algorithm, key, signed).toString('base64url')}`
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}

interface ReadKey {
  readonly key: KeyObject
  readonly alg?: string
  readonly ownKid?: string
}

function readPem(text: string): ReadKey | undefined {
  try {
    return { key: createPrivateKey(text) }
  } catch {
    return undefined
  }
}

function readJwk(text: string): ReadKey | undefined {
  try {
    const jwk: unknown = JSON.parse(text)
    if (!isJsonObject(jwk) || (jwk['use'] !== undefined && jwk['use'] !== 'sig')) return undefined
    const { alg, kid, ...members } = jwk
    return {
      key: createPrivateKey({ key: members, format: 'jwk' }),
      ...(typeof alg === 'string' ? { alg } : {}),
      ...(typeof kid === 'string' ? { ownKid: kid } : {}),
    }
  } catch {
    return undefined
  }
}

/** Empty for a kind of key that has no JWK. */
function publicJwkOf(key: KeyObject): JsonObject {
  try {
    const jwk: unknown = createPublicKey(key).export({ format: 'jwk' })
    return isJsonObject(jwk) ? jwk : {}
  } catch {
    return {}
  }
}

const unreadable: RuleProblem = {
  problem: 'is no private key',
  hint: 'Give it a private key, not encrypted, as PEM or as JWK.',
}

const unusable: RuleProblem = {
  problem: 'is a key that cannot sign here',
  hint: 'Use RSA with 2048 bits or more, P-256, P-384, P-521 or Ed25519, and an alg that fits.',
}
