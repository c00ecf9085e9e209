// CORS for MCP clients in browsers: preflights, which carry no token, and answers that their scripts may read (Fetch §3.3).
import type { Exchange, Reply, ResponseHead } from '../core/exchange.ts'

/** What MCP clients read of an answer. */
export const exposed = 'WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version, DPoP-Nonce'
export const methods = 'GET, POST, DELETE'
/** What they send. */
export const requestHeaders = [
  'authorization',
  'content-type',
  'accept',
  'mcp-protocol-version',
  'mcp-session-id',
  'last-event-id',
  'mcp-method',
  'mcp-name',
  'dpop',
]

export function isPreflight({ method, headers }: Exchange): boolean {
  return (
    method === 'OPTIONS' && headers.has('origin') && headers.has('access-control-request-method')
  )
}

/** The answer to a preflight. Which origins get this far is decided at the door. */
export function preflightReply({ headers }: Exchange): Reply {
  const asked = (headers.get('access-control-request-headers') ?? '').split(',')
  // What a tool declares as a header (`x-mcp-header`) has a name of its own.
  const params = asked
    .map((name) => name.trim().toLowerCase())
    .filter((name) => /^mcp-param-[a-z0-9-]{1,64}$/.test(name))
  return {
    status: 204,
    headers: [
      'access-control-allow-origin',
      headers.get('origin') ?? '',
      'vary',
      'Origin, Access-Control-Request-Headers',
      'access-control-allow-methods',
      methods,
      'access-control-allow-headers',
      [...requestHeaders, ...params].join(', '),
      'access-control-max-age',
      '600',
    ],
    body: '',
    reason: 'CORS preflight',
  }
}

/** The reply, readable for the page that asked, if one did. */
export function readable(reply: Reply, { headers }: Exchange): Reply {
  const origin = headers.get('origin')
  if (origin === undefined) return reply
  return { ...reply, headers: [...reply.headers, ...allowing(origin), 'vary', 'Origin'] }
}

/** Lets the page that asked read an application's answer; an application that answers for itself is left alone. */
export function makeReadable(head: ResponseHead, exchange: Exchange): void {
  const origin = exchange.headers.get('origin')
  if (origin === undefined || head.headers.has('access-control-allow-origin')) return
  const added = [...allowing(origin), 'vary', 'Origin']
  for (let index = 0; index < added.length; index += 2) {
    head.headers.append(added[index] ?? '', added[index + 1] ?? '')
  }
}

function allowing(origin: string): string[] {
  return ['access-control-allow-origin', origin, 'access-control-expose-headers', exposed]
}
