// Is there a server at the URL, and may a token be sent to it?
import { isLoopback } from '../../core/trusted-url.ts'
import { error, type Finding, type Judged } from '../finding.ts'
import { headerOf, type Answer, type Fetched } from '../send.ts'

const everybody = 'Every client.'

export function judgeReachability(server: URL, fetched: Fetched): Judged<Answer> {
  const findings = [...transport(server), ...answered(server, fetched)]
  if (!fetched.ok) return { findings, seen: `${server.href} ${fetched.detail}` }
  const seen = `${server.href} answered ${fetched.status}`
  const isUsable = findings.every(({ id }) => id === 'reachability.plain-http')
  return { findings, seen, ...(isUsable ? { value: fetched } : {}) }
}

function transport({ protocol, hostname }: URL): Finding[] {
  if (protocol === 'https:' || isLoopback(hostname)) return []
  return [
    error('reachability.plain-http', {
      message: 'The URL uses plain http to another machine: tokens would travel in clear.',
      breaks: 'Clients on the official SDKs send no token there; mcpauth sends none either.',
      fix: 'Serve it over https.',
    }),
  ]
}

const failures = {
  network: {
    id: 'reachability.network',
    fix: 'Check host and port, that the server runs, and that it listens on this interface.',
  },
  timeout: {
    id: 'reachability.timeout',
    fix: 'Check firewalls, and whether a proxy in front buffers or the server waits for something.',
  },
  certificate: {
    id: 'reachability.certificate',
    fix: 'Serve the whole chain of a certificate for this host, or name its authority in NODE_EXTRA_CA_CERTS.',
  },
} as const

function answered(server: URL, fetched: Fetched): Finding[] {
  if (!fetched.ok) {
    const { id, fix } = failures[fetched.failure]
    return [error(id, { message: `The server ${fetched.detail}.`, breaks: everybody, fix })]
  }
  const { status } = fetched
  if (status >= 300 && status < 400) {
    const to = headerOf(fetched, 'location')
    const target = to === undefined ? null : URL.parse(to, server.href)
    const where = target === null ? '' : ` to ${target.origin}${target.pathname}`
    return [
      error('reachability.redirect', {
        message: `The server redirects${where} (${status}).`,
        breaks: 'Clients lose the body of a POST, or the token, on the way.',
        fix: 'Give clients the URL that it leads to, often the one with or without a slash at the end.',
      }),
    ]
  }
  if (status === 404) {
    return [
      error('reachability.not-found', {
        message: 'There is nothing at this path (404).',
        breaks: everybody,
        fix: 'Use the URL of the MCP endpoint itself, often the one that ends in /mcp.',
      }),
    ]
  }
  if (status >= 500) {
    return [
      error('reachability.server-error', {
        message: `The server failed (${status}).`,
        breaks: everybody,
        fix: 'Look into the log of the server, or of the proxy in front of it.',
      }),
    ]
  }
  return []
}
