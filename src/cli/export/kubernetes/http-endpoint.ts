// HTTPEndpoints as daprd takes them.
import { tlsDocuments } from '../../../core/client-tls.ts'
import { isJsonObject, type JsonObject } from '../../../core/json.ts'
import { listAt, textAt, valueAt, withValues } from '../../../core/pointer.ts'
import type { PortableResource } from '../../../control-plane/resources.ts'
import type { Notes } from './notes.ts'
import { withKubernetesSecrets, type Scene } from './references.ts'

export function kubernetesEndpoint(resource: PortableResource, scene: Scene): JsonObject {
  const { notes } = scene
  const manifest = withoutTlsVariables(withKubernetesSecrets(resource, scene), notes)
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

/** Dapr has no `envRef` in TLS documents, and would call the endpoint without what is meant. */
function withoutTlsVariables(manifest: JsonObject, notes: Notes): JsonObject {
  let result = manifest
  for (const name of tlsDocuments) {
    const pointer = `/spec/clientTLS/${name}`
    const { envRef, ...rest } = objectAt(manifest, pointer)
    if (envRef === undefined) continue
    result = withValues(result, new Map([[pointer, rest]]))
    notes.warn(
      `clientTLS.${name} is left out: Dapr reads none from a variable. Use a secretKeyRef.`,
    )
  }
  return result
}

function objectAt(manifest: JsonObject, pointer: string): JsonObject {
  const value = valueAt(manifest, pointer)
  return isJsonObject(value) ? value : {}
}
