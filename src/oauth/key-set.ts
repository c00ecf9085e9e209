// The signing keys of one issuer, kept fresh: known keys never wait for the network, unknown ones cannot flood it.
import type { Clock } from '../core/clock.ts'
import type { Logger } from '../core/logger.ts'
import type { VerificationKey } from './jwks.ts'
import type { LoadKeys, LoadResult, LoadedKeys } from './load-keys.ts'
import { MissingKids } from './missing-kids.ts'
import { RefreshBudget } from './refresh-budget.ts'
import { backoffMs } from './retry-after.ts'
import { waitFor, type Waiter } from './wait.ts'

/** `changed`: look again. `missing`: the issuer has no such key. `unknown`: it could not be asked. */
export type Sought = 'changed' | 'missing' | 'unknown'

interface KeySetParts {
  readonly load: LoadKeys
  readonly clock: Clock
  readonly logger: Logger
  /** How long a request waits for the very first keys, and for a key that is not there yet. */
  readonly firstWaitMs?: number
  readonly seekWaitMs?: number
}

type Flight = Promise<LoadResult>

interface Search {
  readonly flight: Flight
  /** The fetch had begun before the question came up. */
  readonly joined: boolean
  readonly found: () => boolean
  readonly limit: AbortSignal
}

type LoadFailure = Extract<LoadResult, { ok: false }>

const late: LoadFailure = { ok: false, problem: 'the issuer did not answer in time' }
const staleLimitMs = 24 * 60 * 60 * 1000
const failureBackoff = { firstMs: 1000, capMs: 60_000 }

export class KeySet {
  readonly #parts: KeySetParts
  readonly #closing = new AbortController()
  readonly #budget: RefreshBudget
  readonly #missing = new MissingKids()
  #loaded: LoadedKeys | undefined
  #lastFailure: LoadFailure = late
  #fingerprint = ''
  #generation = 0
  #fetchedAt = 0
  #failures = 0
  #nextAttempt = 0
  #flight: Flight | undefined

  constructor(parts: KeySetParts) {
    this.#parts = parts
    const now = parts.clock.monotonic()
    this.#budget = new RefreshBudget(now)
    this.#nextAttempt = now
  }

  /** Changes exactly when the keys change. */
  get generation(): number {
    return this.#generation
  }

