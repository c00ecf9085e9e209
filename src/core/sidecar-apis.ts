// `spec.api` of a Configuration: which APIs of the sidecar its app may call.
import { listAt, textAt } from './pointer.ts'
import type { Json, JsonObject } from './json.ts'

/** The APIs that this data plane has; health is always served. `mcp` is our own: the proxy endpoint of MCP servers. */
export const sidecarApis = ['invoke', 'metadata', 'shutdown', 'mcp'] as const
export type SidecarApi = (typeof sidecarApis)[number]

/** Dapr's other names (pkg/api/http/endpoints). */
const others =
  `state publish bindings secrets actors configuration lock unlock crypto subtlecrypto workflows healthz jobs
  conversation subscribe`.split(/\s+/)

export function isApiName(name: string): boolean {
  return others.includes(name) || sidecarApis.some((api) => api === name)
}

/**
 * Those that are not served, for a manifest of a Configuration. Denied comes first, and an empty list of what is allowed
 * allows all, as in Dapr. A rule without `protocol`, which Dapr passes by, counts here.
 */
export function deniedApis(configuration: JsonObject): readonly SidecarApi[] {
  const denied = namesIn(configuration, '/spec/api/denied')
  const allowed = namesIn(configuration, '/spec/api/allowed')
  return sidecarApis.filter(
    (api) => denied.includes(api) || (allowed.length > 0 && !allowed.includes(api)),
  )
}

/** What a list names; a rule for another version of the API names nothing that is here. */
function namesIn(configuration: JsonObject, pointer: string): string[] {
  return listAt(configuration, pointer)
    .filter((rule) => textAt(rule, '/protocol') !== 'grpc')
    .map((rule) => (isFirstVersion(rule) ? (textAt(rule, '/name') ?? '') : ''))
}

function isFirstVersion(rule: Json): boolean {
  return /^v1(?:\.0)?$/.test(textAt(rule, '/version') ?? '')
}
