// What went wrong between the sidecar and an upstream, as a status and a sentence.
import { McpAuthError } from '../core/errors.ts'
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
      'UPSTREAM_UNREACHABLE',
      `The host of ${upstream.label} has no address.`,
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
      detail,
    })
  }
  if (isTlsError(code)) {
    return new McpAuthError(
      'UPSTREAM_UNREACHABLE',
      `The certificate of ${upstream.label} is not trusted (${code}).`,
      { hint: 'Give Node the issuing CA through NODE_EXTRA_CA_CERTS.', detail },
    )
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

function isTlsError(code: string): boolean {
  return /^(?:ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_MISMATCH|EPROTO)/.test(
    code,
  )
}
