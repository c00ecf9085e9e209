// Judges bearer tokens: cached verdict, cheap checks, then the signature; waits only for keys that are not here yet.
import type { Clock } from '../core/clock.ts'
import type { JsonObject } from '../core/json.ts'
import { checkClaims, checkHeader, explainRejection } from './access-token.ts'
import type { AccessTokenRules, JoseHeader, Rejection, Validity } from './access-token.ts'
import { isSignedBy } from './algorithms.ts'
import { parseJws } from './jws.ts'
import type { CompactJws } from './jws.ts'
import type { KeySet, Sought } from './key-set.ts'
import type { Waiter } from './wait.ts'
import { VerifiedTokens } from './verified-tokens.ts'

export interface Accepted<Reading> {
  readonly accepted: true
  /** What the caller of the verifier made of the claims. */
  readonly reading: Reading
}

export type Verdict<Reading> =
  | Accepted<Reading>
  | {
      readonly accepted: false
      readonly reason: Rejection
      /** The reason in more words, with text of the token: for the operator's log alone. */
      readonly explanation: string
    }
  /** Nobody can judge it now: for want of the keys, or because its issuer cannot be asked. */
  | {
      readonly accepted: false
      readonly reason: 'keys' | 'introspection'
      readonly retryAfterSeconds: number
    }

/** Judges tokens. Never rejects, and waits only for a bounded time. */
export interface TokenJudge<Reading> {
  verify(token: string, waiter: Waiter): Verdict<Reading> | Promise<Verdict<Reading>>
}

type Rejected = Extract<Verdict<unknown>, { readonly explanation: string }>

interface Examined {
  readonly jws: CompactJws
  readonly header: JoseHeader
  readonly validity: Validity
  readonly keys: KeySet
}

export interface VerifierParts<Reading> {
  /** By issuer; a token chooses among these, and no others. */
  readonly keys: ReadonlyMap<string, KeySet>
  readonly rules: Omit<AccessTokenRules, 'issuers'>
  readonly clock: Clock
  /** Asked once for every token that is accepted; what it gives is remembered with the verdict. */
  readonly read: (claims: JsonObject) => Reading
}

/** RFC 7515 §6 leaves `kid` optional; without it, more keys than this are doubt, not a choice. */
const mostCandidates = 4

export class AccessTokenVerifier<Reading> implements TokenJudge<Reading> {
  readonly #keys: ReadonlyMap<string, KeySet>
  readonly #rules: AccessTokenRules
  readonly #clock: Clock
  readonly #read: (claims: JsonObject) => Reading
  readonly #verified = new VerifiedTokens<Accepted<Reading>>()

  constructor({ keys, rules, clock, read }: VerifierParts<Reading>) {
    this.#keys = keys
    this.#rules = { ...rules, issuers: [...keys.keys()] }
    this.#clock = clock
    this.#read = read
  }

  /** Synchronous unless keys must be fetched; those waits are bounded, and the waiter's signal ends them. Never rejects. */
  verify(token: string, waiter: Waiter): Verdict<Reading> | Promise<Verdict<Reading>> {
    const now = this.#clock.now() / 1000
    const known = this.#verified.get(token, now)
    // Asked for a known token too: keys past their lifetime are renewed first.
    const knownReady = known?.keys.ready(waiter)
    if (known !== undefined && knownReady === true) return known.verdict
    // All that needs no key comes before the keys: nonsense must not wait for anything.
    const examined = this.#examine(token, now)
    if ('accepted' in examined) return examined
    const ready = knownReady ?? examined.keys.ready(waiter)
    if (typeof ready === 'boolean') return this.#decide(token, examined, ready, waiter)
    return ready.then((usable) => this.#decide(token, examined, usable, waiter))
  }

  #examine(token: string, now: number): Examined | Rejected {
    const jws = parseJws(token)
    if (jws === undefined) return reject('format')
    const header = checkHeader(jws.header, this.#rules)
    if (typeof header === 'string') return reject(header)
    const validity = checkClaims(jws.payload, this.#rules, now)
    const keys = this.#keysOf(jws.payload['iss'])
    if (typeof validity !== 'string' && keys !== undefined) return { jws, header, validity, keys }
    const reason = typeof validity === 'string' ? validity : 'issuer'
    return reject(reason, explainRejection(reason, jws.payload, this.#rules))
  }

  #keysOf(issuer: unknown): KeySet | undefined {
    return typeof issuer === 'string' ? this.#keys.get(issuer) : undefined
  }

  #decide(
    token: string,
    examined: Examined,
    usable: boolean,
    waiter: Waiter,
  ): Verdict<Reading> | Promise<Verdict<Reading>> {
    const { keys } = examined
    if (!usable) return undecided(keys.retryAfterSeconds)
    const verdict = this.#tryKeys(token, examined)
    if (verdict !== undefined) return verdict
    const { kid } = examined.header
    const sought = keys.seek(kid, waiter)
    const conclude = (found: Sought): Verdict<Reading> => {
      if (found === 'unknown') return undecided(keys.seekAfterSeconds)
      const again = found === 'changed' ? this.#tryKeys(token, examined) : undefined
      return again ?? reject(kid === undefined ? 'signature' : 'kid')
    }
    return typeof sought === 'string' ? conclude(sought) : sought.then(conclude)
  }

  /** Undefined when a key that is not in the set may still decide. */
  #tryKeys(token: string, examined: Examined): Verdict<Reading> | undefined {
    const { jws, header, keys } = examined
    const { algorithm, kid } = header
    const candidates = keys.candidates(algorithm, kid)
    if (candidates.length > mostCandidates) return reject('kid')
    const fits = candidates.some(({ key }) => isSignedBy(algorithm, key, jws.signed, jws.signature))
    if (fits) return this.#accept(token, examined)
    if (kid === undefined || !keys.has(kid)) return undefined
    return reject(candidates.length === 0 ? 'algorithm' : 'signature')
  }

  #accept(token: string, { jws, validity, keys }: Examined): Accepted<Reading> {
    const verdict: Accepted<Reading> = { accepted: true, reading: this.#read(jws.payload) }
    if (this.#clock.now() / 1000 < validity.until) {
      this.#verified.add(token, { verdict, validity, keys, generation: keys.generation })
    }
    return verdict
  }
}

function undecided(retryAfterSeconds: number): Verdict<never> {
  return { accepted: false, reason: 'keys', retryAfterSeconds }
}

function reject(reason: Rejection, explanation: string = reason): Rejected {
  return { accepted: false, reason, explanation }
}
