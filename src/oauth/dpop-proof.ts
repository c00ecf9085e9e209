// Whether whoever presents a token has the key that it is bound to (RFC 9449 §4.3): one signed proof for each request.
import { hash, type KeyObject } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import { isJsonObject } from '../core/json.ts'
import type { JsonObject } from '../core/json.ts'
import { isSignedBy } from './algorithms.ts'
import type { DpopNonces } from './dpop-nonces.ts'
import { importKey, readPublicJwk, thumbprintOf } from './jwks.ts'
import { parseJws, type CompactJws } from './jws.ts'
import type { ProofReplays } from './proof-replays.ts'

/** What is wrong with a proof: for the access log, except for `nonce`, which the caller is told. */
export type ProofProblem =
  | 'missing'
  | 'repeated'
  | 'format'
  | 'type'
  | 'key'
  | 'signature'
  | 'method'
  | 'url'
  | 'time'
  | 'token'
  | 'nonce'
  | 'replayed'
  | 'too many'

export interface ProofParts {
  readonly clock: Clock
  /** Seconds by which the clocks may differ. */
  readonly clockSkew: number
  readonly replays: ProofReplays
  /** Set when every proof must have a nonce of ours. */
  readonly nonces: DpopNonces | undefined
}

/** What a proof has to be about. */
export interface Proven {
  readonly method: string
  /** As the caller knows it, without query. */
  readonly url: string
  readonly token: string
  /** RFC 7638 thumbprint of the key that the token is bound to. */
  readonly jkt: string
}

/** Seconds that a proof may be old, beside the skew. */
const lifetime = 60
const longestId = 256
const mostKeys = 1024

export class ProofCheck {
  readonly #parts: ProofParts
  /** By thumbprint: clients prove with one key over and over. */
  readonly #keys = new Map<string, KeyObject>()

  constructor(parts: ProofParts) {
    this.#parts = parts
  }

  /** Undefined for a good proof, which then counts as used. `values` are those of the DPoP header. */
  problemOf(values: readonly string[], about: Proven): ProofProblem | undefined {
    const [value] = values
    if (value === undefined) return 'missing'
    if (values.length > 1) return 'repeated'
    const proof = parseJws(value)
    if (proof === undefined) return 'format'
    const now = this.#parts.clock.now() / 1000
    return (
      problemOfClaims(proof.payload, about) ??
      this.#problemOfTime(proof.payload['iat'], now) ??
      this.#problemOfKey(proof, about.jkt) ??
      this.#problemOfUse(proof.payload, about.jkt, now)
    )
  }

  #problemOfTime(iat: unknown, now: number): ProofProblem | undefined {
    if (typeof iat !== 'number' || !Number.isFinite(iat)) return 'time'
    const { clockSkew } = this.#parts
    return iat > now + clockSkew || iat <= now - clockSkew - lifetime ? 'time' : undefined
  }

  #problemOfKey({ header, signed, signature }: CompactJws, jkt: string): ProofProblem | undefined {
    const { typ, alg, jwk } = header
    if (typ !== 'dpop+jwt' || typeof alg !== 'string') return 'type'
    // We understand no critical extension, and RFC 7797's b64 changes what is signed.
    if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64')) return 'type'
    const material = isJsonObject(jwk) ? readPublicJwk(jwk) : undefined
    if (material?.algorithms.includes(alg) !== true) return 'key'
    if (thumbprintOf(material.members) !== jkt) return 'key'
    const key = this.#keys.get(jkt) ?? this.#import(material.members, jkt)
    if (key === undefined) return 'key'
    return isSignedBy(alg, key, signed, signature) ? undefined : 'signature'
  }

  #import(members: Readonly<Record<string, string>>, jkt: string): KeyObject | undefined {
    const key = importKey(members)
    if (key === undefined) return undefined
    this.#keys.set(jkt, key)
    const [oldest] = this.#keys.keys()
    if (this.#keys.size > mostKeys && oldest !== undefined) this.#keys.delete(oldest)
    return key
  }

  /** Last, so that only proofs of the right key are remembered, and strangers cannot fill the memory. */
  #problemOfUse(
    { jti, iat, nonce }: JsonObject,
    jkt: string,
    now: number,
  ): ProofProblem | undefined {
    const { replays, nonces, clockSkew } = this.#parts
    if (nonces !== undefined && !nonces.isOurs(nonce)) return 'nonce'
    const until = Number(iat) + clockSkew + lifetime
    const id = typeof jti === 'string' ? jti : ''
    const use = replays.use(`${jkt} ${id}`, until, now)
    if (use === 'full') return 'too many'
    return use === 'again' ? 'replayed' : undefined
  }
}

function problemOfClaims(
  { jti, htm, htu, ath }: JsonObject,
  { method, url, token }: Proven,
): ProofProblem | undefined {
  if (typeof jti !== 'string' || jti === '' || jti.length > longestId) return 'format'
  if (htm !== method) return 'method'
  if (typeof htu !== 'string' || !isSameUrl(htu, url)) return 'url'
  return ath === hash('sha256', token, 'base64url') ? undefined : 'token'
}

/** RFC 9449 §4.3 (9): after normalization, and without query and fragment. */
function isSameUrl(htu: string, url: string): boolean {
  const parsed = URL.parse(htu)
  if (parsed === null) return false
  parsed.search = ''
  parsed.hash = ''
  return parsed.href === new URL(url).href
}
