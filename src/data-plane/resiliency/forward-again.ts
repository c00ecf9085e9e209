// Sends a call under the policies of its target. Dapr's nesting: retries around the breaker around the timeout of one attempt.
import type { ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

import { McpAuthError } from '../../core/errors.ts'
import type { ResponseHead } from '../../core/exchange.ts'
import type { RetrySpec, TargetPolicy } from '../../core/resiliency.ts'
import { forward, type ForwardOptions, type Verdict } from '../forward.ts'
import type { ProxyExchange } from '../proxy-exchange.ts'
import { nextPause, type Progress } from './back-off.ts'
import type { Breaker, Passage } from './breaker.ts'

export interface Protection {
  readonly policy: TargetPolicy
  readonly breaker: Breaker | undefined
  /** In ms; never jumps. */
  readonly now: () => number
  readonly random: () => number
}

export interface AgainOptions extends ForwardOptions {
  /** Throws McpAuthError to answer with that instead of trying again. */
  beforeRetry(): void
}

/** Like `forward`. Rejects with CIRCUIT_OPEN as well, when nothing was sent. */
export async function forwardAgain(
  exchange: ProxyExchange,
  response: ServerResponse,
  options: AgainOptions,
  protection: Protection,
): Promise<void> {
  const started = protection.now()
  for (let retries = 0; ; retries += 1) {
    const progress = (): Progress => ({ retries, elapsedMs: protection.now() - started })
    const attempt = new ProtectedAttempt(exchange, options, protection, progress)
    const pause = await attempt.run(response)
    if (pause === undefined) return
    await delay(pause, undefined, { signal: exchange.signal }).catch(() => {})
    if (response.closed) return
    options.beforeRetry()
  }
}

class ProtectedAttempt {
  readonly #exchange: ProxyExchange
  readonly #options: ForwardOptions
  readonly #protection: Protection
  readonly #progress: () => Progress
  /** Until it is known what became of the call. */
  #passage: Passage | undefined
  #pause: number | undefined

  constructor(
    exchange: ProxyExchange,
    options: ForwardOptions,
    protection: Protection,
    progress: () => Progress,
  ) {
    this.#exchange = exchange
    this.#options = options
    this.#protection = protection
    this.#progress = progress
  }

  /** Resolves with the pause before the next attempt, in ms, or with undefined when the call is over. */
  async run(response: ServerResponse): Promise<number | undefined> {
    const { policy, breaker } = this.#protection
    this.#passage = breaker?.enter()
    if (breaker !== undefined && this.#passage === undefined) throw this.#open(breaker)
    try {
      const isAnswered = await forward(this.#exchange, response, {
        ...this.#options,
        ...(policy.timeoutMs === undefined ? {} : { attemptTimeoutMs: policy.timeoutMs }),
        onHead: (head) => this.#judge(head),
      })
      return isAnswered ? undefined : this.#pause
    } catch (error) {
      // Everything else is about the caller or a handler, not about the target.
      if (!(error instanceof McpAuthError) || !error.code.startsWith('UPSTREAM_')) throw error
      this.#settle(false)
      const pause = this.#pauseAfter(undefined)
      if (pause === undefined) throw error
      return pause
    } finally {
      if (this.#passage !== undefined) breaker?.forget(this.#passage)
    }
  }

  #judge(head: ResponseHead): Verdict | Promise<Verdict> {
    const verdict = this.#options.onHead(head)
    return verdict instanceof Promise
      ? verdict.then((settled) => this.#weigh(head, settled))
      : this.#weigh(head, verdict)
  }

  /** A handler that has the call sent again has said that this answer is about its token. */
  #weigh({ status }: ResponseHead, verdict: Verdict): Verdict {
    if (verdict !== undefined) return verdict
    const isFailure = status < 200 || status > 399
    this.#settle(!isFailure)
    if (isFailure) this.#pause = this.#pauseAfter(status)
    return this.#pause === undefined ? undefined : 'drop'
  }

  #settle(isSuccess: boolean): void {
    if (this.#passage === undefined) return
    this.#protection.breaker?.leave(this.#passage, isSuccess)
    this.#passage = undefined
  }

  /** `status` is undefined when there was no answer. */
  #pauseAfter(status: number | undefined): number | undefined {
    const { policy, breaker, random } = this.#protection
    const { body } = this.#exchange
    // As in Dapr, a body of unknown length is a stream, which is never sent again.
    const canBeSentAgain = body.length !== undefined && body.replayable
    if (policy.retry === undefined || !canBeSentAgain || !matches(policy.retry, status)) {
      return undefined
    }
    // What opened the breaker is what the caller should know, not that the next attempt was refused.
    if (breaker?.state === 'open') return undefined
    return nextPause(policy.retry, this.#progress(), random)
  }

  #open(breaker: Breaker): McpAuthError {
    const seconds = Math.ceil(breaker.remainingMs / 1000)
    const { label } = this.#options.upstream
    return new McpAuthError(
      'CIRCUIT_OPEN',
      `${label} failed too often, and gets no calls ${seconds === 0 ? 'beyond those that try it' : `for another ${seconds} s`}.`,
    )
  }
}

function matches({ statusCodes }: RetrySpec, status: number | undefined): boolean {
  if (status === undefined || statusCodes === undefined) return true
  return statusCodes.some(([first, last]) => first <= status && status <= last)
}
