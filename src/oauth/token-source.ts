// One cached token: renewed ahead of its expiry, by one request at a time, with back-off when that fails.
import type { Clock } from '../core/clock.ts'
import { McpAuthError } from '../core/errors.ts'
import type { Logger } from '../core/logger.ts'
import { backoffMs } from './retry-after.ts'
import type { Backoff } from './retry-after.ts'
import type { Mint } from './token-request.ts'
import type { IssuedToken, MintFailure, MintResult } from './token-response.ts'
import { waitFor } from './wait.ts'

export type TokenResult =
  | { readonly ok: true; readonly token: IssuedToken }
  /** `retryAfterSeconds` is when a new attempt makes sense. */
  | { readonly ok: false; readonly error: McpAuthError; readonly retryAfterSeconds: number }

interface TokenSourceParts {
  readonly mint: Mint
  readonly clock: Clock
  /** 0 ≤ n < 1. */
  readonly random: () => number
  readonly logger: Logger
  /** Where tokens come from, for messages: the token endpoint. */
  readonly endpoint: string
  /** The error of a failure, where tokens come from nothing like a token endpoint. */
  readonly errorOf?: (failure: MintFailure) => McpAuthError
  /** How long one caller waits for a token. */
  readonly waitMs?: number
  /** How many callers may wait at once. */
  readonly maxWaiters?: number
}

interface Entry {
  readonly token: IssuedToken
  /** From here on it is renewed in the background (monotonic ms). */
  readonly soft: number
  /** From here on it is not sent any more (monotonic ms). */
  readonly hard: number
  /** The same limit for a wall clock that jumped or a machine that slept (wall ms). */
  readonly wallLimit: number
}

interface Refusal {
  readonly error: McpAuthError
  /** No attempt before this (monotonic ms). */
  readonly until: number
}

const passing = { firstMs: 1000, capMs: 60_000 }
const lasting = { firstMs: 60_000, capMs: 600_000 }
/** A login may be done any moment, and whether it was costs only a look into the store. */
const awaited = { firstMs: 500, capMs: 500 }
const remintGuardMs = 30_000

/** Holds the token of one client. Reading is synchronous while there is a usable one. */
export class TokenSource {
  readonly #parts: TokenSourceParts
  readonly #closing = new AbortController()
  #entry: Entry | undefined
  #mintedAt = Number.NEGATIVE_INFINITY
  #flight: Promise<MintResult> | undefined
  #refusal: Refusal | undefined
  #plan: Backoff | undefined
  #failures = 0
  #waiters = 0

  constructor(parts: TokenSourceParts) {
    this.#parts = parts
  }

