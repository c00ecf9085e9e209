// Sends exact bytes over a socket and reads whatever comes back.
import { connect } from 'node:net'

/** Sends `chunks` one after the other; resolves with everything received when the peer closes or `idleMs` pass in silence. */
export function sendRaw(port: number, chunks: readonly string[], idleMs = 300): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let received = ''
    const timer = setTimeout(() => socket.destroy(), idleMs)
    socket.setEncoding('latin1')
    socket.on('connect', () => {
      for (const chunk of chunks) socket.write(chunk, 'latin1')
    })
    socket.on('data', (text: string) => {
      received += text
      timer.refresh()
    })
    socket.on('error', (error) => {
      if (received === '') reject(error)
    })
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(received)
    })
  })
}

/** The status codes of all responses in a raw exchange, in order. */
export function statusesOf(raw: string): number[] {
  return [...raw.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => Number(match[1]))
}
