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
/** What OpenSSL makes of bytes that are no TLS records, such as a plain HTTP answer. */
const notTls = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_DATA_LENGTH_TOO_LONG',
  'ERR_SSL_UNKNOWN_PROTOCOL',
  'ERR_SSL_HTTP_REQUEST',
  'EPROTO',
])
const wrongName = new Set(['ERR_TLS_CERT_ALTNAME_INVALID', 'HOSTNAME_MISMATCH'])

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
      detail,
    })
  }
  const tls = tlsProblem(code, upstream)
  if (tls !== undefined) {
    return new McpAuthError('UPSTREAM_UNREACHABLE', tls.message, { hint: tls.hint, detail })
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

/** What kept a TLS connection from coming about; only some of it is about certificates. */
function tlsProblem(code: string, upstream: Upstream): Advice | undefined {
  if (notTls.has(code)) {
    return {
      message: `${upstream.label} does not speak TLS (${code}).`,
      hint: 'Write http:// in its URL if it serves plain HTTP, or check the port.',
    }
  }
  const certificate = `The certificate of ${inSentence(upstream)}`
  if (wrongName.has(code)) {
    return {
      message: `${certificate} is for another host name (${code}).`,
      hint: 'Call it by a name that its certificate holds.',
    }
  }
  if (/^(?:ERR_TLS_CERT|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED)/.test(code)) {
    return {
      message: `${certificate} is not trusted (${code}).`,
      hint: 'Give Node the issuing CA through NODE_EXTRA_CA_CERTS.',
    }
  }
  if (/^ERR_(?:TLS|SSL)/.test(code)) {
    return {
      message: `The TLS handshake with ${inSentence(upstream)} failed (${code}).`,
      hint: 'Check that it offers TLS 1.2 or newer.',
    }
  }
  return undefined
}

interface Advice {
  readonly message: string
  readonly hint: string
}

/** Labels begin sentences; here one comes later. */
function inSentence({ label }: Upstream): string {
  return label.replace(/^The /, 'the ')
}
