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

export type Verdict =
  | { readonly accepted: true; readonly claims: JsonObject }
  | {
      readonly accepted: false
      readonly reason: Rejection
      /** The reason in more words, with text of the token: for the operator's log alone. */
      readonly explanation: string
    }
  /** Nobody can judge it now. */
  | { readonly accepted: false; readonly reason: 'keys'; readonly retryAfterSeconds: number }

type Rejected = Extract<Verdict, { readonly explanation: string }>

interface Examined {
  readonly jws: CompactJws
  readonly header: JoseHeader
  readonly validity: Validity
}

/** RFC 7515 §6 leaves `kid` optional; without it, more keys than this are doubt, not a choice. */
const mostCandidates = 4

export class AccessTokenVerifier {
  readonly #keys: KeySet
  readonly #rules: AccessTokenRules
  readonly #clock: Clock
  readonly #verified = new VerifiedTokens()

  constructor(keys: KeySet, rules: AccessTokenRules, clock: Clock) {
    this.#keys = keys
    this.#rules = rules
    this.#clock = clock
  }

  /** Synchronous unless keys must be fetched; those waits are bounded, and the waiter's signal ends them. Never rejects. */
  verify(token: string, waiter: Waiter): Verdict | Promise<Verdict> {
    const ready = this.#keys.ready(waiter)
    const now = this.#clock.now() / 1000
    if (ready === true) {
      const known = this.#verified.get(token, this.#keys.generation, now)
      if (known !== undefined) return { accepted: true, claims: known.claims }
    }
    // All that needs no key comes before the keys: nonsense must not wait for anything.
    const examined = this.#examine(token, now)
    if ('accepted' in examined) return examined
    if (typeof ready === 'boolean') return this.#decide(token, examined, ready, waiter)
    return ready.then((usable) => this.#decide(token, examined, usable, waiter))
  }

  #examine(token: string, now: number): Examined | Rejected {
    const jws = parseJws(token)
    if (jws === undefined) return reject('format')
    const header = checkHeader(jws.header, this.#rules)
    if (typeof header === 'string') return reject(header)
    const validity = checkClaims(jws, this.#rules, now)
    if (typeof validity !== 'string') return { jws, header, validity }
    return reject(validity, explainRejection(validity, jws.payload, this.#rules))
  }

  #decide(
    token: string,
    examined: Examined,
    usable: boolean,
    waiter: Waiter,
  ): Verdict | Promise<Verdict> {
    if (!usable) return undecided(this.#keys.retryAfterSeconds)
    const verdict = this.#tryKeys(token, examined)
    if (verdict !== undefined) return verdict
    const { kid } = examined.header
    const sought = this.#keys.seek(kid, waiter)
    const conclude = (found: Sought): Verdict => {
      if (found === 'unknown') return undecided(this.#keys.seekAfterSeconds)
      const again = found === 'changed' ? this.#tryKeys(token, examined) : undefined
      return again ?? reject(kid === undefined ? 'signature' : 'kid')
    }
    return typeof sought === 'string' ? conclude(sought) : sought.then(conclude)
  }

  /** Undefined when a key that is not in the set may still decide. */
  #tryKeys(token: string, { jws, header, validity }: Examined): Verdict | undefined {
    const { algorithm, kid } = header
    const candidates = this.#keys.candidates(algorithm, kid)
    if (candidates.length > mostCandidates) return reject('kid')
    const fits = candidates.some(({ key }) => isSignedBy(algorithm, key, jws.signed, jws.signature))
    if (fits) {
      this.#remember(token, jws, validity)
      return { accepted: true, claims: jws.payload }
    }
    if (kid === undefined || !this.#keys.has(kid)) return undefined
    return reject(candidates.length === 0 ? 'algorithm' : 'signature')
  }

  #remember(token: string, jws: CompactJws, validity: Validity): void {
    if (this.#clock.now() / 1000 >= validity.until) return
    const { generation } = this.#keys
    this.#verified.add(token, { claims: jws.payload, validity, generation })
  }
}

function undecided(retryAfterSeconds: number): Verdict {
  return { accepted: false, reason: 'keys', retryAfterSeconds }
}

function reject(reason: Rejection, explanation: string = reason): Rejected {
  return { accepted: false, reason, explanation }
}
