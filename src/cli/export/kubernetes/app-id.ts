// App IDs on Kubernetes: no resources, but annotations of a pod.
import type { Json, JsonObject } from '../../../core/json.ts'
import { textAt, valueAt } from '../../../core/pointer.ts'
import { isLoopback } from '../../../core/trusted-url.ts'
import type { PortableResource } from '../../../control-plane/resources.ts'
import type { Notes } from './notes.ts'
import type { Scene } from './references.ts'

/** Annotation of the sidecar injector → where an AppIdentity says it. */
const settings: Readonly<Record<string, string>> = {
  config: '/spec/appConfig',
  'enable-app-health-check': '/spec/healthCheck/probe/enabled',
  'app-health-check-path': '/spec/healthCheck/path',
  'app-health-probe-interval': '/spec/healthCheck/probe/intervalInSec',
  'app-health-probe-timeout': '/spec/healthCheck/probe/timeoutInMs',
  'app-health-threshold': '/spec/healthCheck/probe/failureThreshold',
}

/** Notes the annotations as comments. */
export function describePod(
  { name, manifest, inlineSecrets }: PortableResource,
  { notes, secrets }: Scene,
): void {
  const endpoint = endpointOf(manifest)
  const port = valueAt(manifest, '/spec/appPort') ?? endpoint?.port
  const annotations: [string, Json | undefined][] = [
    ['enabled', true],
    ['app-id', name],
    ['app-port', port ?? 'PORT'],
    ['app-protocol', endpoint?.protocol ?? valueAt(manifest, '/spec/protocol')],
    ...Object.entries(settings).map(([annotation, pointer]): [string, Json | undefined] => [
      annotation,
      valueAt(manifest, pointer),
    ]),
  ]
  if (inlineSecrets.length > 0) {
    annotations.push(['app-token-secret', secrets.need(`${name}-app-token`, 'token').name])
  }
  notes.remark(`App ID ${name}: annotate the template of its pod with`)
  for (const [annotation, value] of annotations) {
    if (value === undefined || value === '') continue
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    notes.remark(`  dapr.io/${annotation}: ${JSON.stringify(text)}`)
  }
  if (port === undefined) {
    notes.remark('PORT is where the application listens; without one, leave app-port out.')
  }
  warnOfEndpoint(manifest, notes)
}

interface Endpoint {
  readonly port: string
  /** Absent for http, the default. */
  readonly protocol?: 'https'
}

/** Where the application listens according to its URL; nothing when that leads elsewhere, or `appPort` says otherwise. */
function endpointOf(manifest: JsonObject): Endpoint | undefined {
  const url = urlOf(manifest)
  if (url === undefined || !isLoopback(url.hostname)) return undefined
  const isSecure = url.protocol === 'https:'
  const defaultPort = isSecure ? '443' : '80'
  const port = url.port === '' ? defaultPort : url.port
  const appPort = valueAt(manifest, '/spec/appPort')
  if (appPort !== undefined && appPort !== Number(port)) return undefined
  return { port, ...(isSecure ? { protocol: 'https' } : {}) }
}

function urlOf(manifest: JsonObject): URL | undefined {
  return URL.parse(textAt(manifest, '/spec/appEndpoint/url') ?? '') ?? undefined
}

/** What Dapr does not take of `appEndpoint`: it calls 127.0.0.1, at a port and with a protocol that annotations say. */
function warnOfEndpoint(manifest: JsonObject, notes: Notes): void {
  const url = urlOf(manifest)
  if (url !== undefined) warnOfUrl(url, endpointOf(manifest), notes)
  if (valueAt(manifest, '/spec/appEndpoint/clientTimeoutSeconds') !== undefined) {
    notes.warn('clientTimeoutSeconds is left out: Dapr takes the time for a call from Resiliency.')
  }
  const header = textAt(manifest, '/spec/appEndpoint/tokenHeader') ?? 'dapr-api-token'
  if (header.toLowerCase() === 'dapr-api-token') return
  notes.warn(`Dapr shows the application its token in dapr-api-token, not in ${header}.`)
}

function warnOfUrl(url: URL, endpoint: Endpoint | undefined, notes: Notes): void {
  if (endpoint === undefined) {
    notes.warn(
      isLoopback(url.hostname)
        ? 'appEndpoint.url is left out: appPort names another port.'
        : 'appEndpoint.url is left out: Dapr calls the application in the pod of its sidecar.',
    )
    return
  }
  if (url.hostname !== 'localhost' && url.hostname !== '127.0.0.1') {
    notes.warn(`Dapr calls the application at 127.0.0.1, not at ${url.hostname}.`)
  }
  if (url.pathname !== '/') {
    notes.warn(`Dapr calls the application without the path ${url.pathname} of appEndpoint.url.`)
  }
  if (endpoint.protocol === 'https') {
    notes.remark('Dapr does not verify the certificate of the application.')
  }
}
