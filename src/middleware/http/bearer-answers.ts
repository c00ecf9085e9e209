// What middleware.http.bearer answers to those it does not let through (RFC 6750 §3, RFC 9728 §5.1).
import type { Exchange, Reply } from '../../core/exchange.ts'
import { algorithmNames } from '../../oauth/algorithms.ts'
import { bearerChallenge, dpopChallenge, realm } from '../../oauth/challenge.ts'
import type { Credentials } from '../../oauth/credentials.ts'
import type { ProofProblem } from '../../oauth/dpop-proof.ts'
import type { Verdict } from '../../oauth/verifier.ts'
import { answer } from '../answer.ts'
import { readable } from '../cors.ts'
import { metadataOf, type Protection } from '../resource-front.ts'
import type { Possession } from './bearer-possession.ts'

type Undecided = Extract<Verdict<unknown>, { readonly retryAfterSeconds: number }>
type Scheme = Extract<Credentials, { readonly kind: 'token' }>['scheme']
type Parameter = readonly [name: string, value: string]

export class BearerAnswers {
  /** Undefined where nothing leads a caller to a login. */
  readonly #protection: Protection | undefined
  readonly #requiredScopes: readonly string[]
  readonly #possession: Possession | undefined

  constructor(
    protection: Protection | undefined,
    requiredScopes: readonly string[],
    possession: Possession | undefined,
  ) {
    this.#protection = protection
    this.#requiredScopes = requiredScopes
    this.#possession = possession
  }

  /** RFC 6750 §3 wants no error code where no token was sent. */
  missing(exchange: Exchange): Reply {
    const reply = answer({
      status: 401,
      code: 'TOKEN_MISSING',
      message: 'The request carries no access token.',
      headers: this.#challenge(exchange, []),
    })
    return readable(reply, exchange)
  }

  /** The caller learns that the token is not accepted; why is for the access log. */
  invalid(exchange: Exchange, reason: string, scheme: Scheme = 'bearer'): Reply {
    const phrase = 'The access token is not valid'
    const problem: readonly Parameter[] = [
      ['error', 'invalid_token'],
      ['error_description', phrase],
    ]
    const reply = answer({
      status: 401,
      code: 'TOKEN_INVALID',
      message: `${phrase}.`,
      reason,
      headers: this.#challenge(exchange, problem, { scheme }),
    })
    return readable(reply, exchange)
  }

  /** The token may be good; whoever presents it has not shown that it is theirs (RFC 9449 §7.1, §9). */
  unproven(exchange: Exchange, proof: ProofProblem): Reply {
    const wantsNonce = proof === 'nonce'
    const phrase = wantsNonce ? 'The proof lacks the nonce' : 'The proof of possession is not valid'
    const problem: readonly Parameter[] = [
      ['error', wantsNonce ? 'use_dpop_nonce' : 'invalid_dpop_proof'],
      ['error_description', phrase],
    ]
    const reply = answer({
      status: 401,
      code: 'DPOP_PROOF_INVALID',
      message: `${phrase}.`,
      reason: proof,
      headers: this.#challenge(exchange, problem, { scheme: 'dpop' }),
    })
    return readable(reply, exchange)
  }

  /** One challenge names all that is needed, so that a client has to ask only once (MCP, scope challenges). */
  insufficient(
    exchange: Exchange,
    missing: readonly string[],
    scheme: Scheme,
    ofTools: readonly string[] = [],
  ): Reply {
    const scopes = [...new Set([...this.#requiredScopes, ...ofTools])]
    const phrase = 'The access token lacks a scope'
    const reply = answer({
      status: 403,
      code: 'SCOPE_INSUFFICIENT',
      message: `${phrase} that is needed here.`,
      reason: `missing ${missing.join(' ')}`,
      headers: this.#challenge(
        exchange,
        [
          ['error', 'insufficient_scope'],
          ['error_description', phrase],
        ],
        { scheme, scopes },
      ),
    })
    return readable(reply, exchange)
  }

  repeated(exchange: Exchange): Reply {
    const reply = answer({
      status: 400,
      code: 'TOKEN_REQUEST_INVALID',
      message: 'The request presents its access token in more than one way.',
      headers: this.#challenge(exchange, [['error', 'invalid_request']]),
    })
    return readable(reply, exchange)
  }

  /** Nobody can judge the token now: a 401 would make clients throw a good one away. */
  undecided(exchange: Exchange, { reason, retryAfterSeconds }: Undecided): Reply {
    const reply = answer({
      status: 503,
      code: reason === 'keys' ? 'KEYS_UNAVAILABLE' : 'INTROSPECTION_UNAVAILABLE',
      message: 'The access token cannot be checked now.',
      headers: ['retry-after', String(retryAfterSeconds)],
    })
    return readable(reply, exchange)
  }

  /** With where to find out how to log in, and what to ask for. */
  #challenge(
    exchange: Exchange,
    problem: readonly Parameter[],
    { scheme = 'bearer', scopes = this.#protection?.scopes ?? [] }: ChallengeOptions = {},
  ): string[] {
    const metadata =
      this.#protection === undefined ? undefined : metadataOf(exchange, this.#protection)
    const bearer = bearerChallenge([
      realm,
      ...(scheme === 'bearer' ? problem : []),
      ...(metadata === undefined ? [] : [['resource_metadata', metadata] as const]),
      ...(scopes.length === 0 ? [] : [['scope', scopes.join(' ')] as const]),
    ])
    return this.#possession === undefined
      ? ['www-authenticate', bearer]
      : withDpop(bearer, scheme === 'dpop' ? problem : [], this.#possession)
  }
}

/** Both challenges in one header, Bearer first. */
function withDpop(bearer: string, problem: readonly Parameter[], possession: Possession): string[] {
  const dpop = dpopChallenge([...problem, ['algs', algorithmNames.join(' ')]])
  const nonce = possession.nonce()
  const challenge = ['www-authenticate', `${bearer}, ${dpop}`]
  return nonce === undefined ? challenge : [...challenge, 'dpop-nonce', nonce]
}

interface ChallengeOptions {
  /** The one that the problem is about. */
  readonly scheme?: Scheme
  readonly scopes?: readonly string[]
}
