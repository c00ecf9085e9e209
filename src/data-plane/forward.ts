// Sends an exchange upstream over undici and streams the answer back, without buffering and with back-pressure both ways.
import type { ServerResponse } from 'node:http'
import type { Dispatcher } from 'undici'

import { inSequence, type BodyChange } from '../core/body-change.ts'
import { McpAuthError } from '../core/errors.ts'
import type { ResponseHead } from '../core/exchange.ts'
import { endToEndResponseHeaders } from './hop-by-hop.ts'
import type { ProxyExchange } from './proxy-exchange.ts'
import { upstreamError } from './upstream-error.ts'
import type { Upstream } from './upstreams.ts'

/** `retry`: once more, at once. `drop`: this answer is not for the caller, who gets none yet. */
export type Verdict = 'retry' | 'drop' | undefined

/** Changes a body on its way back. Both methods throw McpAuthError to give up: an answer that began is cut then. */
export interface BodyRewrite extends BodyChange {
  /** True when nothing may be sent, not even the head, before `end` has said what. */
  readonly isWhole: boolean
}

export interface ForwardOptions {
  readonly pools: { get(upstream: Upstream): Pick<Dispatcher, 'dispatch'> }
  readonly upstream: Upstream
  /** Path at the upstream, after its base path. */
  readonly path: string
  /** Headers as they go out, made anew for a retry. */
  outgoingHeaders(): string[]
  /** Sees the head before a byte goes back. Throws McpAuthError to answer with that instead. */
  onHead(head: ResponseHead): Verdict | Promise<Verdict>
  /** What changes the body on its way, if anything does; asked after `onHead`. */
  rewrite?(head: ResponseHead): BodyRewrite | undefined
  /** How long the head may take, in ms; without it for ever. */
  readonly headTimeoutMs?: number
  /** The same to the millisecond, and with the time that a connection takes. */
  readonly attemptTimeoutMs?: number
}

/**
 * Resolves with true when the answer has been handed to `response` or the caller is gone, and with false when it was
 * dropped: nothing is sent then, and what may be sent again of the body is there. Rejects with an UPSTREAM_* error when
 * nothing was sent yet; a failure after that cuts the caller's connection, so that it cannot look complete.
 */
export async function forward(
  exchange: ProxyExchange,
  response: ServerResponse,
  options: ForwardOptions,
): Promise<boolean> {
  let verdict: Verdict
  do {
    const body = exchange.body.take()
    const sendable = body instanceof Promise ? await body : body
    verdict = await new Promise<Verdict>((resolve, reject) => {
      const attempt = new Attempt(response, options, { resolve, reject })
      options.pools.get(options.upstream).dispatch(
        {
          path: `${options.upstream.basePath}${options.path}${exchange.query}`,
          method: exchange.method,
          headers: options.outgoingHeaders(),
          body: sendable,
          ...(options.headTimeoutMs === undefined ? {} : { headersTimeout: options.headTimeoutMs }),
        },
        attempt,
      )
    })
    if (verdict === 'retry') exchange.retried = true
  } while (verdict === 'retry')
  if (verdict === 'drop') return false
  exchange.body.discard()
  return true
}

/** An answer that is not wanted is read when it says it is no longer than this, in bytes, and ends within this, in ms. */
const drainLimit = 64 * 1024
const drainTime = 1000

interface Settle {
  resolve(verdict: Verdict): void
  reject(error: McpAuthError): void
}

/** One try at the upstream: the undici handler between its response and ours. */
class Attempt implements Dispatcher.DispatchHandler {
  readonly #response: ServerResponse
  readonly #options: ForwardOptions
  readonly #settle: Settle
  #controller: Dispatcher.DispatchController | undefined
  readonly #headTimer: NodeJS.Timeout | undefined
  /** Set when the time for the attempt is over. */
  #late: McpAuthError | undefined
  #draining = false
  #drainTimer: NodeJS.Timeout | undefined
  #wroteBody = false
  #rewrite: BodyRewrite | undefined
  /** The head of an answer that is rewritten as a whole. */
  #heldHead: ResponseHead | undefined
  /** True while the handlers have not said what becomes of the head. */
  #isUndecided = false
  /** How the answer ended meanwhile: undici ends one without a body, or a closed one, even while it is paused. */
  #early: { readonly error: Error | undefined } | undefined

