// The Exchange of one request, as the pipelines see it.
import type { ServerResponse } from 'node:http'

import type { BodyChange } from '../core/body-change.ts'
import type { Caller, Exchange, Reply, ResponseHead } from '../core/exchange.ts'
import { HeaderList } from '../core/header-list.ts'
import type { PublicBase } from './public-base.ts'
import type { RequestBody } from './request-body.ts'

export class ProxyExchange implements Exchange {
  readonly method: string
  path: string
  query: string
  readonly headers: HeaderList
  readonly caller: Caller
  readonly body: RequestBody
  principal?: string
  beforeSend?: (url: string | undefined) => void
  /** Set once a retry was made, or must not be made: there is only one. */
  retried = false
  /** True once the path leads elsewhere than the URL that the caller knows. */
  moved = false
  readonly #response: ServerResponse
  readonly #publicBase: PublicBase
  #atReply: readonly ((head: ResponseHead) => void)[] | undefined
  #abort: AbortController | undefined

  constructor(
    request: Pick<Exchange, 'method' | 'path' | 'query' | 'headers' | 'caller'>,
    body: RequestBody,
    response: ServerResponse,
    publicBase: PublicBase,
  ) {
    this.method = request.method
    this.path = request.path
    this.query = request.query
    this.headers = request.headers
    this.caller = request.caller
    this.body = body
    this.#response = response
    this.#publicBase = publicBase
  }

  get publicBase(): string | undefined {
    return this.moved ? undefined : this.#publicBase(this.#response.req)
  }

  get remoteAddress(): string | undefined {
    return this.#response.req.socket.remoteAddress
  }

  get replayable(): boolean {
    return !this.retried && !this.#response.headersSent && this.body.replayable
  }

  async wholeBody(): Promise<Uint8Array> {
    return this.body.whole()
  }

  changeBody(make: () => BodyChange): void {
    this.body.change(make)
  }

  atReply(change: (head: ResponseHead) => void): void {
    this.#atReply = [change, ...(this.#atReply ?? [])]
  }

  /** An answer of mcpauth's own, as the handlers want it that asked to see it. */
  finish(reply: Reply): Reply {
    if (this.#atReply === undefined) return reply
    const head = { status: reply.status, headers: new HeaderList([...reply.headers]) }
    for (const change of this.#atReply) change(head)
    return { ...reply, headers: head.headers.raw }
  }

  /** Made on first use: most requests never wait. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      const abort = new AbortController()
      this.#abort = abort
      if (this.#response.closed) abort.abort()
      else this.#response.once('close', () => abort.abort())
    }
    return this.#abort.signal
  }
}
