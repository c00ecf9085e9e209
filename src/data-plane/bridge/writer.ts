// The answering side of undici's dispatch: hands an answer made here to a handler as its client would, with back-pressure.
import type { Dispatcher } from 'undici'

import { McpAuthError } from '../../core/errors.ts'

/** What waits for a caller that does not read, in bytes; beyond that the answer is cut. */
const maxWaiting = 32 * 1024 * 1024

export class AnswerWriter implements Dispatcher.DispatchController {
  rawHeaders: string[] = []
  aborted = false
  paused = false
  reason: Error | null = null
  readonly #handler: Dispatcher.DispatchHandler
  readonly #onGone: () => void
  readonly #chunks: Buffer[] = []
  #waiting = 0
  #hasHead = false
  #isEnding = false
  #isDone = false

  /** `onGone` is called when the answer ends before its maker has ended it. */
  constructor(handler: Dispatcher.DispatchHandler, onGone: () => void) {
    this.#handler = handler
    this.#onGone = onGone
    handler.onRequestStart?.(this, null)
  }

  get hasHead(): boolean {
    return this.#hasHead
  }

  /** True once nothing can be written any more. */
  get isOver(): boolean {
    return this.#isDone || this.#isEnding
  }

  /** `headers` is a flat raw list. */
  head(status: number, headers: string[]): void {
    if (this.isOver) return
    this.#hasHead = true
    this.rawHeaders = headers
    this.#guarded(() => this.#handler.onResponseStart?.(this, status, {}))
  }

  write(text: string): void {
    if (this.isOver) return
    const chunk = Buffer.from(text)
    this.#chunks.push(chunk)
    this.#waiting += chunk.length
    if (this.#waiting > maxWaiting) {
      this.abort(new McpAuthError('UPSTREAM_INVALID', 'The caller does not read its answer.'))
    } else this.#flush()
  }

  end(): void {
    if (this.isOver) return
    this.#isEnding = true
    this.#flush()
  }

  /** Ends the answer as a failed one: with `error` itself while there is no head. */
  fail(error: Error): void {
    if (this.isOver) return
    this.#isDone = true
    this.#handler.onResponseError?.(this, error)
  }

  /** The handler wants no more. */
  abort(reason: Error): void {
    if (this.#isDone) return
    this.aborted = true
    this.reason = reason
    this.#isDone = true
    this.#handler.onResponseError?.(this, reason)
    if (!this.#isEnding) this.#onGone()
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
    this.#flush()
  }

  #flush(): void {
    while (!this.paused && !this.#isDone) {
      const chunk = this.#chunks.shift()
      if (chunk === undefined) break
      this.#waiting -= chunk.length
      this.#guarded(() => this.#handler.onResponseData?.(this, chunk))
    }
    if (this.paused || this.#isDone || !this.#isEnding) return
    this.#isDone = true
    this.#handler.onResponseEnd?.(this, {})
  }

  /** A handler that throws is told so, as undici does. */
  #guarded(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.abort(error instanceof Error ? error : new Error('the handler failed'))
    }
  }
}
