// Judges tokens that only their issuer can read, by asking it: once for all who wait, and not again for a while.
import { hash } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import type { JsonObject } from '../core/json.ts'
import type { Logger } from '../core/logger.ts'
import { checkClaims, explainRejection } from './access-token.ts'
import type { AccessTokenRules, Rejection } from './access-token.ts'
import type { Introspect, Introspected } from './introspection.ts'
import { Recent } from './recent.ts'
import { backoffMs } from './retry-after.ts'
import type { Accepted, TokenJudge, Verdict } from './verifier.ts'
import { waitFor, type Waiter } from './wait.ts'

export interface OpaqueTokenParts<Reading> {
  readonly introspect: Introspect
  /** One issuer: the one whose endpoint is asked. */
  readonly rules: AccessTokenRules
  readonly clock: Clock
  readonly logger: Logger
  /** Asked once for every token that is accepted; what it gives is remembered with the verdict. */
  readonly read: (claims: JsonObject) => Reading
  /** How long a verdict counts without asking again, in seconds; 0: not at all. */
  readonly rememberSeconds: number
}

/** An inactive token may be one that is not active yet. */
const longestRefusal = 30
/** Tokens above this many characters are not asked about. */
const longest = 8192
/** Questions under way at one time: strangers make up tokens as they like. */
const mostAtOnce = 64
const waitMs = 5000
const failureBackoff = { firstMs: 1000, capMs: 30_000 }

export class OpaqueTokenJudge<Reading> implements TokenJudge<Reading> {
  readonly #parts: OpaqueTokenParts<Reading>
  readonly #closing = new AbortController()
  readonly #accepted = new Recent<{ readonly verdict: Accepted<Reading>; readonly exp: number }>(
    10_000,
  )
  readonly #refused = new Recent<Verdict<never>>(1024)
  readonly #asking = new Map<string, Promise<Verdict<Reading>>>()
  #failures = 0
  #nextAttempt = 0

  constructor(parts: OpaqueTokenParts<Reading>) {
    this.#parts = parts
  }

  /** Synchronous for what is known; a wait is bounded, and the waiter's signal ends it. Never rejects. */
  verify(token: string, waiter: Waiter): Verdict<Reading> | Promise<Verdict<Reading>> {
    const { clock } = this.#parts
    if (token.length > longest) return refusal('format')
    // By its hash, so that no token text is kept.
    const key = hash('sha256', token, 'base64')
    const now = clock.monotonic()
    const known = this.#accepted.get(key, now)
    if (known !== undefined && clock.now() / 1000 < known.exp) return known.verdict
    const refused = this.#refused.get(key, now)
    if (refused !== undefined) return refused
    const asked = this.#asking.get(key) ?? this.#ask(key, token, now)
    if (asked === undefined) return this.#undecided()
    return waitFor(asked, waitMs, waiter.signal).then(({ got }) => got ?? this.#undecided())
  }

  /** Gives up the questions under way. */
  close(): void {
    this.#closing.abort()
  }

  /** Undefined while the endpoint fails, or has enough to do. */
  #ask(key: string, token: string, now: number): Promise<Verdict<Reading>> | undefined {
    if (now < this.#nextAttempt || this.#asking.size >= mostAtOnce) return undefined
    const asked = this.#parts.introspect(token, this.#closing.signal).then((answer) => {
      this.#asking.delete(key)
      return this.#conclude(key, answer)
    })
    this.#asking.set(key, asked)
    return asked
  }

  #conclude(key: string, answer: Introspected): Verdict<Reading> {
    if (!answer.ok) return this.#fail(answer)
    this.#failures = 0
    const { clock, rules, read, rememberSeconds } = this.#parts
    const now = clock.now() / 1000
    const claims = answer.claims && completed(answer.claims, rules, now + rememberSeconds)
    const rejection = claims === undefined ? 'inactive' : rejectionOf(claims, rules, now)
    const monotonic = clock.monotonic()
    if (claims === undefined || rejection !== undefined) {
      const reason = rejection ?? 'inactive'
      const verdict = refusal(reason, explainRejection(reason, claims ?? {}, rules))
      const seconds = Math.min(longestRefusal, rememberSeconds)
      this.#refused.set(key, verdict, monotonic + seconds * 1000)
      return verdict
    }
    const verdict: Accepted<Reading> = { accepted: true, reading: read(claims) }
    const entry = { verdict, exp: Number(claims['exp']) }
    this.#accepted.set(key, entry, monotonic + rememberSeconds * 1000)
    return verdict
  }

  #fail(failure: Extract<Introspected, { ok: false }>): Verdict<never> {
    const { clock, logger } = this.#parts
    this.#failures += 1
    const own = backoffMs(failureBackoff, this.#failures)
    const wait = Math.max(own, (failure.retryAfterSeconds ?? 0) * 1000)
    this.#nextAttempt = clock.monotonic() + wait
    if (!this.#closing.signal.aborted) {
      logger.warn('tokens cannot be introspected', { problem: failure.problem })
    }
    return this.#undecided()
  }

  #undecided(): Verdict<never> {
    const wait = (this.#nextAttempt - this.#parts.clock.monotonic()) / 1000
    const retryAfterSeconds = Math.max(1, Math.ceil(wait))
    return { accepted: false, reason: 'introspection', retryAfterSeconds }
  }
}

/** As Keycloak and Cognito name them. */
const otherKinds = /^(?:refresh|offline|logout|id$|id[-_]?token)/i

/** RFC 7662 §2.2: `iss` and `exp` may be left out; the issuer is the one that was asked, and will be asked again. */
function completed(claims: JsonObject, rules: AccessTokenRules, exp: number): JsonObject {
  return { ...claims, iss: claims['iss'] ?? rules.issuers[0] ?? null, exp: claims['exp'] ?? exp }
}

/** An audience is demanded here too: without one the token is for nobody in particular. */
function rejectionOf(
  claims: JsonObject,
  rules: AccessTokenRules,
  now: number,
): Rejection | undefined {
  if (!isAccessToken(claims)) return 'type'
  const validity = checkClaims(claims, rules, now)
  return typeof validity === 'string' ? validity : undefined
}

/** Some issuers say of refresh and ID tokens as well that they are active. */
function isAccessToken({ token_type: type, typ, token_use: use }: JsonObject): boolean {
  if (type !== undefined && (typeof type !== 'string' || !/^(?:bearer|dpop)$/i.test(type))) {
    return false
  }
  return ![typ, use].some((kind) => typeof kind === 'string' && otherKinds.test(kind))
}

function refusal(reason: Rejection, explanation: string = reason): Verdict<never> {
  return { accepted: false, reason, explanation }
}
