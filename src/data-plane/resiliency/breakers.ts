// The circuit breakers of a sidecar. A reload keeps those whose policy did not change, with what they counted.
import { compileTrip, type Counts } from '../../cel/trip.ts'
import { policyFor, type BreakerSpec, type ResiliencySpec } from '../../core/resiliency.ts'
import { Breaker } from './breaker.ts'

export class Breakers {
  readonly #groups = new Map<string, { readonly target: string; readonly group: BreakerGroup }>()
  readonly #now: () => number

  /** `now` is in ms and never jumps. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Those of one target. */
  group(target: string, spec: BreakerSpec): BreakerGroup {
    const key = keyOf(target, spec)
    let known = this.#groups.get(key)
    if (known === undefined) {
      known = { target, group: new BreakerGroup(spec, this.#now) }
      this.#groups.set(key, known)
    }
    return known.group
  }

  /** Forgets those of policies that are no longer in force. */
  retain(spec: ResiliencySpec | undefined): void {
    for (const [key, { target }] of this.#groups) {
      const breaker = spec === undefined ? undefined : policyFor(spec, target)?.breaker
      if (breaker === undefined || keyOf(target, breaker) !== key) this.#groups.delete(key)
    }
  }
}

function keyOf(target: string, spec: BreakerSpec): string {
  return JSON.stringify([target, spec])
}

/** A breaker for each path of a target, as in Dapr; the one that was not used for longest makes room. */
export class BreakerGroup {
  readonly #spec: BreakerSpec
  readonly #isTripped: (counts: Counts) => boolean
  readonly #now: () => number
  readonly #breakers = new Map<string, Breaker>()

  constructor(spec: BreakerSpec, now: () => number) {
    this.#spec = spec
    this.#now = now
    this.#isTripped = tripOf(spec)
  }

  get(path: string): Breaker {
    let breaker = this.#breakers.get(path)
    if (breaker === undefined) {
      breaker = new Breaker(this.#spec, this.#isTripped, this.#now)
      const [oldest] = this.#breakers.keys()
      if (this.#breakers.size >= this.#spec.cacheSize && oldest !== undefined) {
        this.#breakers.delete(oldest)
      }
    } else this.#breakers.delete(path)
    // A Map lists what was put in last at its end.
    this.#breakers.set(path, breaker)
    return breaker
  }
}

const byDefault = ({ consecutiveFailures }: Counts): boolean => consecutiveFailures > 5

/** What `apply` refused cannot be here; were it, the default is what a breaker goes by. */
function tripOf({ trip }: BreakerSpec): (counts: Counts) => boolean {
  if (trip === undefined) return byDefault
  const compiled = compileTrip(trip)
  return compiled.problem === undefined ? compiled.isTripped : byDefault
}
