// The application behind every proxy, on bare sockets so that it is never the limit: POST answers at once, GET streams events.
import { createServer, type AddressInfo, type Socket } from 'node:net'

import { answerBody, eventNow } from './messages.ts'

const answer = Buffer.from(
  'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n' +
    `content-length: ${answerBody.length}\r\n\r\n${answerBody}`,
)
const streamHead =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-store\r\ntransfer-encoding: chunked\r\n\r\n'
const secondMs = 1000

const server = createServer({ noDelay: true }, (socket) => {
  let rest = ''
  socket.setEncoding('latin1')
  socket.on('error', () => {})
  socket.on('data', (text: string) => {
    rest = serve(socket, rest + text)
  })
})
server.listen({ host: '127.0.0.1', port: 0, backlog: 1024 }, () => {
  process.send?.({ port: (server.address() as AddressInfo).port })
})
process.on('disconnect', () => process.exit())

/** Answers every complete request in `text`; returns what is left of it. */
function serve(socket: Socket, text: string): string {
  let at = 0
  for (;;) {
    const headEnd = text.indexOf('\r\n\r\n', at)
    if (headEnd === -1) return text.slice(at)
    const head = text.slice(at, headEnd)
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
    if (text.length < headEnd + 4 + length) return text.slice(at)
    if (head.startsWith('GET')) stream(socket)
    else socket.write(answer)
    at = headEnd + 4 + length
  }
}

/** The first event goes out with the head, then one a second. */
function stream(socket: Socket): void {
  socket.write(streamHead + chunk(eventNow()))
  const timer = setInterval(() => socket.write(chunk(eventNow())), secondMs)
  socket.once('close', () => clearInterval(timer))
}

function chunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`
}
