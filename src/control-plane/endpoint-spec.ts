// An HTTPEndpoint as a sidecar calls it: URL and headers with their values resolved.
import { placeOf } from '../core/diagnostic.ts'
import { headerValueProblem } from '../core/header-rules.ts'
import { textAt } from '../core/pointer.ts'
import type { EndpointSpec, SnapshotProblem } from '../core/snapshot.ts'
import { serviceUrlProblem } from '../core/trusted-url.ts'
import { clientTlsSpec } from './client-tls-spec.ts'
import { resolveItems, type ResolvedItems } from './metadata-values.ts'
import { placeAt } from './places.ts'
import type { KnownResource } from './resource-table.ts'
import type { SecretStores } from './secret-stores.ts'
import type { World } from './world.ts'

/** What cannot be used stands in it as `problem`. */
export function endpointSpec(
  world: World,
  stores: SecretStores,
  endpoint: KnownResource,
): EndpointSpec {
  const resolved = resolveItems(world, stores, {
    resource: endpoint,
    pointer: '/spec/headers',
  })
  const baseUrl = (textAt(endpoint.manifest, '/spec/baseUrl') ?? '').replace(/\/+$/, '')
  const { tls, problem: tlsProblem } = clientTlsSpec(world, stores, endpoint)
  const problem =
    endpointProblem(endpoint, baseUrl) ?? headersProblem(endpoint, resolved) ?? tlsProblem
  return {
    name: endpoint.name,
    baseUrl,
    headers: problem === undefined && resolved.problem === undefined ? resolved.values : [],
    ...(tls === undefined ? {} : { tls }),
    ...(problem === undefined ? {} : { problem }),
    place: placeOf(endpoint.origin),
  }
}

function endpointProblem(endpoint: KnownResource, baseUrl: string): SnapshotProblem | undefined {
  const broken = serviceUrlProblem(baseUrl)
  if (broken === undefined) return undefined
  return {
    message: `The baseUrl of HTTPEndpoint "${endpoint.name}" ${broken.problem}.`,
    hint: broken.hint,
    place: placeAt(endpoint, '/spec/baseUrl'),
  }
}

/** What apply could not see: values that come from a secret or a variable. */
function headersProblem(
  endpoint: KnownResource,
  resolved: ResolvedItems,
): SnapshotProblem | undefined {
  if (resolved.problem !== undefined) {
    return { ...resolved.problem, place: placeAt(endpoint, resolved.pointer) }
  }
  for (const { name, value, pointer } of resolved.values) {
    const problem = headerValueProblem(typeof value === 'string' ? value : value.reveal())
    if (problem === undefined) continue
    return {
      message: `The value of header "${name}" ${problem.problem}.`,
      hint: problem.hint,
      place: placeAt(endpoint, pointer),
    }
  }
  return undefined
}
