// The front of the development authorization server: loopback callers only, and only the paths that it serves.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { JsonObject } from '../../core/json.ts'
import type { NamedKey } from './keys.ts'
import { jwksPath, tokenPath } from './provider.ts'

/** What answers at one moment; a rotation of the keys makes a new one. */
export interface Serving {
  readonly handle: RequestListener
  readonly publicKeys: readonly NamedKey[]
  /** `host:port` of the issuer: documents name it, whichever loopback name was called. */
  readonly host: string
}

const metadataPaths = new Set([
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
])
const jwksPaths = new Set([jwksPath, '/.well-known/jwks.json'])

const loopbackHost = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i
const loopbackOrigin = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i

/** `current` gives what serves now, and never rejects. */
export function idpListener(current: () => Promise<Serving>): RequestListener {
  return (request, response) => {
    if (!isFromLoopback(request)) {
      refuse(response, 403, 'the Host or Origin header does not name this machine')
      return
    }
    const path = (request.url ?? '').split('?', 1)[0] ?? ''
    const methods = methodsOf(path)
    if (methods === undefined) {
      refuse(response, 404, 'nothing is served at this path')
    } else if (!methods.includes(request.method ?? '')) {
      response.setHeader('allow', methods.join(', '))
      refuse(response, 405, 'this method is not served at this path')
    } else {
      void serve(path, request, response, current)
    }
  }
}

async function serve(
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
  current: () => Promise<Serving>,
): Promise<void> {
  const serving = await current()
  if (!jwksPaths.has(path)) {
    request.headers.host = serving.host
    serving.handle(request, response)
    return
  }
  // RFC 7517 §8.5.2; not to be stored, so that a rotation is seen at once.
  response.setHeader('cache-control', 'no-store')
  answer(response, 200, 'application/jwk-set+json', { keys: serving.publicKeys })
}

/** Against DNS rebinding: a page that points its own name at 127.0.0.1 sends that name. */
function isFromLoopback(request: IncomingMessage): boolean {
  const hosts = request.headersDistinct['host'] ?? []
  const origins = request.headersDistinct['origin'] ?? []
  return (
    hosts.length === 1 &&
    hosts.every((host) => loopbackHost.test(host)) &&
    origins.length <= 1 &&
    origins.every((origin) => loopbackOrigin.test(origin))
  )
}

function methodsOf(path: string): readonly string[] | undefined {
  if (path === tokenPath) return ['POST']
  return metadataPaths.has(path) || jwksPaths.has(path) ? ['GET', 'HEAD'] : undefined
}

function refuse(response: ServerResponse, status: number, description: string): void {
  answer(response, status, 'application/json', {
    error: 'invalid_request',
    error_description: description,
  })
}

function answer(
  response: ServerResponse,
  status: number,
  type: string,
  body: JsonObject | { readonly keys: readonly NamedKey[] },
): void {
  response.writeHead(status, { 'content-type': type })
  response.end(JSON.stringify(body))
}
