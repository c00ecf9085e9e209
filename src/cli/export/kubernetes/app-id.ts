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
  'app-protocol': '/spec/protocol',
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
  const port = valueAt(manifest, '/spec/appPort') ?? localPort(manifest)
  const annotations: [string, Json | undefined][] = [
    ['enabled', true],
    ['app-id', name],
    ['app-port', port ?? 'PORT'],
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

/** The port of an application that is reached on this machine. */
function localPort(manifest: JsonObject): string | undefined {
  const url = URL.parse(textAt(manifest, '/spec/appEndpoint/url') ?? '')
  return url !== null && isLoopback(url.hostname) && url.port !== '' ? url.port : undefined
}

function warnOfEndpoint(manifest: JsonObject, notes: Notes): void {
  const url = URL.parse(textAt(manifest, '/spec/appEndpoint/url') ?? '')
  if (url !== null && !isLoopback(url.hostname)) {
    notes.warn('appEndpoint.url is left out: Dapr calls the application in the pod of its sidecar.')
  }
  const header = textAt(manifest, '/spec/appEndpoint/tokenHeader') ?? 'dapr-api-token'
  if (header.toLowerCase() === 'dapr-api-token') return
  notes.warn(`Dapr shows the application its token in dapr-api-token, not in ${header}.`)
}
