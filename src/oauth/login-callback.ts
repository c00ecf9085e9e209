// The loopback address that the browser comes back to (RFC 8252 §7.3): one path, one answer, then gone.
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { McpAuthError } from '../core/errors.ts'

export interface LoginCallback {
  readonly redirectUri: string
  /** Settles with the first query that `accept` takes. */
  readonly answered: Promise<URLSearchParams>
  /** Makes an address that leads to `url` once. */
  begin(url: URL): URL
  /** Settles when that address was opened again: whoever came first has seen `url`. */
  readonly startedTwice: Promise<void>
  close(): void
}

const longestQuery = 16 * 1024

/**
 * Listens before any URL is built, so that nobody else can have the port. `redirectUrl` is a loopback URL; where it has no
 * port a free one is taken, as servers allow any port there (RFC 8252 §7.3), and without it one of 127.0.0.1. `accept` tells whether a query belongs to the login that is
 * under way: what a stranger sends ends nothing. Throws PORT_IN_USE.
 */
export async function openLoginCallback(
  redirectUrl: URL | undefined,
  accept: (query: URLSearchParams) => boolean,
): Promise<LoginCallback> {
  const answered = Promise.withResolvers<URLSearchParams>()
  const path = redirectUrl?.pathname ?? '/callback'
  const server = createServer({ maxHeaderSize: 32 * 1024 })
  await listen(server, redirectUrl)
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const host = `${redirectUrl?.hostname ?? '127.0.0.1'}:${port}`
  let isDone = false
  const start = startPage()
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const [asked = '', text = ''] = (request.url ?? '').split('?', 2)
    if (request.method !== 'GET') return say(response, 405, 'Only GET is served here.')
    if (request.headers.host === host && asked === start.path) return start.serve(response)
    if (request.headers.host !== host || asked !== path || isDone) {
      return say(response, 404, 'There is nothing here.')
    }
    const query = new URLSearchParams(text)
    if (text.length > longestQuery || !accept(query)) {
      return say(response, 400, 'This is not the answer to the login that is under way.')
    }
    isDone = true
    say(response, 200, 'Done. Go back to the terminal, which says how the login went.')
    answered.resolve(query)
  })
  return {
    redirectUri: `http://${host}${path}${redirectUrl?.search ?? ''}`,
    answered: answered.promise,
    begin(url) {
      start.leadTo(url)
      return new URL(start.path, `http://${host}`)
    },
    startedTwice: start.openedTwice,
    close: () => {
      server.close()
      server.closeIdleConnections()
      // The page may still be on its way.
      setTimeout(() => server.closeAllConnections(), 500).unref()
    },
  }
}

/** The page whose address a program may be started with. */
function startPage() {
  const twice = Promise.withResolvers<void>()
  let target: URL | undefined
  let isOpened = false
  return {
    path: `/start/${randomBytes(16).toString('base64url')}`,
    openedTwice: twice.promise,
    leadTo(url: URL): void {
      target = url
    },
    serve(response: ServerResponse): void {
      if (isOpened) twice.resolve()
      if (isOpened || target === undefined) return say(response, 410, 'This was opened before.')
      isOpened = true
      response.setHeader('location', target.href)
      say(response, 302, 'To the login.')
    },
  }
}

function listen(server: ReturnType<typeof createServer>, url: URL | undefined): Promise<void> {
  const port = Number(url?.port ?? 0)
  const host = url?.hostname.replace(/^\[|\]$/g, '') ?? '127.0.0.1'
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const message = `The address ${host}:${port} of the redirect cannot be listened on (${cause.code ?? 'unknown'}).`
      reject(
        new McpAuthError('PORT_IN_USE', message, { hint: 'End what uses it, then log in again.' }),
      )
    })
    server.listen({ port, host, exclusive: true }, resolve)
  })
}

/** A page without scripts, that sends its address, and the code in it, nowhere (RFC 9700 §4.2.4). */
function say(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'content-security-policy': "default-src 'none'",
    'x-content-type-options': 'nosniff',
    connection: 'close',
  })
  response.end(`${text}\n`)
}