  constructor(response: ServerResponse, options: ForwardOptions, settle: Settle) {
    this.#response = response
    this.#options = options
    this.#settle = settle
    const { attemptTimeoutMs, upstream } = options
    if (attemptTimeoutMs === undefined) return
    this.#headTimer = setTimeout(() => {
      const message = `${upstream.label} did not answer within ${attemptTimeoutMs} ms.`
      this.#late = new McpAuthError('UPSTREAM_TIMEOUT', message)
      this.#controller?.abort(this.#late)
      this.#settle.reject(this.#late)
    }, attemptTimeoutMs)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#late !== undefined) controller.abort(this.#late)
    else if (this.#response.closed) this.#onCallerClose()
    else this.#response.once('close', this.#onCallerClose)
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (status < 200) return
    clearTimeout(this.#headTimer)
    const head = { status, headers: endToEndResponseHeaders(rawHeaders(controller)) }
    const verdict = this.#options.onHead(head)
    if (verdict instanceof Promise) {
      controller.pause()
      this.#isUndecided = true
      this.#decideLater(controller, head, verdict).catch((error: unknown) => {
        const cause = error instanceof Error ? error : new Error('handler failed')
        this.onResponseError(controller, cause)
        // Paused as it is, it would hold its connection for as long as the upstream likes.
        this.#draining = true
        controller.abort(cause)
      })
    } else this.#proceed(head, verdict)
  }

  async #decideLater(
    controller: Dispatcher.DispatchController,
    head: ResponseHead,
    verdict: Promise<Verdict>,
  ): Promise<void> {
    const settled = await verdict.finally(() => {
      this.#isUndecided = false
    })
    this.#proceed(head, settled)
    if (this.#early === undefined) controller.resume()
    else if (this.#early.error === undefined) this.onResponseEnd()
    else this.onResponseError(controller, this.#early.error)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#draining) return
    const bytes = this.#rewrite === undefined ? chunk : this.#rewrite.write(chunk)
    if (bytes.length === 0) return
    this.#wroteBody = true
    if (!this.#response.write(bytes)) {
      controller.pause()
      this.#response.once('drain', () => controller.resume())
    }
  }

  onResponseEnd(): void {
    if (this.#isUndecided) {
      this.#early = { error: undefined }
      return
    }
    this.#response.off('close', this.#onCallerClose)
    if (this.#draining) return clearTimeout(this.#drainTimer)
    try {
      this.#finish(this.#rewrite?.end())
    } catch (error) {
      return this.#fail(error)
    }
    this.#settle.resolve(undefined)
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    clearTimeout(this.#headTimer)
    if (this.#isUndecided) {
      this.#early = { error }
      return
    }
    this.#response.off('close', this.#onCallerClose)
    if (this.#draining) return clearTimeout(this.#drainTimer)
    if (this.#response.closed) this.#settle.resolve(undefined)
    else if (this.#response.headersSent) {
      this.#response.destroy()
      this.#settle.resolve(undefined)
    } else this.#settle.reject(upstreamError(error, this.#options.upstream))
  }

  #finish(rest: Buffer | undefined): void {
    const head = this.#heldHead
    if (head !== undefined && !this.#response.closed) {
      head.headers.set('content-length', String(rest?.length ?? 0))
      this.#response.writeHead(head.status, head.headers.raw)
    }
    if (rest === undefined || rest.length === 0) this.#response.end()
    else this.#response.end(rest)
  }

  #fail(error: unknown): void {
    if (this.#response.headersSent) {
      this.#response.destroy()
      this.#settle.resolve(undefined)
    } else {
      const cause = error instanceof Error ? error : new Error('rewriting failed')
      this.#settle.reject(upstreamError(cause, this.#options.upstream))
    }
  }

  #proceed(head: ResponseHead, verdict: Verdict): void {
    if (verdict !== undefined) {
      this.#response.off('close', this.#onCallerClose)
      this.#drain(head)
      this.#settle.resolve(verdict)
      return
    }
    if (this.#response.closed) return
    // RFC 9110 §8.6: no such field here; a reader that believed it would wait for bytes that never come.
    if (head.status === 204) head.headers.delete('content-length')
    this.#rewrite = this.#options.rewrite?.(head) ?? rewriteOf(head)
    if (this.#rewrite?.isWhole === true) {
      this.#heldHead = head
      return
    }
    this.#response.writeHead(head.status, head.headers.raw)
    // Headers of a stream must not wait for its first event; those of a short answer leave with its body.
    process.nextTick(() => {
      if (!this.#wroteBody && !this.#response.writableEnded) this.#response.flushHeaders()
    })
  }

  /** Reads and drops a short answer, so that its connection can be used again; any other costs its connection. */
  #drain(head: ResponseHead): void {
    this.#draining = true
    if (this.#early !== undefined) return
    const abort = (): void => this.#controller?.abort(new Error('answer not needed'))
    const length = Number(head.headers.get('content-length') ?? Number.NaN)
    if (length <= drainLimit) this.#drainTimer = setTimeout(abort, drainTime)
    else abort()
  }

  readonly #onCallerClose = (): void => {
    if (!this.#response.writableFinished) this.#controller?.abort(new Error('caller gone'))
  }
}

function rewriteOf({ changes }: ResponseHead): BodyRewrite | undefined {
  return changes === undefined ? undefined : { isWhole: false, ...inSequence(changes) }
}

/** undici hands out the raw header list as buffers; header text is Latin-1 (RFC 9110 §5.5). */
function rawHeaders(controller: Dispatcher.DispatchController): string[] {
  const raw = controller.rawHeaders
  if (!Array.isArray(raw)) throw new TypeError('the client gave no raw headers')
  return raw.map((item) => (typeof item === 'string' ? item : item.toString('latin1')))
}
