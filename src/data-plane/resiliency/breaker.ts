// A circuit breaker: closed, open, half open, with the transitions of Dapr's (sony/gobreaker).
import type { Counts } from '../../cel/trip.ts'
import type { BreakerSpec } from '../../core/resiliency.ts'

export type BreakerState = 'closed' | 'half-open' | 'open'

/** A call that was let through; `generation` is what the breaker counted it under. */
export interface Passage {
  readonly generation: number
}

const nothing: Counts = {
  requests: 0,
  totalSuccesses: 0,
  totalFailures: 0,
  consecutiveSuccesses: 0,
  consecutiveFailures: 0,
}

export class Breaker {
  readonly #spec: BreakerSpec
  readonly #isTripped: (counts: Counts) => boolean
  readonly #now: () => number
  #state: BreakerState = 'closed'
  #counts = nothing
  #generation = 0
  /** When an open breaker becomes half open, or a closed one forgets; undefined is never. */
  #expiry: number | undefined

  /** `now` is in ms and never jumps. */
  constructor(spec: BreakerSpec, isTripped: (counts: Counts) => boolean, now: () => number) {
    this.#spec = spec
    this.#isTripped = isTripped
    this.#now = now
    this.#become('closed')
  }

  get state(): BreakerState {
    this.#expire()
    return this.#state
  }

  /** How long an open breaker will stay so, in ms. */
  get remainingMs(): number {
    return this.#state === 'open' ? Math.max(0, (this.#expiry ?? 0) - this.#now()) : 0
  }

  /** Lets a call through, or not. One that got through must come back with `leave` or `forget`. */
  enter(): Passage | undefined {
    this.#expire()
    if (this.#state === 'open') return undefined
    if (this.#state === 'half-open' && this.#counts.requests >= this.#spec.maxRequests) {
      return undefined
    }
    this.#counts = { ...this.#counts, requests: this.#counts.requests + 1 }
    return { generation: this.#generation }
  }

  /** What became of a call; of one that began before the last change of state, nothing is learnt. */
  leave({ generation }: Passage, isSuccess: boolean): void {
    this.#expire()
    if (generation !== this.#generation) return
    if (isSuccess) this.#onSuccess()
    else this.#onFailure()
  }

  /** Takes a call back that says nothing about the target, such as one whose caller went away. */
  forget({ generation }: Passage): void {
    if (generation !== this.#generation) return
    this.#counts = { ...this.#counts, requests: this.#counts.requests - 1 }
  }

  #onSuccess(): void {
    const { totalSuccesses, consecutiveSuccesses } = this.#counts
    this.#counts = {
      ...this.#counts,
      totalSuccesses: totalSuccesses + 1,
      consecutiveSuccesses: consecutiveSuccesses + 1,
      consecutiveFailures: 0,
    }
    if (this.#state === 'half-open' && consecutiveSuccesses + 1 >= this.#spec.maxRequests) {
      this.#become('closed')
    }
  }

  #onFailure(): void {
    const { totalFailures, consecutiveFailures } = this.#counts
    this.#counts = {
      ...this.#counts,
      totalFailures: totalFailures + 1,
      consecutiveFailures: consecutiveFailures + 1,
      consecutiveSuccesses: 0,
    }
    if (this.#state === 'half-open' || this.#isTripped(this.#counts)) this.#become('open')
  }

  #expire(): void {
    if (this.#expiry === undefined || this.#now() < this.#expiry) return
    this.#become(this.#state === 'open' ? 'half-open' : 'closed')
  }

  #become(state: BreakerState): void {
    const { intervalMs, timeoutMs } = this.#spec
    this.#state = state
    this.#counts = nothing
    this.#generation += 1
    if (state === 'open') this.#expiry = this.#now() + timeoutMs
    else if (state === 'closed' && intervalMs > 0) this.#expiry = this.#now() + intervalMs
    else this.#expiry = undefined
  }
}
