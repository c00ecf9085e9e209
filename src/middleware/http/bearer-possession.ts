// Tokens that are bound to a key: which ones a bearer takes, and what proof it wants with them (RFC 9449 §7).
import type { Exchange } from '../../core/exchange.ts'
import type { Clock } from '../../core/clock.ts'
import type { Credentials } from '../../oauth/credentials.ts'
import { DpopNonces } from '../../oauth/dpop-nonces.ts'
import { ProofCheck, type ProofProblem } from '../../oauth/dpop-proof.ts'
import { createLeases } from '../../oauth/leases.ts'
import { ProofReplays } from '../../oauth/proof-replays.ts'
import type { ProvisionContext } from '../middleware.ts'
import type { BearerSettings } from './bearer-settings.ts'

type Token = Extract<Credentials, { readonly kind: 'token' }>

export interface Possession {
  /** Why a token must not be taken as it is presented. */
  problemOf(
    exchange: Exchange,
    presented: Token,
    jkt: string | undefined,
  ): PossessionProblem | undefined
  /** The nonce for the next proof, where one is wanted. */
  nonce(): string | undefined
  close(): void
}

/** Either the token must not be presented like that, or its proof is wrong. */
export type PossessionProblem = { readonly token: string } | { readonly proof: ProofProblem }

/** What must outlive a reload, or a proof could be used once more after it. */
class Remembered {
  readonly replays = new ProofReplays()
  readonly nonces: DpopNonces

  constructor(clock: Clock) {
    this.nonces = new DpopNonces(clock)
  }

  close(): void {}
}

const acquire = createLeases<Remembered>()

/** Undefined where no bound token is taken at all. */
export function createPossession(
  { dpop, dpopNonce, rules }: BearerSettings,
  { clock, name }: ProvisionContext,
): Possession | undefined {
  if (dpop === 'off') return undefined
  // A request passes the handlers of its pipeline once each, so that two of them must not share what they have seen.
  const lease = acquire(clock, name, () => new Remembered(clock))
  const { replays, nonces } = lease.value
  const check = new ProofCheck({
    clock,
    clockSkew: rules.clockSkew,
    replays,
    nonces: dpopNonce ? nonces : undefined,
  })
  return {
    problemOf(exchange, { scheme, token }, jkt) {
      if (scheme === 'bearer') {
        if (jkt !== undefined) return { token: 'confirmation' }
        return dpop === 'required' ? unbound : undefined
      }
      if (jkt === undefined) return unbound
      const { method, path, publicBase } = exchange
      if (publicBase === undefined) return { proof: 'url' }
      const about = { method, url: publicBase + path, token, jkt }
      const proof = check.problemOf(exchange.headers.values('dpop'), about)
      return proof === undefined ? undefined : { proof }
    },
    nonce: () => (dpopNonce ? nonces.current() : undefined),
    close: () => lease.release(),
  }
}

const unbound: PossessionProblem = { token: 'not bound to a key' }
