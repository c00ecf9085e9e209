// Tokens whose signature was checked already, so that a warm request costs a hash instead of a signature.
import { hash } from 'node:crypto'
import type { JsonObject } from '../core/json.ts'
import type { Validity } from './access-token.ts'

export interface VerifiedToken {
  readonly claims: JsonObject
  readonly validity: Validity
  /** Of the key set that the signature was checked with. */
  readonly generation: number
}

/**
 * A bounded least-recently-used cache. Only valid tokens get in, so strangers cannot fill it. Keyed by SHA-256, so
 * that it holds no token text.
 */
export class VerifiedTokens {
  readonly #entries = new Map<string, VerifiedToken>()
  readonly #most: number

  constructor(most = 10_000) {
    this.#most = most
  }

  /** The entry for `token`, if it holds at wall time `now` (seconds) and was made with these keys. */
  get(token: string, generation: number, now: number): VerifiedToken | undefined {
    const key = hash('sha256', token, 'base64')
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    if (entry.generation !== generation || now >= entry.validity.until) return undefined
    this.#entries.set(key, entry)
    return now < entry.validity.from ? undefined : entry
  }

  add(token: string, entry: VerifiedToken): void {
    this.#entries.set(hash('sha256', token, 'base64'), entry)
    if (this.#entries.size <= this.#most) return
    const [oldest] = this.#entries.keys()
    if (oldest !== undefined) this.#entries.delete(oldest)
  }

  get size(): number {
    return this.#entries.size
  }
}
