// What a listener refuses before anything else happens: doubtful framing, foreign Host and Origin, repeated headers.
import type { IncomingMessage } from 'node:http'

import { McpAuthError } from '../core/errors.ts'
import type { HeaderList } from '../core/header-list.ts'
import type { SidecarApi } from '../core/sidecar-apis.ts'
import type { ActiveHandler } from './pipeline.ts'

const maxHeaders = 100
// RFC 3986 host and port, without userinfo; names only as far as DNS goes.
const hostGrammar =
  /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?::\d{1,5})?$/
const loopbackHost = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i
const loopbackOrigin = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i
/** Fields whose repetition makes two readers see two requests (RFC 9110 §5.3, RFC 9112 §6.3). */
const singletons = new Set([
  'content-length',
  'content-type',
  'expect',
  'host',
  'last-event-id',
  'origin',
  'transfer-encoding',
  'upgrade',
])

/** Names of this machine are always served. */
export interface HostGuard {
  /** A further URL at which the listener is reached, as through a proxy: its host and its origin are served too. */
  readonly publicUrl: URL | undefined
}

/**
 * Refuses what must not go further, in the order limits, framing, identity of the listener.
 * Without a guard every Host and Origin is served; with one, foreign origins only for the sake of `handlers`.
 */
export function checkRequest(
  request: IncomingMessage,
  headers: HeaderList,
  guard: HostGuard | undefined,
  handlers: readonly Pick<ActiveHandler, 'provisioned'>[] = [],
): void {
  if (headers.raw.length / 2 > maxHeaders) {
    throw new McpAuthError('HEADERS_TOO_LARGE', `The request has more than ${maxHeaders} headers.`)
  }
  checkFraming(request, headers)
  const host = headers.get('host')
  if (host === undefined) throw malformed('The request has no Host header.')
  if (guard !== undefined) checkHost(host, headers, guard, handlers)
}

/**
 * Refuses more than one Authorization, which two readers could read differently. In front of the app (`guardsApp`) that is
 * a token presented twice: invalid_request, with its challenge (RFC 6750 §3.1).
 */
export function checkAuthorization(headers: HeaderList, guardsApp: boolean): void {
  if (headers.values('authorization').length < 2) return
  if (!guardsApp) throw malformed('The header authorization is repeated.')
  throw new McpAuthError('TOKEN_REQUEST_INVALID', 'The header authorization is repeated.')
}

/** Refuses an API of the sidecar that its Configuration does not serve. */
export function checkApi(refused: readonly SidecarApi[], api: SidecarApi): void {
  if (!refused.includes(api)) return
  throw new McpAuthError(
    'API_DENIED',
    `The Configuration does not serve the API ${api} of this sidecar.`,
  )
}

/** Refuses WebSocket, which a caller may learn only once it may call at all; other offers to upgrade are ignored. */
export function checkUpgrade(request: IncomingMessage): void {
  if (request.headers.upgrade?.toLowerCase().includes('websocket') === true) {
    throw new McpAuthError('UPGRADE_REFUSED', 'WebSocket connections are not served.')
  }
}

function checkFraming(request: IncomingMessage, headers: HeaderList): void {
  if (request.httpVersion !== '1.1' && request.httpVersion !== '1.0') {
    throw malformed(`HTTP/${request.httpVersion} is not served.`)
  }
  if (request.method === 'TRACE') {
    throw new McpAuthError('METHOD_NOT_ALLOWED', 'The method TRACE is not served.')
  }
  checkSingletons(headers)
  checkMessage(request, headers)
}

function checkMessage(request: IncomingMessage, headers: HeaderList): void {
  const coding = headers.get('transfer-encoding')
  if (
    coding !== undefined &&
    (coding.toLowerCase() !== 'chunked' || request.httpVersion === '1.0')
  ) {
    throw malformed('The transfer coding is not exactly "chunked" of HTTP/1.1.')
  }
  const expectation = headers.get('expect')
  if (expectation !== undefined && expectation.toLowerCase() !== '100-continue') {
    throw new McpAuthError('EXPECTATION_FAILED', 'Only the expectation 100-continue is supported.')
  }
}

function checkSingletons(headers: HeaderList): void {
  const seen = new Set<string>()
  for (let index = 0; index < headers.raw.length; index += 2) {
    const name = (headers.raw[index] ?? '').toLowerCase()
    const single = singletons.has(name) || name.startsWith('mcp-') || name.startsWith('dapr-')
    if (single && seen.size === seen.add(name).size) {
      throw malformed(`The header ${name} is repeated.`)
    }
  }
}

/** Keeps web pages out: DNS rebinding shows in Host, cross-site requests in Origin and Sec-Fetch-Site. */
function checkHost(
  host: string,
  headers: HeaderList,
  { publicUrl }: HostGuard,
  handlers: readonly Pick<ActiveHandler, 'provisioned'>[],
): void {
  if (!hostGrammar.test(host)) throw malformed('The Host header is not valid.')
  if (!loopbackHost.test(host) && host.toLowerCase() !== publicUrl?.host) {
    throw denied(
      publicUrl === undefined
        ? 'The Host header must be localhost, 127.0.0.1 or [::1].'
        : 'The Host header names neither this machine nor the host of the public URL.',
    )
  }
  checkOrigin(headers, publicUrl, handlers)
}

function checkOrigin(
  headers: HeaderList,
  publicUrl: URL | undefined,
  handlers: readonly Pick<ActiveHandler, 'provisioned'>[],
): void {
  const origin = headers.get('origin')
  if (origin !== undefined) {
    // With an origin that is served, "cross-site" only tells localhost from 127.0.0.1.
    const isOwn = loopbackOrigin.test(origin) || origin === publicUrl?.origin
    if (isOwn || isServedBy(handlers, origin)) return
    throw denied('Requests from that web origin are not served.')
  }
  if (headers.get('sec-fetch-site')?.toLowerCase() === 'cross-site') {
    throw denied('Cross-site requests from a browser are not served.')
  }
}

function isServedBy(
  handlers: readonly Pick<ActiveHandler, 'provisioned'>[],
  origin: string,
): boolean {
  return handlers.some(({ provisioned }) => provisioned.servesOrigin?.(origin) === true)
}

function malformed(message: string): McpAuthError {
  return new McpAuthError('REQUEST_MALFORMED', message)
}

function denied(message: string): McpAuthError {
  return new McpAuthError('ORIGIN_DENIED', message)
}
