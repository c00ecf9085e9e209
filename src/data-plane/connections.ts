// The connections of one listener: what is under way on each, and how one ends when what comes is no request.
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

import { McpAuthError } from '../core/errors.ts'
import type { Reply } from '../core/exchange.ts'
import { errorReply } from './reply.ts'

export interface Receiver {
  /** False when the end of the request is in doubt: what follows on its connection is not taken for another one. */
  serve(request: IncomingMessage, response: ServerResponse): boolean
  /**
   * What came was no request that could be served; `method` is `-` if unknown. `reply` was the answer, unless another
   * one was under way on that connection, which was then cut.
   */
  refused(method: string, reply: Reply): void
}

interface Connection {
  /** More than one when the caller pipelines (RFC 9112 §9.3.2). */
  readonly unfinished: Set<ServerResponse>
  /** True once nothing that comes is a request any more. */
  ended: boolean
}

/** Requests under way on one connection, far more than clients that pipeline at all have (RFC 9112 §9.3.2). */
const mostUnfinished = 32

export class Connections {
  readonly #receiver: Receiver
  readonly #known = new WeakMap<Socket, Connection>()

  constructor(receiver: Receiver) {
    this.#receiver = receiver
  }

  /** Hands a request to the receiver, unless its connection has ended; `done` follows when its response is closed. */
  serve(request: IncomingMessage, response: ServerResponse, done: () => void): void {
    const connection = this.#of(request.socket)
    if (connection.ended) return
    if (connection.unfinished.size >= mostUnfinished) {
      this.refuse(request.socket, request.method ?? '-', tooMany)
      return
    }
    connection.unfinished.add(response)
    response.once('close', () => {
      connection.unfinished.delete(response)
      done()
    })
    if (!this.#receiver.serve(request, response)) connection.ended = true
  }

  /** For what came as `method` and is no request: an answer, unless it would be mixed into another one. */
  refuse(socket: Socket, method: string, error: McpAuthError): void {
    const connection = this.#of(socket)
    // The answer that ends the connection is on its way.
    if (connection.ended) return
    connection.ended = true
    const reply = errorReply(error)
    this.#receiver.refused(method, reply)
    if (connection.unfinished.size > 0) cut(socket, connection)
    else sendLast(socket, reply)
  }

  /** For what the parser could not read. */
  fail(socket: Socket, error: NodeJS.ErrnoException): void {
    const connection = this.#of(socket)
    // A client that thought better of it before it asked for anything has made no mistake.
    if (!socket.writable || socket.bytesRead === 0) socket.destroy()
    // A request that broke off has its own line in the log.
    else if (error.code === 'HPE_INVALID_EOF_STATE' && connection.unfinished.size > 0) {
      cut(socket, connection)
    } else this.refuse(socket, '-', unreadable(error))
  }

  #of(socket: Socket): Connection {
    let connection = this.#known.get(socket)
    if (connection === undefined) {
      connection = { unfinished: new Set(), ended: false }
      this.#known.set(socket, connection)
    }
    return connection
  }
}

const tooMany = new McpAuthError(
  'REQUEST_MALFORMED',
  `More than ${mostUnfinished} requests are under way on one connection.`,
)

function unreadable(error: NodeJS.ErrnoException): McpAuthError {
  const detail = error.code ?? error.name
  return error.code === 'HPE_HEADER_OVERFLOW'
    ? new McpAuthError('HEADERS_TOO_LARGE', 'The request has too long headers.', {
        hint: 'Raise the limit with --read-buffer-size.',
        detail,
      })
    : new McpAuthError('REQUEST_MALFORMED', 'The request cannot be read as HTTP/1.1.', { detail })
}

/** Ends a connection without another byte, and with it all that is under way there. */
function cut(socket: Socket, connection: Connection): void {
  for (const response of connection.unfinished) response.destroy()
  socket.destroy()
}

/** Answers on a socket that carries no request, and closes it. */
function sendLast(socket: Socket, reply: Reply): void {
  const fields = [...reply.headers, 'content-length', String(Buffer.byteLength(reply.body))]
  let head = `HTTP/1.1 ${reply.status} ${STATUS_CODES[reply.status] ?? ''}\r\nconnection: close\r\n`
  for (let index = 0; index < fields.length; index += 2) {
    head += `${fields[index] ?? ''}: ${fields[index + 1] ?? ''}\r\n`
  }
  socket.write(`${head}\r\n${reply.body}`)
  socket.destroySoon()
}
