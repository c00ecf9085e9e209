// The compact serialization of a signed JWT, taken apart and nothing more (RFC 7515 §3.1, §7.1).
import type { JsonObject } from '../core/json.ts'
import { parseStrictObject } from './strict-json.ts'

export interface CompactJws {
  readonly header: JsonObject
  readonly payload: JsonObject
  /** What the signature covers. */
  readonly signed: string
  readonly signature: Buffer
}

/** Tokens above this many characters are not even decoded. */
const longest = 8192
const alphabet = /^[A-Za-z0-9_-]+$/

/** Undefined for everything but three canonical base64url parts, the first two holding JSON objects. */
export function parseJws(token: string): CompactJws | undefined {
  if (token.length > longest) return undefined
  // A limit of 4 keeps a token of a hundred thousand dots as cheap as any other.
  const parts = token.split('.', 4)
  const [head, body, tail] = parts
  if (parts.length !== 3 || head === undefined || body === undefined || tail === undefined) {
    return undefined
  }
  const headBytes = decode(head)
  const bodyBytes = decode(body)
  const signature = decode(tail)
  if (headBytes === undefined || bodyBytes === undefined || signature === undefined)
    return undefined
  const header = parseStrictObject(headBytes)
  const payload = header === undefined ? undefined : parseStrictObject(bodyBytes)
  if (header === undefined || payload === undefined) return undefined
  return { header, payload, signed: token.slice(0, head.length + 1 + body.length), signature }
}

/** The `exp` of an access token that happens to be a JWT, unverified: good for forgetting it earlier, nothing else. */
export function peekExpiry(token: string): number | undefined {
  const expiry = parseJws(token)?.payload['exp']
  return typeof expiry === 'number' && Number.isFinite(expiry) ? expiry : undefined
}

/** Node's decoder forgives white space, padding and stray bits; one token must have one spelling (RFC 7515 §2). */
function decode(part: string): Buffer | undefined {
  if (!alphabet.test(part)) return undefined
  const bytes = Buffer.from(part, 'base64url')
  return bytes.toString('base64url') === part ? bytes : undefined
}
