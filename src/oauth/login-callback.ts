// The loopback address that the browser comes back to (RFC 8252 §7.3): one path, one answer, then gone.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { McpAuthError } from '../core/errors.ts'

export interface LoginCallback {
  readonly redirectUri: string
  /** Settles with the first query that `accept` takes. */
  readonly answered: Promise<URLSearchParams>
  close(): void
}

const longestQuery = 16 * 1024

/**
 * Listens before any URL is built, so that nobody else can have the port. `redirectUrl` is a loopback URL that is registered
 * as it is; without it a free port of 127.0.0.1 is taken. `accept` tells whether a query belongs to the login that is
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
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const [asked = '', text = ''] = (request.url ?? '').split('?', 2)
    if (request.method !== 'GET') return say(response, 405, 'Only GET is served here.')
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
    redirectUri: redirectUrl?.href ?? `http://${host}${path}`,
    answered: answered.promise,
    close: () => {
      server.close()
      server.closeIdleConnections()
      // The page may still be on its way.
      setTimeout(() => server.closeAllConnections(), 500).unref()
    },
  }
}

function listen(server: ReturnType<typeof createServer>, url: URL | undefined): Promise<void> {
  const port = url === undefined ? 0 : Number(url.port === '' ? 80 : url.port)
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
