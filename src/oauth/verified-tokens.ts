// Tokens whose signature was checked already, so that a warm request costs a hash instead of a signature.
import { hash } from 'node:crypto'
import type { Validity } from './access-token.ts'
import type { KeySet } from './key-set.ts'

export interface VerifiedToken<Verdict> {
  readonly verdict: Verdict
  readonly validity: Validity
  /** What the signature was checked with, and which state of it. */
  readonly keys: KeySet
  readonly generation: number
}

/**
 * A bounded least-recently-used cache. Only valid tokens get in, so strangers cannot fill it. Keyed by SHA-256, so
 * that it holds no token text.
 */
export class VerifiedTokens<Verdict> {
  readonly #entries = new Map<string, VerifiedToken<Verdict>>()
  readonly #most: number

  constructor(most = 10_000) {
    this.#most = most
  }

  /** The entry for `token`, if it holds at wall time `now` (seconds) and its keys have not changed. */
  get(token: string, now: number): VerifiedToken<Verdict> | undefined {
    const key = hash('sha256', token, 'base64')
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    if (entry.generation !== entry.keys.generation || now >= entry.validity.until) return undefined
    this.#entries.set(key, entry)
    return now < entry.validity.from ? undefined : entry
  }

  add(token: string, entry: VerifiedToken<Verdict>): void {
    this.#entries.set(hash('sha256', token, 'base64'), entry)
    if (this.#entries.size <= this.#most) return
    const [oldest] = this.#entries.keys()
    if (oldest !== undefined) this.#entries.delete(oldest)
  }

  get size(): number {
    return this.#entries.size
  }
}
