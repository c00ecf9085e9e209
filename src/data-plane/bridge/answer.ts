// The answer to one HTTP request of an MCP client: JSON when it comes at once and alone, else a stream of events.
import type { Dispatcher } from 'undici'

import type { HeaderList } from '../../core/header-list.ts'
import { AnswerWriter } from './writer.ts'

/** Ms after which an answer that has not come begins as a stream, so that no client takes it for lost. */
const patience = 1_000
/** Ms between the comments that keep a silent stream alive. */
const keepAlive = 15_000

/** Statuses that revision 2026-07-28 wants for errors; everything else is 200. */
const statuses: Readonly<Record<number, number>> = {
  [-32601]: 404,
  [-32020]: 400,
  [-32021]: 400,
  [-32022]: 400,
}

export class Answer {
  /** Goes out with the head, unless it is undefined by then. */
  sessionId: string | undefined
  /** Called once when the caller goes away. */
  onGone: (() => void) | undefined
  readonly #writer: AnswerWriter
  readonly #takesStream: boolean
  readonly #takesJson: boolean
  #expected = 0
  #isBatch = false
  #hasModernStatus = false
  readonly #collected: string[] = []
  #timer: NodeJS.Timeout | undefined
  /** Runs until the server has said something of what was asked. */
  #late: NodeJS.Timeout | undefined

  constructor(handler: Dispatcher.DispatchHandler, headers: HeaderList) {
    this.#writer = new AnswerWriter(handler, () => {
      clearTimeout(this.#timer)
      this.onGone?.()
    })
    const accept = headers.values('accept').join(',').toLowerCase()
    const takesAny = accept === '' || accept.includes('*/*')
    this.#takesStream = takesAny || accept.includes('text/event-stream')
    this.#takesJson = takesAny || !this.#takesStream || accept.includes('application/json')
  }

  get isOpen(): boolean {
    return !this.#writer.isOver
  }

  /** Whether messages other than the answers themselves can be sent. */
  get takesMessages(): boolean {
    return this.#takesStream && this.isOpen
  }

  /** A whole answer without a body. */
  status(status: number, headers: readonly string[] = []): void {
    this.#writer.head(status, ['content-length', '0', ...headers])
    this.#writer.end()
  }

  /** As many requests are to be answered. */
  expect(requests: number, era: { readonly isBatch: boolean; readonly isModern: boolean }): void {
    this.#expected = requests
    this.#isBatch = era.isBatch
    this.#hasModernStatus = era.isModern
  }

  /**
   * The server has the requests, so that nothing but their answers is to come. `onLate` is called once when nothing comes
   * for `timeoutMs`; of a batch, when no further answer does.
   */
  wait(timeoutMs: number | undefined, onLate: () => void): void {
    if (!this.isOpen || this.#writer.hasHead) return
    // Also when the caller goes away: what nobody answers must not be remembered for ever.
    if (timeoutMs !== undefined) this.#late = setTimeout(onLate, timeoutMs).unref()
    if (!this.#takesJson) this.stream()
    else if (this.#takesStream) this.#timer = setTimeout(() => this.stream(), patience)
  }

  /** Begins the stream, with what there is so far. */
  stream(): void {
    if (this.#writer.hasHead || !this.isOpen) return
    clearTimeout(this.#timer)
    this.#head(200, 'text/event-stream', ['cache-control', 'no-cache, no-transform'])
    this.#timer = setInterval(() => this.#writer.write(':\n\n'), keepAlive)
    this.#timer.unref()
    for (const text of this.#collected.splice(0)) this.#event(text)
  }

  /** One of the answers waited for; the last one ends it. */
  respond(text: string, errorCode?: number): void {
    this.#expected -= 1
    if (this.#writer.hasHead) this.#event(text)
    else this.#collected.push(text)
    if (this.#expected > 0) {
      this.#late?.refresh()
      return
    }
    if (!this.#writer.hasHead) this.#whole(errorCode)
    this.end()
  }

  /** A message that answers nothing here. */
  push(text: string): void {
    if (!this.takesMessages) return
    clearTimeout(this.#late)
    this.stream()
    this.#event(text)
  }

  /** True when the failure is the whole answer; otherwise each request must be answered. */
  fail(error: Error): boolean {
    if (this.#writer.hasHead || this.#isBatch) return false
    this.refuse(error)
    return true
  }

  /** Ends it as failed, whatever was sent of it. */
  refuse(error: Error): void {
    this.#clear()
    this.#writer.fail(error)
  }

  end(): void {
    this.#clear()
    this.#writer.end()
  }

  #clear(): void {
    clearTimeout(this.#timer)
    clearTimeout(this.#late)
  }

  #whole(errorCode: number | undefined): void {
    const body = this.#isBatch ? `[${this.#collected.join(',')}]` : this.#collected.join('')
    const status = this.#hasModernStatus ? (statuses[errorCode ?? 0] ?? 200) : 200
    const length = String(Buffer.byteLength(body))
    this.#head(status, 'application/json', ['content-length', length])
    this.#writer.write(body)
  }

  #head(status: number, type: string, more: readonly string[]): void {
    const session = this.sessionId === undefined ? [] : ['mcp-session-id', this.sessionId]
    this.#writer.head(status, ['content-type', type, ...more, ...session])
  }

  #event(text: string): void {
    this.#writer.write(`event: message\ndata: ${text}\n\n`)
  }
}
