// A node:http server with the limits a proxy needs.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

import { McpAuthError } from '../core/errors.ts'
import { Connections, type Receiver } from './connections.ts'

export interface Listener {
  /** Undefined on a private socket. */
  readonly port: number | undefined
  /** Stops accepting, lets open requests finish for up to `graceMs`, then cuts them. */
  close(graceMs: number): Promise<void>
}

/** A full backlog of a Unix socket refuses at once, where TCP would wait. */
const peerBacklog = 4096

/**
 * Connections at one door: more than anybody opens on purpose, streams included, and few enough that a flood of them ends
 * in closed connections rather than in a process without memory (some 30 KiB for each idle stream).
 */
const mostConnections = 16_384

export const defaultHeaderBytes = 16 * 1024

export type ListenOn = { readonly port: number } | { readonly socketPath: string }

/**
 * Listens on 127.0.0.1 (port 0: a free one) or on a private socket, for requests whose headers are at most
 * `maxHeaderBytes` long. Throws PORT_IN_USE.
 */
export async function listen(
  on: ListenOn,
  receiver: Receiver,
  maxHeaderBytes = defaultHeaderBytes,
): Promise<Listener> {
  const connections = new Connections(receiver)
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    connections.serve(request, response, () => {
      // Once it listens no more, a connection that is done must not hold up its end.
      if (!server.listening) server.closeIdleConnections()
    })
  }
  const server = createServer(
    {
      insecureHTTPParser: false,
      // The request checks do: Node's own refusal has no body and no trace in the log, and serves what comes behind it.
      requireHostHeader: false,
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: 10_000,
      // Streams live for hours; bodies that stall are cut by RequestBody.
      requestTimeout: 0,
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: 5_000,
      joinDuplicateHeaders: false,
      noDelay: true,
      rejectNonStandardBodyWrites: true,
      // An offer to upgrade may be ignored (RFC 9110 §7.8): clients that offer h2c go on in HTTP/1.1. WebSocket is refused
      // once the caller is known.
      shouldUpgradeCallback: () => false,
    },
    serve,
  )
  // Node drops headers over its limit silently; 0 keeps all, and the request check counts them.
  server.maxHeadersCount = 0
  server.maxConnections = mostConnections
  // The request checks answer it with 417; without a listener Node does so itself, with no body and no trace in the log.
  server.on('checkExpectation', serve)
  server.on('connect', (_request: IncomingMessage, socket: Socket) => {
    // Node has taken its own listener off: a reset must not end the process.
    socket.on('error', () => {})
    connections.refuse(socket, 'CONNECT', connectRefused)
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    connections.fail(socket, error)
  })
  await bind(server, on)
  const address = server.address()
  return {
    port: typeof address === 'string' ? undefined : address?.port,
    close: (graceMs) => drain(server, graceMs),
  }
}

function bind(server: Server, on: ListenOn): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(bindError(error, on)))
    server.once('listening', resolve)
    if ('port' in on)
      server.listen({ host: '127.0.0.1', port: on.port, backlog: 1024, exclusive: true })
    else server.listen({ path: on.socketPath, backlog: peerBacklog })
  })
}

function bindError(error: NodeJS.ErrnoException, on: ListenOn): Error {
  const place = 'port' in on ? `port ${on.port}` : on.socketPath
  if (error.code === 'EADDRINUSE') {
    return new McpAuthError('PORT_IN_USE', `The ${place} is taken by another process.`, {
      hint: 'Choose another port, or 0 for a free one.',
      cause: error,
    })
  }
  return new McpAuthError(
    'PORT_IN_USE',
    `Cannot listen on ${place} (${error.code ?? 'unknown'}).`,
    {
      cause: error,
    },
  )
}

function drain(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), graceMs)
    server.close(() => {
      clearTimeout(timer)
      resolve()
    })
    server.closeIdleConnections()
  })
}

const connectRefused = new McpAuthError('METHOD_NOT_ALLOWED', 'The method CONNECT is not served.')
