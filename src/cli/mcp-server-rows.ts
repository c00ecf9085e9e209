// What tables show of an MCP server, and its document with the state that commands give it.
import type { McpSighting } from '../control-plane/mcp-health.ts'
import type { McpServer } from '../control-plane/mcp-servers.ts'
import type { JsonObject } from '../core/json.ts'
import { listAt, textAt, valueAt } from '../core/pointer.ts'
import { shellWord } from '../core/quote.ts'
import type { Resource } from '../core/resource.ts'
import type { Document } from './output/documents.ts'

const transports = ['streamableHTTP', 'sse', 'stdio'] as const

export function transportOf(manifest: JsonObject): string {
  return (
    transports.find((each) => valueAt(manifest, `/spec/endpoint/${each}`) !== undefined) ?? 'none'
  )
}

/** Its URL, or the command that starts it, as a shell would take it. */
export function whereOf(manifest: JsonObject): string {
  const pointer = `/spec/endpoint/${transportOf(manifest)}`
  const args = listAt(manifest, `${pointer}/args`).map(String)
  const words = [textAt(manifest, `${pointer}/command`) ?? '', ...args]
  return textAt(manifest, `${pointer}/url`) ?? words.map((word) => shellWord(word)).join(' ')
}

/** Says which command sidecars will run for a server, with the rights of their user; nothing for other transports. */
export function commandNotice({ name, manifest }: Pick<Resource, 'name' | 'manifest'>): string[] {
  if (transportOf(manifest) !== 'stdio') return []
  return [
    `MCPServer ${name}: a sidecar runs this when the server is called first: ${whereOf(manifest)}`,
  ]
}

export function stateOf({ isEnabled }: McpServer): string {
  return isEnabled ? 'enabled' : 'disabled'
}

/** Who may use anything of it. */
export function accessOf({ policy }: McpServer): string {
  const callers = new Set(
    policy.rules.filter(({ mode }) => mode === 'enforce').flatMap((rule) => rule.callers),
  )
  return callers.size === 0 ? 'nobody' : [...callers].join(', ')
}

/** `sightings`: what running sidecars see, where that is asked for. */
export function mcpServerDocument(server: McpServer, sightings?: readonly McpSighting[]): Document {
  const { kind, name, manifest } = server
  const health = sightings?.map(({ appId, problem, since }) => ({
    appId,
    state: problem === undefined ? 'reachable' : 'unreachable',
    ...(problem === undefined ? {} : { reason: problem }),
    since,
  }))
  const status = { status: stateOf(server), ...(health === undefined ? {} : { health }) }
  return { kind, name, manifest: { ...manifest, status } }
}

export function healthOf(sightings: readonly McpSighting[]): string {
  if (sightings.length === 0) return 'unknown'
  return sightings.some(({ problem }) => problem !== undefined) ? 'unreachable' : 'reachable'
}

/** The same with reasons, times and who saw it; `isWatched`: whether any sidecar of the project runs. */
export function healthText(
  server: McpServer,
  sightings: readonly McpSighting[],
  isWatched: boolean,
): string {
  if (sightings.length > 0) return sightings.map(sightingText).join('; ')
  if (!server.isEnabled) return 'unknown (disabled, so it is not looked at)'
  if (transportOf(server.manifest) === 'stdio') return 'unknown (started with its first call)'
  return isWatched ? 'unknown (no running sidecar looks at it)' : 'unknown (no sidecar runs)'
}

function sightingText({ appId, problem, since }: McpSighting): string {
  const state = problem === undefined ? 'reachable' : `unreachable: ${problem}`
  return `${state}, since ${since}, seen by ${appId}`
}
