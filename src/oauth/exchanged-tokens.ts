// The tokens that were got for tokens of callers: one source for each caller's token, and a bound on all of them.
import { hash } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import { McpAuthError } from '../core/errors.ts'
import type { Logger } from '../core/logger.ts'
import { Secret } from '../core/secret.ts'
import { peekExpiry } from './jws.ts'
import type { Mint } from './token-request.ts'
import type { MintFailure, MintResult } from './token-response.ts'
import { failureError, TokenSource } from './token-source.ts'

interface ExchangedTokensParts {
  /** Makes the mint of one caller's token. */
  readonly mintFor: (subject: Secret) => Mint
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
  /** For messages: the token endpoint. */
  readonly endpoint: string
  /** How many are remembered; the one that was not asked for longest goes first. */
  readonly most?: number
  /** How many may be asked for at once. */
  readonly mostAtOnce?: number
}

const ended = 'has ended'

export class ExchangedTokens {
  readonly #parts: ExchangedTokensParts
  /** By SHA-256, so that a look-up needs no token text. */
  readonly #sources = new Map<string, TokenSource>()
  #asked = 0

  constructor(parts: ExchangedTokensParts) {
    this.#parts = parts
  }

  /** The source of the tokens that are got for `subject`. */
  of(subject: string): TokenSource {
    const key = hash('sha256', subject, 'base64')
    const known = this.#sources.get(key)
    const source = known ?? this.#create(new Secret(subject))
    if (known !== undefined) this.#sources.delete(key)
    this.#sources.set(key, source)
    const [oldest] = this.#sources.keys()
    // Not closed: whoever waits for it gets its token.
    if (this.#sources.size > (this.#parts.most ?? 1000) && oldest !== undefined) {
      this.#sources.delete(oldest)
    }
    return source
  }

  close(): void {
    for (const source of this.#sources.values()) source.close()
  }

  #create(subject: Secret): TokenSource {
    const { mintFor, endpoint, ...rest } = this.#parts
    const ask = mintFor(subject)
    const mint: Mint = async (signal) => {
      const left = this.#secondsLeft(subject)
      if (left <= 0) return { ok: false, kind: 'refused', problem: ended, isOfSubject: true }
      if (this.#asked >= (this.#parts.mostAtOnce ?? 100)) return busy
      this.#asked += 1
      try {
        return limited(await ask(signal), left)
      } finally {
        this.#asked -= 1
      }
    }
    const errorOf = (failure: MintFailure): McpAuthError => exchangeError(failure, endpoint)
    return new TokenSource({ ...rest, mint, endpoint, errorOf })
  }

  /** Infinite for a token that does not say. Unverified: it can only make the token of its own caller live shorter. */
  #secondsLeft(subject: Secret): number {
    const expiry = peekExpiry(subject.reveal())
    return expiry === undefined ? Number.POSITIVE_INFINITY : expiry - this.#parts.clock.now() / 1000
  }
}

/** What was got for a token does not outlive it here. */
function limited(result: MintResult, seconds: number): MintResult {
  if (!result.ok || result.token.lifetimeSeconds <= seconds) return result
  return { ok: true, token: { ...result.token, lifetimeSeconds: seconds } }
}

const busy: MintFailure = {
  ok: false,
  kind: 'unavailable',
  problem: 'has too many tokens to exchange at once',
}

function exchangeError(failure: MintFailure, endpoint: string): McpAuthError {
  if (failure.isOfSubject !== true) return failureError(failure, endpoint)
  const why =
    failure.problem === ended
      ? "The caller's access token has ended."
      : `The caller's access token was not exchanged: the token endpoint ${endpoint} ${failure.problem}.`
  return new McpAuthError('SUBJECT_TOKEN_REFUSED', why, {
    hint: 'Call with another token.',
    ...(failure.error === undefined ? {} : { detail: failure.error }),
  })
}
