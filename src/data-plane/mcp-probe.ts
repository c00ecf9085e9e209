// Whether an MCP server can be reached: a connection that is closed as soon as it stands. Nothing is sent over it.
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

import { clip, printable } from '../core/quote.ts'

/** How long a connection may take, in ms. */
const connectLimit = 2_000

/** Why there is no connection to the origin of `url`, as the system says it; undefined when there is one. */
export function probe(url: URL, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const isTls = url.protocol === 'https:'
    const socket = open(url, isTls)
    const settle = (problem: string | undefined): void => {
      signal.removeEventListener('abort', stop)
      socket.destroy()
      resolve(problem)
    }
    const stop = (): void => settle('stopped')
    socket.setTimeout(connectLimit, () => settle(`no connection within ${connectLimit / 1000} s`))
    socket.once(isTls ? 'secureConnect' : 'connect', () => settle(undefined))
    // A socket may fail again while it closes.
    socket.on('error', (error) => settle(printable(clip(reasonOf(error)))))
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop)
  })
}

function open({ hostname, port }: URL, isTls: boolean): Socket {
  const host = hostname.replace(/^\[|\]$/g, '')
  const target = { host, port: port === '' ? (isTls ? 443 : 80) : Number(port) }
  if (!isTls) return connectTcp(target)
  const name = isIP(host) === 0 ? { servername: host } : {}
  return connectTls({ ...target, ...name, minVersion: 'TLSv1.2' })
}

/** Of a host with several addresses, what the first one said. */
function reasonOf(error: Error): string {
  const [first] = error instanceof AggregateError ? (error.errors as readonly unknown[]) : []
  return first instanceof Error ? first.message : error.message
}
