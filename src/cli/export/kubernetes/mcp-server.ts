// MCP servers as daprd takes them.
import { isJsonObject, type JsonObject } from '../../../core/json.ts'
import { textAt, valueAt, withValues } from '../../../core/pointer.ts'
import { svidPrefix } from '../../../core/svid-header.ts'
import type { PortableResource } from '../../../control-plane/resources.ts'
import { withKubernetesSecrets, type Scene } from './references.ts'

const transports = ['streamableHTTP', 'sse'] as const

export function kubernetesMcpServer(resource: PortableResource, scene: Scene): JsonObject {
  const { notes } = scene
  notes.warn(
    'Dapr offers the tools of an MCP server as workflows and is no proxy: MCP clients cannot call it there, and nothing ' +
      'enforces who may use what.',
  )
  const http = transports.find((each) => hasTransport(resource.manifest, each))
  if (http === undefined) {
    notes.warn('Dapr refuses stdio on Kubernetes.')
    const env = '/spec/endpoint/stdio/env'
    return withKubernetesSecrets(resource, scene, { lists: [env], sources: [], holder: undefined })
  }
  const transport = `/spec/endpoint/${http}`
  const manifest = withKubernetesSecrets(resource, scene, {
    lists: [`${transport}/headers`],
    sources: [`${transport}/auth/oauth2`],
    holder: transport,
  })
  notes.warnOfLoopback('url', textAt(manifest, `${transport}/url`) ?? '')
  if (textAt(manifest, `${transport}/auth/oauth2/issuer`) !== undefined) {
    notes.warn('Dapr takes auth.oauth2.issuer for the token endpoint itself: make sure that it is.')
  }
  return withSvidPrefix(manifest, `${transport}/auth/spiffe/jwt`)
}

/** Dapr puts nothing before a token where nothing is written. */
function withSvidPrefix(manifest: JsonObject, pointer: string): JsonObject {
  const jwt = valueAt(manifest, pointer)
  const prefix = svidPrefix(textAt(manifest, `${pointer}/header`) ?? '', undefined)
  if (!isJsonObject(jwt) || Object.hasOwn(jwt, 'headerValuePrefix') || prefix === '')
    return manifest
  return withValues(manifest, new Map([[pointer, { ...jwt, headerValuePrefix: prefix }]]))
}

function hasTransport(manifest: JsonObject, name: string): boolean {
  return isJsonObject(valueAt(manifest, `/spec/endpoint/${name}`))
}
