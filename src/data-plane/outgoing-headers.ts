// The headers of a request as they leave for the upstream.
import { HeaderList } from '../core/header-list.ts'
import type { ProxyExchange } from './proxy-exchange.ts'
import type { Upstream } from './upstreams.ts'

export interface HeaderChange {
  readonly name: string
  readonly value: string
  /** True for what is set over the caller's headers, and not over those of a handler. */
  readonly yields?: true
}

/**
 * The exchange's headers with `changes` set over them. `Accept` is merged instead: an HTTPEndpoint that says
 * `Accept: text/event-stream` must not take `application/json` away, which MCP servers answer with 406.
 */
export function outgoingHeaders(
  exchange: ProxyExchange,
  upstream: Upstream,
  changes: readonly HeaderChange[],
): string[] {
  const headers = new HeaderList([...exchange.headers.raw])
  for (const { name, value, yields } of changes) {
    const field = name.toLowerCase()
    if (field === 'accept') headers.set(name, mergeAccept(headers.values(field), value))
    else if (yields !== true || !exchange.headers.hasAdded(field)) headers.set(name, value)
  }
  headers.append('host', upstream.origin.slice(upstream.origin.indexOf('//') + 2))
  const { length } = exchange.body
  if (length !== undefined && (length > 0 || sendsBody.has(exchange.method))) {
    headers.append('content-length', String(length))
  }
  return headers.raw
}

/** Methods for which an absent body is said explicitly (RFC 9110 §8.6). */
const sendsBody = new Set(['POST', 'PUT', 'PATCH'])

function mergeAccept(wanted: readonly string[], added: string): string {
  const ranges = wanted.flatMap((value) => value.split(',')).map((range) => range.trim())
  const known = new Set(ranges.map((range) => mediaRange(range)))
  const missing = added
    .split(',')
    .map((range) => range.trim())
    .filter((range) => range !== '' && !known.has(mediaRange(range)))
  return [...ranges.filter((range) => range !== ''), ...missing].join(', ')
}

function mediaRange(range: string): string {
  return (range.split(';')[0] ?? '').trim().toLowerCase()
}
