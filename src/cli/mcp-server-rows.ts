// What tables show of an MCP server, and its document with the state that commands give it.
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

export function mcpServerDocument(server: McpServer): Document {
  const { kind, name, manifest } = server
  return { kind, name, manifest: { ...manifest, status: { status: stateOf(server) } } }
}
