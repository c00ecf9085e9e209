// What middleware.http.bearer answers to those it does not let through (RFC 6750 §3, RFC 9728 §5.1).
import type { Exchange, Reply } from '../../core/exchange.ts'
import { bearerChallenge, realm } from '../../oauth/challenge.ts'
import type { Verdict } from '../../oauth/verifier.ts'
import { answer } from '../answer.ts'
import { readable } from '../cors.ts'
import { metadataOf, type Protection } from '../resource-front.ts'

type Undecided = Extract<Verdict<unknown>, { readonly retryAfterSeconds: number }>
type Parameter = readonly [name: string, value: string]

export class BearerAnswers {
  /** Undefined where nothing leads a caller to a login. */
  readonly #protection: Protection | undefined
  readonly #requiredScopes: readonly string[]

  constructor(protection: Protection | undefined, requiredScopes: readonly string[]) {
    this.#protection = protection
    this.#requiredScopes = requiredScopes
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
  invalid(exchange: Exchange, reason: string): Reply {
    const phrase = 'The access token is not valid'
    const reply = answer({
      status: 401,
      code: 'TOKEN_INVALID',
      message: `${phrase}.`,
      reason,
      headers: this.#challenge(exchange, [
        ['error', 'invalid_token'],
        ['error_description', phrase],
      ]),
    })
    return readable(reply, exchange)
  }

  /** One challenge names all that is needed, so that a client has to ask only once (MCP, scope challenges). */
  insufficient(exchange: Exchange, missing: readonly string[]): Reply {
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
        this.#requiredScopes,
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
    scopes = this.#protection?.scopes ?? [],
  ): string[] {
    const metadata =
      this.#protection === undefined ? undefined : metadataOf(exchange, this.#protection)
    const parameters = [
      realm,
      ...problem,
      ...(metadata === undefined ? [] : [['resource_metadata', metadata] as const]),
      ...(scopes.length === 0 ? [] : [['scope', scopes.join(' ')] as const]),
    ]
    return ['www-authenticate', bearerChallenge(parameters)]
  }
}
