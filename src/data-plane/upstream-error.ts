// What went wrong between the sidecar and an upstream, as a status and a sentence.
import { McpAuthError } from '../core/errors.ts'
import { inSentence, tlsProblem } from './tls-problem.ts'
import type { Upstream } from './upstreams.ts'

const refused = new Set([
  'ECONNREFUSED',
  'EAGAIN',
  'ENOENT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
])
const timedOut = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'ETIMEDOUT'])
const cut = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])

/** Maps a client error to UPSTREAM_*; the message never holds what the upstream sent. */
export function upstreamError(error: Error, upstream: Upstream): McpAuthError {
  if (error instanceof McpAuthError) return error
  if (error.cause instanceof McpAuthError) return error.cause
  const code = codeOf(error)
  const detail = `${code} at ${upstream.origin}`
  if (refused.has(code)) {
    return new McpAuthError('UPSTREAM_UNREACHABLE', `${upstream.label} refused the connection.`, {
      hint: 'Check that it runs and listens there.',
      detail,
    })
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new McpAuthError(
      'UPSTREAM_HOST_UNKNOWN',
      `The host of ${inSentence(upstream)} has no address.`,
      {
        hint: 'Check the host name in its URL.',
        detail,
      },
    )
  }
  if (timedOut.has(code)) {
    return new McpAuthError('UPSTREAM_TIMEOUT', `${upstream.label} did not answer in time.`, {
      detail,
    })
  }
  if (cut.has(code)) {
    return new McpAuthError('UPSTREAM_UNREACHABLE', `${upstream.label} closed the connection.`, {
      ...closedHint(upstream),
      detail,
    })
  }
  const tls = tlsProblem(code, upstream)
  if (tls !== undefined) {
    return new McpAuthError('UPSTREAM_TLS_FAILED', tls.message, { hint: tls.hint, detail })
  }
  return new McpAuthError('UPSTREAM_INVALID', `${upstream.label} broke the HTTP protocol.`, {
    detail,
  })
}

function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0])
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : 'UNKNOWN'
}

/** With TLS 1.3 a server that misses a client certificate may say so by hanging up. */
function closedHint({ origin, tls }: Upstream): { hint?: string } {
  if (!origin.startsWith('https:') || tls?.identity !== undefined) return {}
  return {
    hint: 'If it wants a client certificate, give one in spec.clientTLS of an HTTPEndpoint.',
  }
}
