// Which answers of the development authorization server a web page of this machine may read: what a public client needs.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Client, RequestContext } from 'oidc-provider'
import { routes } from './routes.ts'

/**
 * Nothing here needs a secret, and the listener lets in only origins of this machine, which could ask without a browser
 * too. All else, userinfo among it, stays closed to pages.
 */
const openPaths = new Map<string, string>([
  ['/.well-known/openid-configuration', 'GET'],
  ['/.well-known/oauth-authorization-server', 'GET'],
  [routes.registration, 'POST'],
  [routes.token, 'POST'],
])

/** True of a client without a secret; a page must not work with one that has a secret. */
export function isPublic(client: Client): boolean {
  return client.clientAuthMethod === 'none'
}

/** Answers a browser that asks whether its page may send a request. Returns false, and does nothing, for anything else. */
export function answerPreflight(
  path: string,
  { method, headers }: IncomingMessage,
  response: ServerResponse,
): boolean {
  const allowed = openPaths.get(path)
  const { origin } = headers
  if (method !== 'OPTIONS' || allowed === undefined || origin === undefined) return false
  if (headers['access-control-request-method'] === undefined) return false
  response.writeHead(204, {
    'access-control-allow-origin': origin,
    'access-control-allow-methods': allowed,
    'access-control-allow-headers': 'content-type, dpop, mcp-protocol-version',
    vary: 'origin',
  })
  response.end()
  return true
}

/** Middleware: leaves the headers that let a page read an answer at open paths alone. */
export async function limitOrigins(ctx: RequestContext, next: () => Promise<void>): Promise<void> {
  await next()
  for (const header of ['Methods', 'Headers']) ctx.remove(`Access-Control-Allow-${header}`)
  ctx.remove('Access-Control-Expose-Headers')
  ctx.remove('Access-Control-Max-Age')
  const origin = ctx.get('Origin')
  if (origin === '' || !openPaths.has(ctx.path)) {
    ctx.remove('Access-Control-Allow-Origin')
  } else if (ctx.path === routes.token) {
    ctx.set('Access-Control-Expose-Headers', 'DPoP-Nonce')
  } else if (ctx.path === routes.registration) {
    // The provider leaves this one path to us.
    ctx.set('Access-Control-Allow-Origin', origin)
    ctx.set('Vary', 'Origin')
  }
}
