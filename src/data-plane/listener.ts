// A node:http server with the limits a proxy needs. Every refusal before a request exists is answered here.
import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { Socket } from 'node:net'

import type { Reply } from '../core/exchange.ts'
import { McpAuthError } from '../core/errors.ts'
import { errorReply } from './reply.ts'

export interface Listener {
  /** Undefined on a private socket. */
  readonly port: number | undefined
  /** Stops accepting, lets open requests finish for up to `graceMs`, then cuts them. */
  close(graceMs: number): Promise<void>
}

/** A full backlog of a Unix socket refuses at once, where TCP would wait. */
const peerBacklog = 4096

export type ListenOn = { readonly port: number } | { readonly socketPath: string }

export interface Receiver {
  serve(request: IncomingMessage, response: ServerResponse): void
  /** What came was no request that could be served, and was answered with `reply`; `method` is `-` if unknown. */
  refused(method: string, reply: Reply): void
}

/** Listens on 127.0.0.1 (port 0: a free one) or on a private socket. Throws PORT_IN_USE. */
export async function listen(on: ListenOn, receiver: Receiver): Promise<Listener> {
  const answering = new WeakMap<Socket, ServerResponse>()
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    answering.set(request.socket, response)
    response.once('close', () => {
      if (answering.get(request.socket) === response) answering.delete(request.socket)
      // Once it listens no more, a connection that is done must not hold up its end.
      if (!server.listening) server.closeIdleConnections()
    })
    receiver.serve(request, response)
  }
  const server = createServer(
    {
      insecureHTTPParser: false,
      requireHostHeader: true,
      maxHeaderSize: 16 * 1024,
      headersTimeout: 10_000,
      // Streams live for hours; bodies that stall are cut by RequestBody.
      requestTimeout: 0,
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: 5_000,
      joinDuplicateHeaders: false,
      noDelay: true,
      rejectNonStandardBodyWrites: true,
      // An offer to upgrade may be ignored (RFC 9110 §7.8): clients that offer h2c go on in HTTP/1.1. WebSocket is refused
      // by the request checks.
      shouldUpgradeCallback: () => false,
    },
    serve,
  )
  // Node drops headers over its limit silently; 0 keeps all, and the request check counts them.
  server.maxHeadersCount = 0
  // The request checks answer it with 417; without a listener Node does so itself, with no body and no trace in the log.
  server.on('checkExpectation', serve)
  server.on('connect', (_request: IncomingMessage, socket: Socket) => {
    receiver.refused('CONNECT', refuse(socket, connectRefused))
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // Gone, or in the middle of an answer that another one must not be mixed into.
    if (!socket.writable || answering.get(socket)?.headersSent === true) socket.destroy()
    else receiver.refused('-', refuse(socket, unreadable(error)))
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

function unreadable(error: NodeJS.ErrnoException): McpAuthError {
  const detail = error.code ?? error.name
  return error.code === 'HPE_HEADER_OVERFLOW'
    ? new McpAuthError('HEADERS_TOO_LARGE', 'The request has too long headers.', { detail })
    : new McpAuthError('REQUEST_MALFORMED', 'The request cannot be read as HTTP/1.1.', { detail })
}

/** Answers on a socket that carries no request, and closes it. */
function refuse(socket: Socket, error: McpAuthError): Reply {
  const reply = errorReply(error)
  const fields = [...reply.headers, 'content-length', String(Buffer.byteLength(reply.body))]
  let head = `HTTP/1.1 ${reply.status} ${STATUS_CODES[reply.status] ?? ''}\r\nconnection: close\r\n`
  for (let index = 0; index < fields.length; index += 2) {
    head += `${fields[index] ?? ''}: ${fields[index + 1] ?? ''}\r\n`
  }
  // Node has taken its own listener off a CONNECT socket: a reset must not end the process.
  socket.on('error', () => {})
  socket.write(`${head}\r\n${reply.body}`)
  socket.destroySoon()
  return reply
}
