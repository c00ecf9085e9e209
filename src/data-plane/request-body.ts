// The body of a request on its way upstream: small ones whole, the rest streamed with a copy kept while a retry is possible.
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'

import { inSequence, type BodyChange } from '../core/body-change.ts'
import { McpAuthError } from '../core/errors.ts'
import { changedBuffer, changedStream } from './changed-body.ts'

/** Up to this many bytes are kept so that a request can be sent again. */
const replayLimit = 64 * 1024
/** A caller that sends nothing of its body for this long is cut off, in ms. */
const idleLimit = 60_000

/** What is read of a body nobody wants, in bytes and in ms, before its connection is cut. */
const drainLimit = 64 * 1024 * 1024
const drainTime = 30_000

/**
 * Reads and drops what is still to come of a body: a caller that writes all of it before it reads gets its answer, and
 * none of it can be taken for the next request. One that goes on and on, or takes too long, is cut off.
 */
export function drainRequest(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return
  let drained = 0
  const timer = setTimeout(() => request.destroy(), drainTime)
  request.on('data', (chunk: Buffer) => {
    drained += chunk.length
    if (drained > drainLimit) request.destroy()
  })
  request.once('close', () => clearTimeout(timer))
  request.resume()
}

type Sendable = Buffer | Readable | null

export class RequestBody {
  readonly #request: IncomingMessage
  readonly #maxBytes: number
  /** Length of what is sent: as declared, or undefined for a chunked body, or one that is changed as it passes. */
  length: number | undefined
  readonly #declared: number | undefined
  readonly #changes: (() => BodyChange)[] = []
  #chunks: Buffer[] | undefined = []
  #received = 0
  #complete: boolean
  #stream: Readable | undefined
  #keepsAll = false

  /** `maxBytes` bounds the body; throws REQUEST_TOO_LARGE at once when the declared length exceeds it. */
  constructor(request: IncomingMessage, maxBytes: number) {
    this.#request = request
    this.#maxBytes = maxBytes
    const declared = request.headers['content-length']
    const chunked = request.headers['transfer-encoding'] !== undefined
    this.#declared = chunked ? undefined : Number(declared ?? 0)
    this.length = this.#declared
    this.#complete = this.length === 0
    if (this.length !== undefined && this.length > maxBytes) throw tooLarge(maxBytes)
  }

  /** True when every byte is at hand and may be sent again. */
  get replayable(): boolean {
    return this.#complete && this.#chunks !== undefined
  }

  /**
   * What to send upstream. A declared length of at most 64 KiB is read first, so that it goes out in one write; everything
   * else is streamed. Rejects when the caller goes away or sends too much. Call again for a retry when `replayable`.
   */
  take(): Sendable | Promise<Sendable> {
    const taken = this.#take()
    if (this.#changes.length === 0) return taken
    return taken instanceof Promise
      ? taken.then((body) => this.#changed(body))
      : this.#changed(taken)
  }

  /**
   * Has it go on changed from here; `make` is called for each sending. Throws HANDLER_UNUSABLE once somebody has read the
   * whole of it: the app must get what was judged.
   */
  change(make: () => BodyChange): void {
    if (this.#keepsAll) {
      throw new McpAuthError(
        'HANDLER_UNUSABLE',
        'A handler changes the body of a request that a handler before it has judged.',
        { hint: 'Put the handler that changes bodies first.' },
      )
    }
    this.#changes.push(make)
  }

  /** All of it as it is to go on, for a policy that must read it; then it is replayable. Rejects like `take`. */
  async whole(): Promise<Buffer> {
    this.#keepsAll = true
    const bytes = this.#complete ? this.#whole() : await this.#collect()
    return this.#changes.length === 0 ? bytes : changedBuffer(bytes, this.#change())
  }

  /** Lets the rest of the body drain away, for an answer that came before the caller was done. */
  discard(): void {
    this.#stream?.destroy()
    if (!this.#complete) drainRequest(this.#request)
  }

  #take(): Sendable | Promise<Sendable> {
    if (this.#declared === 0) return null
    if (this.replayable) return this.#whole()
    if (this.#declared !== undefined && this.#declared <= replayLimit) return this.#collect()
    this.#stream = this.#openStream()
    return this.#stream
  }

  #change(): BodyChange {
    return inSequence(this.#changes.map((make) => make()))
  }

  #changed(body: Sendable): Sendable {
    if (body === null) return null
    const change = this.#change()
    if (body instanceof Readable) {
      this.length = undefined
      return changedStream(body, change)
    }
    const bytes = changedBuffer(body, change)
    this.length = bytes.length
    return bytes
  }

  #whole(): Buffer {
    const [first, ...rest] = this.#chunks ?? []
    if (first === undefined) return Buffer.alloc(0)
    return rest.length === 0 ? first : Buffer.concat([first, ...rest])
  }

  #collect(): Promise<Buffer> {
    const request = this.#request
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => request.destroy(), idleLimit)
      const settle = (): void => {
        clearTimeout(timer)
        if (this.#complete) resolve(this.#whole())
        else reject(callerGone())
      }
      request.on('data', (chunk: Buffer) => {
        timer.refresh()
        this.#keep(chunk)
        if (this.#received > this.#maxBytes) reject(tooLarge(this.#maxBytes))
      })
      request.once('end', () => {
        this.#complete = true
        settle()
      })
      request.once('close', settle)
    })
  }

  #openStream(): Readable {
    const request = this.#request
    const start = (): NodeJS.Timeout => setTimeout(() => request.destroy(), idleLimit)
    // Undefined while the upstream, not the caller, is what is waited for; a cleared timer cannot be refreshed.
    let timer: NodeJS.Timeout | undefined = start()
    const stream = new Readable({
      highWaterMark: 64 * 1024,
      read: () => {
        timer ??= start()
        request.resume()
      },
      destroy: (error, callback) => {
        clearTimeout(timer)
        callback(error)
      },
    })
    // undici reports the failure of the request; the stream's own copy of it needs no second listener.
    stream.on('error', () => {})
    request.on('data', (chunk: Buffer) => {
      if (stream.destroyed) return
      timer?.refresh()
      this.#keep(chunk)
      if (this.#received > this.#maxBytes) {
        stream.destroy(tooLarge(this.#maxBytes))
      } else if (!stream.push(chunk)) {
        clearTimeout(timer)
        timer = undefined
        request.pause()
      }
    })
    request.once('end', () => {
      clearTimeout(timer)
      this.#complete = true
      if (!stream.destroyed) stream.push(null)
    })
    // A body that breaks off must never look complete upstream.
    request.once('close', () => {
      if (!this.#complete) stream.destroy(callerGone())
    })
    return stream
  }

  #keep(chunk: Buffer): void {
    this.#received += chunk.length
    const limit = this.#keepsAll ? this.#maxBytes : replayLimit
    if (this.#received > limit) this.#chunks = undefined
    else this.#chunks?.push(chunk)
  }
}

function tooLarge(maxBytes: number): McpAuthError {
  return new McpAuthError(
    'REQUEST_TOO_LARGE',
    `The request body is larger than ${maxBytes} bytes.`,
    {
      hint: 'Raise the limit with --max-body-size.',
    },
  )
}

function callerGone(): McpAuthError {
  return new McpAuthError('REQUEST_MALFORMED', 'The request body broke off.')
}
