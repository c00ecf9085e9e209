// The front of the development authorization server: loopback callers only, and only the paths that it serves.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { JsonObject } from '../../core/json.ts'
import type { NamedKey } from './keys.ts'
import { answerPreflight } from './cors.ts'
import { jwksPaths, methodsOf } from './routes.ts'
import { svidDocument, svidMetadata, type SvidDocument } from './svid-issuer.ts'

/** What answers at one moment; a rotation of the keys makes a new one. */
export interface Serving {
  readonly handle: RequestListener
  readonly publicKeys: readonly NamedKey[]
  /** `host:port` of the issuer: documents name it, whichever loopback name was called. */
  readonly host: string
}

const loopbackHost = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i
const loopbackOrigin = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i

export interface IdpHost {
  /** What happens to a request before it is looked at: nothing, late or never. */
  readonly faultOf: (path: string) => Promise<'down' | undefined>
  /** What serves now; never rejects. */
  readonly current: () => Promise<Serving>
  /** The keys of a project's JWT-SVIDs; undefined where there is no such project. Rejects where nobody can tell. */
  readonly svidKeys: (project: string) => Promise<readonly JsonObject[] | undefined>
}

export function idpListener(host: IdpHost): RequestListener {
  return (request, response) => {
    if (!isFromLoopback(request)) {
      refuse(response, 403, 'the Host or Origin header does not name this machine')
      return
    }
    const path = (request.url ?? '').split('?', 1)[0] ?? ''
    if (answerPreflight(path, request, response)) return
    const methods =
      methodsOf(path) ?? (svidDocument(path) === undefined ? undefined : ['GET', 'HEAD'])
    if (methods === undefined) {
      refuse(response, 404, 'nothing is served at this path')
    } else if (!methods.includes(request.method ?? '')) {
      response.setHeader('allow', methods.join(', '))
      refuse(response, 405, 'this method is not served at this path')
    } else {
      void serve(path, request, response, host)
    }
  }
}

async function serve(
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
  host: IdpHost,
): Promise<void> {
  if ((await host.faultOf(path)) === 'down') {
    response.destroy()
    return
  }
  const serving = await host.current()
  const wanted = svidDocument(path)
  if (wanted !== undefined) {
    await serveSvid(wanted, response, { host, idp: `http://${serving.host}` })
    return
  }
  if (!jwksPaths.has(path)) {
    request.headers.host = serving.host
    serving.handle(request, response)
    return
  }
  answerKeys(response, serving.publicKeys)
}

async function serveSvid(
  { kind, project }: SvidDocument,
  response: ServerResponse,
  { host, idp }: { readonly host: IdpHost; readonly idp: string },
): Promise<void> {
  try {
    const keys = await host.svidKeys(project)
    if (keys === undefined) refuse(response, 404, 'there is no such project')
    else if (kind === 'jwks') answerKeys(response, keys)
    else answer(response, 200, 'application/json', svidMetadata(idp, project))
  } catch {
    response.setHeader('retry-after', '1')
    refuse(response, 503, 'the control plane cannot be read now')
  }
}

function answerKeys(response: ServerResponse, keys: readonly object[]): void {
  // RFC 7517 §8.5.2; not to be stored, so that a rotation is seen at once.
  response.setHeader('cache-control', 'no-store')
  answer(response, 200, 'application/jwk-set+json', { keys })
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
  body: JsonObject | { readonly keys: readonly object[] },
): void {
  response.writeHead(status, { 'content-type': type })
  response.end(JSON.stringify(body))
}
