// Token buckets, one for each key, in bounded memory.
import type { Clock } from '../core/clock.ts'

/** Keys that are counted at once; more of them share one bucket, so that new names are no way around a limit. */
const mostKeys = 10_000

/**
 * A bucket holds `burst` tokens and gets `perSecond` of them. Of each is kept only when it would be full again
 * (GCRA, ITU-T I.371): one that is full by now is as good as one that was never used.
 */
export class TokenBuckets {
  readonly #clock: Clock
  readonly #interval: number
  readonly #allowance: number
  /** Key → when its bucket is full again, in ms of the monotonic clock. */
  readonly #fullAt = new Map<string, number>()
  #sweptAt = Number.NEGATIVE_INFINITY
  #sharedFullAt = Number.NEGATIVE_INFINITY

  constructor(clock: Clock, perSecond: number, burst: number) {
    this.#clock = clock
    this.#interval = 1000 / perSecond
    this.#allowance = (burst - 1) * this.#interval
  }

  /** Takes a token: 0 when there was one, else the ms until there is. */
  take(key: string): number {
    const now = this.#clock.monotonic()
    const isShared = !this.#fullAt.has(key) && !this.#hasRoom(now)
    const fullAt = Math.max(isShared ? this.#sharedFullAt : (this.#fullAt.get(key) ?? now), now)
    const wait = fullAt - now - this.#allowance
    // Sums of fractions must not cost a token that is due.
    if (wait > 1e-6) return wait
    const next = fullAt + this.#interval
    if (isShared) this.#sharedFullAt = next
    else this.#fullAt.set(key, next)
    return 0
  }

  /** Forgets full buckets when there are too many, once a second at most. */
  #hasRoom(now: number): boolean {
    if (this.#fullAt.size < mostKeys) return true
    if (now - this.#sweptAt < 1000) return false
    this.#sweptAt = now
    for (const [key, fullAt] of this.#fullAt) {
      if (fullAt <= now) this.#fullAt.delete(key)
    }
    return this.#fullAt.size < mostKeys
  }
}
