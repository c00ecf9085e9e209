// The public keys of a client that authenticates with a private one (private_key_jwt, RFC 7523 §2.2).
import { createPublicKey } from 'node:crypto'
import type { JWK } from 'jose'
import { isJsonObject } from '../../core/json.ts'

export interface ClientKeys {
  readonly keys: readonly JWK[]
}

/** What client assertions and DPoP proofs may be signed with: key pairs alone. */
export const signatureAlgorithms = ['ES256', 'ES384', 'PS256', 'RS256', 'EdDSA', 'Ed25519'] as const

/** Members of a JWK that are for the client alone (RFC 7518 §6). */
const secretMembers = ['d', 'k', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'priv']

/** A JWK set as it stands in a file, or what is wrong with it. Never repeats any of it. */
export function readClientKeys(value: unknown): ClientKeys | { readonly problem: string } {
  const keys: readonly unknown[] =
    isJsonObject(value) && Array.isArray(value['keys']) ? value['keys'] : []
  if (keys.length === 0) return { problem: '"jwks" is not a JWK set such as {"keys": [KEY]}' }
  const good = keys.filter((key) => isPublicKey(key))
  if (good.length === keys.length) return { keys: good }
  const secret = keys.some((key) => isJsonObject(key) && secretMembers.some((name) => name in key))
  return {
    problem: secret
      ? '"jwks" holds a secret or private key, which the client must keep to itself'
      : '"jwks" holds something that is no public key',
  }
}

function isPublicKey(value: unknown): value is JWK {
  if (!isJsonObject(value) || secretMembers.some((name) => name in value)) return false
  try {
    createPublicKey({ key: value, format: 'jwk' })
    return true
  } catch {
    return false
  }
}
