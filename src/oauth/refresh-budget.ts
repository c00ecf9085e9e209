// How often strangers may make us fetch keys: a small reserve that refills slowly.

const reserve = 2
const refillMs = 30_000

/** A token bucket on the monotonic clock: two at once, then one every 30 seconds. */
export class RefreshBudget {
  #left = reserve
  #refilledAt: number

  constructor(nowMs: number) {
    this.#refilledAt = nowMs
  }

  /** Takes one; false when there is none. */
  take(nowMs: number): boolean {
    this.#refill(nowMs)
    // A full reserve is not waiting for a refill.
    if (this.#left === reserve) this.#refilledAt = nowMs
    if (this.#left === 0) return false
    this.#left -= 1
    return true
  }

  /** Milliseconds until `take` can give one; 0 when it can now. */
  waitMs(nowMs: number): number {
    this.#refill(nowMs)
    return this.#left > 0 ? 0 : this.#refilledAt + refillMs - nowMs
  }

  /** Gives one back: the fetch was worth it. */
  refund(): void {
    this.#left = Math.min(reserve, this.#left + 1)
  }

  #refill(nowMs: number): void {
    const refills = Math.floor((nowMs - this.#refilledAt) / refillMs)
    if (refills <= 0) return
    this.#left = Math.min(reserve, this.#left + refills)
    this.#refilledAt += refills * refillMs
  }
}
