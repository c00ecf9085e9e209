// Proofs that were used already. Each is remembered until it would be too old anyway; there is room for so many.
import { hash } from 'node:crypto'

const bucketSeconds = 30

/** Buckets of short hashes, by when their proofs end: a proof is signed over its time, so it always falls into the same one. */
export class ProofReplays {
  readonly #buckets = new Map<number, Set<string>>()
  readonly #most: number
  #size = 0

  constructor(most = 500_000) {
    this.#most = most
  }

  /**
   * Notes the use of a proof that is good until `until`, at wall time `now` (seconds since the epoch). `full` when it cannot
   * be noted: forgetting another one would let that be used again.
   */
  use(id: string, until: number, now: number): 'first' | 'again' | 'full' {
    const at = Math.ceil(until / bucketSeconds)
    const key = hash('sha256', id, 'base64').slice(0, 24)
    const bucket = this.#buckets.get(at) ?? new Set()
    if (bucket.has(key)) return 'again'
    if (this.#size >= this.#most) this.#forget(now)
    if (this.#size >= this.#most) return 'full'
    bucket.add(key)
    this.#size += 1
    if (bucket.size === 1) {
      this.#forget(now)
      this.#buckets.set(at, bucket)
    }
    return 'first'
  }

  #forget(now: number): void {
    for (const [at, bucket] of this.#buckets) {
      if (at * bucketSeconds > now) continue
      this.#buckets.delete(at)
      this.#size -= bucket.size
    }
  }
}