  /** The token, when there is a usable one; starts its renewal when it is due. */
  current(): IssuedToken | undefined {
    const entry = this.#entry
    if (entry === undefined) return undefined
    const now = this.#parts.clock.monotonic()
    if (now >= entry.hard || this.#parts.clock.now() >= entry.wallLimit) return undefined
    if (now >= entry.soft && this.#flight === undefined && !this.#isBackingOff(now))
      void this.#begin()
    return entry.token
  }

  /** The token, waiting for one if need be. Leaving early (`signal`) never disturbs the request others wait for. */
  async obtain(signal: AbortSignal): Promise<TokenResult> {
    const token = this.current()
    if (token !== undefined) return { ok: true, token }
    const obstacle = this.#obstacle()
    if (obstacle !== undefined) return this.#refuse(obstacle)
    this.#waiters += 1
    try {
      const flight = this.#flight ?? this.#begin()
      const waited = await waitFor(flight, this.#parts.waitMs ?? 15_000, signal)
      if (waited.got === undefined) return this.#refuse(this.#late())
      if (waited.got.ok) return { ok: true, token: waited.got.token }
      return this.#refuse(this.#refusal?.error ?? this.#unavailable(waited.got.problem))
    } finally {
      this.#waiters -= 1
    }
  }

  /**
   * Reports that a resource refused this token. Returns whether asking for another one makes sense: not when the
   * last one is younger than 30 seconds, so that a resource which refuses everything cannot make us mint forever.
   */
  reject(token: IssuedToken): boolean {
    const held = this.#entry?.token.value.reveal()
    // Another request was refused first and its renewal is done or under way: use that one's outcome.
    if (held !== token.value.reveal()) return true
    if (this.#parts.clock.monotonic() - this.#mintedAt < remintGuardMs) return false
    this.#entry = undefined
    return true
  }

  /** Gives up the request in flight. */
  close(): void {
    this.#closing.abort()
  }

  /** Why nobody may wait now. */
  #obstacle(): McpAuthError | undefined {
    const { clock, maxWaiters = 10_000 } = this.#parts
    if (this.#closing.signal.aborted) return this.#unavailable('is no longer in use')
    if (this.#waiters >= maxWaiters) {
      return this.#unavailable('is waited for by too many requests at once')
    }
    const rest = this.#flight === undefined && this.#isBackingOff(clock.monotonic())
    return rest ? this.#refusal?.error : undefined
  }

  #begin(): Promise<MintResult> {
    const { clock, mint } = this.#parts
    const asked = { mono: clock.monotonic(), wall: clock.now() }
    const flight = mint(this.#closing.signal).then((result) => {
      this.#flight = undefined
      if (result.ok) this.#keep(result.token, asked)
      else if (!this.#closing.signal.aborted) this.#backOff(result)
      return result
    })
    this.#flight = flight
    return flight
  }

  /** The lifetime counts from the request, not from the answer: the token may be as old as that. */
  #keep(token: IssuedToken, asked: { readonly mono: number; readonly wall: number }): void {
    const life = token.lifetimeSeconds * 1000
    const ahead = life < 120_000 ? life / 2 : Math.max(60_000, life / 10)
    const jitter = life * 0.1 * this.#parts.random()
    const hard = life - Math.min(5000, life / 4)
    this.#entry = {
      token,
      soft: asked.mono + Math.max(0, life - ahead - jitter),
      hard: asked.mono + hard,
      wallLimit: asked.wall + life,
    }
    this.#mintedAt = this.#parts.clock.monotonic()
    this.#failures = 0
    this.#refusal = undefined
    this.#parts.logger.debug('access token acquired', {
      endpoint: this.#parts.endpoint,
      lifetimeSeconds: Math.floor(token.lifetimeSeconds),
    })
  }

  #backOff(failure: MintFailure): void {
    const { clock, random, logger } = this.#parts
    const plan = { refused: lasting, login: awaited, unavailable: passing, timeout: passing }[
      failure.kind
    ]
    this.#failures = this.#plan === plan ? this.#failures + 1 : 1
    this.#plan = plan
    const spread = 0.8 + 0.4 * random()
    const own = Math.min(plan.capMs, backoffMs(plan, this.#failures) * spread)
    const asked = failure.retryAfterSeconds
    const wait = failure.kind === 'refused' || asked === undefined ? own : asked * 1000
    const error = this.#errorOf(failure)
    this.#refusal = { error, until: clock.monotonic() + wait }
    if (plan === awaited && this.#failures > 1) return
    logger.warn(error.message, { code: error.code, retryInSeconds: Math.ceil(wait / 1000) })
  }

  #isBackingOff(now: number): boolean {
    return this.#refusal !== undefined && now < this.#refusal.until
  }

  #refuse(error: McpAuthError): TokenResult {
    const left = (this.#refusal?.until ?? 0) - this.#parts.clock.monotonic()
    return { ok: false, error, retryAfterSeconds: Math.max(1, Math.ceil(left / 1000)) }
  }

  #late(): McpAuthError {
    return this.#errorOf({ ok: false, kind: 'timeout', problem: 'did not answer in time' })
  }

  #unavailable(problem: string): McpAuthError {
    return this.#errorOf({ ok: false, kind: 'unavailable', problem })
  }

  #errorOf(failure: MintFailure): McpAuthError {
    const { endpoint, errorOf } = this.#parts
    return errorOf === undefined ? failureError(failure, endpoint) : errorOf(failure)
  }
}

const codes = {
  refused: 'TOKEN_ENDPOINT_REFUSED',
  unavailable: 'TOKEN_ENDPOINT_UNAVAILABLE',
  timeout: 'TOKEN_ENDPOINT_TIMEOUT',
} as const

/** The sentence about a request to a token endpoint that failed. */
export function failureError(failure: MintFailure, endpoint: string): McpAuthError {
  if (failure.kind === 'login') {
    return new McpAuthError('LOGIN_REQUIRED', `Nobody is logged in: ${failure.problem}.`, {
      hint: failure.hint ?? 'Run: mcpauth login',
    })
  }
  return new McpAuthError(
    codes[failure.kind],
    `The token endpoint ${endpoint} ${failure.problem}.`,
    {
      hint: hintFor(failure),
      ...(failure.error === undefined ? {} : { detail: failure.error }),
    },
  )
}

const refusalHints: ReadonlyMap<string | undefined, string> = new Map([
  ['invalid_client', 'Check clientID, its secret or key, and how it authenticates.'],
  ['unauthorized_client', 'Allow this client the grant of the Component.'],
  ['invalid_scope', 'Check scopes: a client may ask only for scopes that it was given.'],
  ['invalid_target', 'Check audience and resource: the authorization server does not know them.'],
])

function hintFor(failure: MintFailure): string {
  if (failure.hint !== undefined) return failure.hint
  if (failure.kind !== 'refused') {
    return 'Check that the authorization server runs and that tokenURL is right.'
  }
  return (
    refusalHints.get(failure.error) ??
    'Check tokenURL and how the client is registered at the authorization server.'
  )
}
