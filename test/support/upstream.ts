// A real HTTP server that records what reaches it.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Seen {
  readonly method: string
  readonly url: string
  readonly rawHeaders: readonly string[]
  readonly headers: IncomingMessage['headers']
  body: string
  /** True when the request broke off before its end. */
  aborted: boolean
}

export interface Upstream {
  readonly url: string
  readonly port: number
  readonly seen: Seen[]
  readonly server: Server
  close(): Promise<void>
}

type Answer = (
  request: IncomingMessage,
  response: ServerResponse,
  seen: Seen,
) => void | Promise<void>

/** Reads each request's body, then lets `answer` respond; `early` answers before the body is read. */
export async function startUpstream(answer: Answer, early = false): Promise<Upstream> {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    const entry: Seen = {
      method: request.method ?? '',
      url: request.url ?? '',
      rawHeaders: request.rawHeaders,
      headers: request.headers,
      body: '',
      aborted: false,
    }
    seen.push(entry)
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (entry.body += chunk))
    request.on('error', () => (entry.aborted = true))
    if (early) void answer(request, response, entry)
    else request.once('end', () => void answer(request, response, entry))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    seen,
    server,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