  /** Seconds until another attempt to load makes sense; at least 1. */
  get retryAfterSeconds(): number {
    return wholeSeconds(this.#nextAttempt - this.#parts.clock.monotonic())
  }

  /** Seconds until the issuer may be asked for a key that is not in the set; at least 1. */
  get seekAfterSeconds(): number {
    const now = this.#parts.clock.monotonic()
    const failing = this.#failures > 0 ? this.#nextAttempt - now : 0
    return wholeSeconds(Math.max(failing, this.#budget.waitMs(now)))
  }

  /** Whether there are keys to judge by. A promise only when keys must be fetched first; starts renewals when due. */
  ready(waiter: Waiter): boolean | Promise<boolean> {
    if (this.#isYoungerThan(0.8)) return true
    const flight = this.#flight ?? this.#beginUnlessFailing()
    if (this.#isYoungerThan(1)) return true
    // Past its lifetime the set is used only after asking in vain: a withdrawn key must not survive an idle night.
    if (flight === undefined) return this.#isUsable()
    const { firstWaitMs = 5000, seekWaitMs = 2000 } = this.#parts
    const wait = this.#isUsable() ? seekWaitMs : firstWaitMs
    return waitFor(flight, wait, waiter.signal).then(() => this.#isUsable())
  }

  /** The keys that fit an algorithm; with a `kid`, only those of that name. */
  candidates(algorithm: string, kid: string | undefined): readonly VerificationKey[] {
    const keys = this.#loaded?.keys ?? []
    return keys.filter(
      (key) => (kid === undefined || key.kid === kid) && key.algorithms.includes(algorithm),
    )
  }

  has(kid: string): boolean {
    return this.#loaded?.keys.some((key) => key.kid === kid) ?? false
  }

  /**
   * Asks the issuer for a key that is not in the set; `undefined` stands for "any key but those tried". Waiters share
   * one fetch that began after they asked. Synchronous when the answer is known or the issuer may not be asked now.
   */
  seek(kid: string | undefined, waiter: Waiter): Sought | Promise<Sought> {
    if (this.#missing.has(kid, this.#parts.clock.monotonic())) return 'missing'
    const running = this.#flight
    const flight = running ?? this.#beginForced()
    if (typeof flight === 'string') return flight
    const found = this.#arrival(kid)
    const { seekWaitMs = 2000 } = this.#parts
    const limit = AbortSignal.any([waiter.signal, AbortSignal.timeout(seekWaitMs)])
    return this.#outcome(kid, { flight, joined: running !== undefined, found, limit })
  }

  /**
   * The keys, for whoever starts to use them and wants to see how it went. Asks the issuer only when `ready` would:
   * not while the set is fresh, nor before the next attempt is due.
   */
  async load(signal: AbortSignal): Promise<LoadResult> {
    const loaded = this.#loaded
    if (loaded !== undefined && this.#isYoungerThan(0.8)) return { ok: true, loaded }
    const flight = this.#flight ?? this.#beginUnlessFailing()
    if (loaded !== undefined && this.#isYoungerThan(1)) return { ok: true, loaded }
    if (flight === undefined) {
      return loaded !== undefined && this.#isUsable() ? { ok: true, loaded } : this.#lastFailure
    }
    const waited = await waitFor(flight, this.#parts.firstWaitMs ?? 5000, signal)
    return waited.got ?? late
  }

  /** Gives up the fetch in flight. */
  close(): void {
    this.#closing.abort()
  }

  /** Says later whether that key has come. */
  #arrival(kid: string | undefined): () => boolean {
    const generation = this.#generation
    return () => (kid === undefined ? this.#generation !== generation : this.has(kid))
  }

  async #outcome(kid: string | undefined, search: Search): Promise<Sought> {
    const { found, limit, joined } = search
    let sought = await this.#arrived(search.flight, found, limit)
    if (sought === 'missing' && joined) {
      // A fetch that was under way when we asked may have been answered before the key was published.
      const next = this.#flight ?? this.#beginForced()
      if (typeof next === 'string') return next
      sought = await this.#arrived(next, found, limit)
    }
    if (sought === 'missing') this.#missing.add(kid, this.#parts.clock.monotonic())
    return sought
  }

  async #arrived(flight: Flight, found: () => boolean, limit: AbortSignal): Promise<Sought> {
    const waited = await waitFor(flight, this.#parts.seekWaitMs ?? 2000, limit)
    if (found()) return 'changed'
    return waited.got?.ok === true ? 'missing' : 'unknown'
  }

  #beginUnlessFailing(): Flight | undefined {
    return this.#parts.clock.monotonic() < this.#nextAttempt ? undefined : this.#begin()
  }

  /** Begins a fetch on behalf of a stranger, unless the issuer is failing or strangers have asked enough. */
  #beginForced(): Flight | 'unknown' {
    const now = this.#parts.clock.monotonic()
    if (this.#failures > 0 && now < this.#nextAttempt) return 'unknown'
    // An issuer that was not asked has not denied the key: the first tokens of a new one may come amid a flood.
    if (!this.#budget.take(now)) return 'unknown'
    const generation = this.#generation
    return this.#begin(() => {
      // Real rotations cost the budget nothing, so that no number of them can use it up.
      if (this.#generation !== generation) this.#budget.refund()
    })
  }

  #begin(settled: () => void = () => {}): Flight {
    const began = this.#parts.clock.monotonic()
    // Counted as a failure until it succeeds, so that whatever becomes of it cannot be forgotten.
    this.#fail(began)
    const flight = this.#parts.load(this.#closing.signal).then((result) => {
      this.#flight = undefined
      if (result.ok) this.#keep(result.loaded, began)
      else if (!this.#closing.signal.aborted) this.#report(result)
      settled()
      return result
    })
    this.#flight = flight
    return flight
  }

  #keep(loaded: LoadedKeys, began: number): void {
    const fingerprint = loaded.keys
      .map((key) => key.identity)
      .toSorted()
      .join(' ')
    if (fingerprint !== this.#fingerprint) {
      this.#fingerprint = fingerprint
      this.#generation += 1
      this.#missing.clear()
    }
    this.#loaded = loaded
    this.#fetchedAt = began
    this.#failures = 0
    this.#nextAttempt = began
    const { logger } = this.#parts
    logger.debug('signing keys loaded', { from: loaded.from, keys: loaded.keys.length })
    if (loaded.skipped > 0) {
      logger.warn('some signing keys cannot be used', {
        from: loaded.from,
        skipped: loaded.skipped,
      })
    }
  }

  #fail(now: number): void {
    this.#failures += 1
    this.#nextAttempt = now + backoffMs(failureBackoff, this.#failures)
  }

  #report(failure: LoadFailure): void {
    this.#lastFailure = failure
    const now = this.#parts.clock.monotonic()
    const own = backoffMs(failureBackoff, this.#failures)
    this.#nextAttempt = now + Math.max(own, (failure.retryAfterSeconds ?? 0) * 1000)
    this.#parts.logger.warn('signing keys could not be loaded', {
      problem: failure.problem,
      retryInSeconds: this.retryAfterSeconds,
    })
  }

  /** In shares of the lifetime that the issuer gave. */
  #isYoungerThan(share: number): boolean {
    if (this.#loaded === undefined) return false
    return this.#age() < this.#loaded.lifetimeMs * share
  }

  #isUsable(): boolean {
    if (this.#loaded === undefined) return false
    return this.#age() < Math.max(staleLimitMs, this.#loaded.lifetimeMs)
  }

  #age(): number {
    return this.#parts.clock.monotonic() - this.#fetchedAt
  }
}

function wholeSeconds(milliseconds: number): number {
  return Math.max(1, Math.ceil(milliseconds / 1000))
}
