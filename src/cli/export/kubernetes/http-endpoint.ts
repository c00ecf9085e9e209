// HTTPEndpoints as daprd takes them.
import { isJsonObject, type JsonObject } from '../../../core/json.ts'
import { listAt, textAt } from '../../../core/pointer.ts'
import type { PortableResource } from '../../../control-plane/resources.ts'
import { withKubernetesSecrets, type Scene } from './references.ts'

export function kubernetesEndpoint(resource: PortableResource, scene: Scene): JsonObject {
  const manifest = withKubernetesSecrets(resource, scene)
  const { notes } = scene
  const baseUrl = textAt(manifest, '/spec/baseUrl') ?? ''
  notes.warnOfLoopback('baseUrl', baseUrl)
  if (resource.name.includes('.')) {
    notes.warn('Dapr takes what follows a "." in the name for a namespace: rename the endpoint.')
  }
  const headers = listAt(manifest, '/spec/headers')
  if (headers.some((header) => textAt(header, '/name')?.toLowerCase() === 'accept')) {
    notes.warn(
      "Dapr replaces the caller's Accept, which breaks MCP calls; here the two are merged.",
    )
  }
  const spec = isJsonObject(manifest['spec']) ? manifest['spec'] : {}
  // Dapr appends the path as it is: a "/" at the end would be doubled.
  return { ...manifest, spec: { ...spec, baseUrl: baseUrl.replace(/\/+$/, '') } }
}
