// The transport of 2024-11-05, HTTP with SSE: a stream that names the URL of messages first, and brings all answers.
import type { Dispatcher } from 'undici'

import { McpAuthError } from '../../core/errors.ts'
import { HeaderList } from '../../core/header-list.ts'
import { EventFilter, UnreadableEvent } from '../../mcp/event-filter.ts'
import { upstreamError } from '../upstream-error.ts'
import type { Upstream, UpstreamPools } from '../upstreams.ts'
import {
  UpstreamRefusal,
  type Carriage,
  type Channel,
  type ChannelEvents,
  type OpenChannel,
} from './channel.ts'
import { sessionEnded } from './session.ts'

/** What is read of an answer that says nothing, in bytes and in ms. */
const drainLimit = 64 * 1024
const drainTime = 1_000
const eventTypes = ['', 'message', 'endpoint']

/** `url` is the declared one of the stream; messages are posted to its origin and nowhere else. */
export function sseChannels(url: string, upstream: Upstream, pools: UpstreamPools): OpenChannel {
  return async (events, carriage) => {
    const channel = new SseChannel(url, upstream, pools)
    await channel.open(events, carriage)
    return channel
  }
}

class SseChannel implements Channel {
  readonly #url: string
  readonly #upstream: Upstream
  readonly #pools: UpstreamPools
  readonly #abort = new AbortController()
  readonly #endpoint = Promise.withResolvers<string>()
  #events: ChannelEvents | undefined
  #isOpen = false

  constructor(url: string, upstream: Upstream, pools: UpstreamPools) {
    this.#url = url
    this.#upstream = upstream
    this.#pools = pools
  }

  /** Resolves when the server has named its URL for messages. */
  async open(events: ChannelEvents, { headers, timeoutMs }: Carriage): Promise<void> {
    this.#events = events
    this.#endpoint.promise.catch(() => {})
    const late = this.#error('UPSTREAM_TIMEOUT', 'did not begin its event stream in time')
    const timer =
      timeoutMs === undefined ? undefined : setTimeout(() => this.#abort.abort(late), timeoutMs)
    try {
      const {
        statusCode,
        headers: received,
        body,
      } = await this.#request('GET', {
        headers: fieldsOf(headers, [...ofBody, 'accept'], ['accept', 'text/event-stream']),
      })
      if (statusCode !== 200) {
        drain(body)
        throw this.#judge(statusCode, received, 'the GET of its event stream')
      }
      if (!/^text\/event-stream\b/i.test(String(received['content-type'] ?? ''))) {
        throw this.#error(
          'UPSTREAM_INVALID',
          'answered with something else than an event stream',
          notSse,
        )
      }
      void this.#read(body)
      await this.#endpoint.promise
      this.#isOpen = true
    } catch (error) {
      this.#abort.abort(error)
      throw error instanceof UpstreamRefusal ? error : this.#explain(error)
    } finally {
      clearTimeout(timer)
    }
  }

  async send(line: string, { headers, timeoutMs }: Carriage): Promise<void> {
    try {
      const {
        statusCode,
        headers: received,
        body,
      } = await this.#request('POST', {
        path: await this.#endpoint.promise,
        headers: fieldsOf(headers, ofBody, ['content-type', 'application/json']),
        body: line,
        ...(timeoutMs === undefined ? {} : { headersTimeout: timeoutMs }),
      })
      drain(body)
      if (statusCode >= 200 && statusCode < 300) return
      // To the server this conversation is over, or never was.
      if (statusCode === 404 || statusCode === 410) throw this.#end(sessionEnded())
      throw this.#judge(statusCode, received, 'a message')
    } catch (error) {
      throw error instanceof UpstreamRefusal ? error : this.#explain(error)
    }
  }

  async close(): Promise<void> {
    this.#isOpen = false
    this.#abort.abort(sessionEnded())
  }

  #request(
    method: 'GET' | 'POST',
    options: Partial<Dispatcher.RequestOptions>,
  ): Promise<Dispatcher.ResponseData> {
    const { signal } = this.#abort
    const path = this.#upstream.basePath
    return this.#pools.get(this.#upstream).request({ path, ...options, method, signal })
  }

  async #read(body: Dispatcher.ResponseData['body']): Promise<void> {
    let error = this.#error('UPSTREAM_UNREACHABLE', 'ended its event stream')
    const filter = new EventFilter((data, type) => {
      if (type === 'endpoint') this.#name(data)
      else this.#events?.message(data)
      return data
    }, eventTypes)
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) filter.write(chunk)
    } catch (cause) {
      error =
        cause instanceof UnreadableEvent
          ? this.#error('UPSTREAM_INVALID', 'sent an event that is too large')
          : this.#explain(cause)
    }
    this.#endpoint.reject(error)
    this.#end(error)
  }

  /** The data of an `endpoint` event. Throws UPSTREAM_INVALID for another origin, where no credential must go. */
  #name(data: string): void {
    const target = URL.canParse(data, this.#url) ? new URL(data, this.#url) : undefined
    if (target === undefined || target.username !== '' || target.password !== '') {
      throw this.#error('UPSTREAM_INVALID', 'names no URL for messages')
    }
    if (target.origin !== new URL(this.#url).origin) {
      throw this.#error(
        'UPSTREAM_INVALID',
        `wants its messages at ${target.origin}, another origin than the declared one, and does not get them`,
      )
    }
    this.#endpoint.resolve(target.pathname + target.search)
  }

  #end(error: McpAuthError): McpAuthError {
    this.#abort.abort(error)
    if (this.#isOpen) {
      this.#isOpen = false
      this.#events?.ended(error)
    }
    return error
  }

  /** What a status that is no success means: those about credentials and redirects are judged elsewhere. */
  #judge(
    status: number,
    headers: Dispatcher.ResponseData['headers'],
    what: string,
  ): UpstreamRefusal | McpAuthError {
    const challenge = headers['www-authenticate']
    if (status === 401 || status === 403 || (status >= 300 && status < 400)) {
      const raw = [challenge ?? []].flat().flatMap((value) => ['www-authenticate', value])
      return new UpstreamRefusal(status, raw)
    }
    return this.#error('UPSTREAM_INVALID', `answered ${status} to ${what}`, notSse)
  }

  #explain(error: unknown): McpAuthError {
    return upstreamError(
      error instanceof Error ? error : new Error('the stream failed'),
      this.#upstream,
    )
  }

  #error(
    code: 'UPSTREAM_INVALID' | 'UPSTREAM_TIMEOUT' | 'UPSTREAM_UNREACHABLE',
    what: string,
    hint?: string,
  ): McpAuthError {
    const options = hint === undefined ? {} : { hint }
    return new McpAuthError(code, `${this.#upstream.label} ${what}.`, options)
  }
}

const notSse = 'Check its URL; a server of streamable HTTP is declared as streamableHTTP.'

/** About the body as it came from the caller, and about sessions of ours. */
const ofBody = ['content-type', 'content-length', 'mcp-session-id', 'last-event-id']

function fieldsOf(
  headers: HeaderList,
  without: readonly string[],
  more: readonly [string, string],
): string[] {
  const fields = new HeaderList([...headers.raw])
  for (const name of without) fields.delete(name)
  fields.set(...more)
  return fields.raw
}

/** Reads the rest, so that the connection can be used again. */
function drain(body: Dispatcher.ResponseData['body']): void {
  body.dump({ limit: drainLimit, signal: AbortSignal.timeout(drainTime) }).catch(() => {})
}
