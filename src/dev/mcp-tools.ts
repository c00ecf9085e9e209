// The tools of an MCP server, listed as a sidecar sees them: its way, its credentials, its transport.
import { McpAuthError } from '../core/errors.ts'
import { listAt } from '../core/pointer.ts'
import type { AppSnapshot, McpServerSpec } from '../core/snapshot.ts'
import { withMcpServer, type McpTool } from './mcp-client.ts'
import { withOwnSidecar, type SidecarWorld } from './sidecar-access.ts'

export interface ToolsQuery {
  readonly project: string
  readonly server: string
  /** Whose sidecar; without it that of any App ID in scope of the server. */
  readonly appId: string | undefined
}

/** Every tool, whoever may use it. Throws RESOURCE_NOT_FOUND, APPID_NOT_FOUND, and what keeps the server from answering. */
export async function listTools(
  world: SidecarWorld,
  query: ToolsQuery,
): Promise<readonly McpTool[]> {
  const { snapshot, server } = reach(world, query)
  const own = {
    ...snapshot,
    httpPipeline: [],
    appHttpPipeline: [],
    endpoints: [],
    peers: [],
    mcpServers: [{ ...server, policy: onlyLists(snapshot.appId) }],
  }
  return withOwnSidecar(world, own, (sidecar) =>
    withMcpServer(sidecar, { server: query.server, version: world.version }, (connection) =>
      connection.listTools(),
    ),
  )
}

interface Reach {
  readonly snapshot: AppSnapshot
  readonly server: McpServerSpec
}

function reach(
  { controlPlane }: SidecarWorld,
  { project, server: name, appId }: ToolsQuery,
): Reach {
  const { manifest } = controlPlane.mcpServers.get(project, name)
  const known = controlPlane.appIds.list(project).map((one) => one.name)
  const scopes = listAt(manifest, '/scopes').map(String)
  const candidates =
    appId === undefined ? [name, ...scopes].filter((one) => known.includes(one)) : [appId]
  for (const candidate of candidates) {
    const snapshot = controlPlane.snapshot(project, candidate)
    const server = snapshot.mcpServers.find((one) => one.name === name)
    if (server !== undefined) return { snapshot, server }
  }
  throw new McpAuthError(
    'ERR_MCP_SERVER_UNKNOWN',
    `No sidecar ${appId === undefined ? '' : `of the App ID ${appId} `}offers the MCP server ${name}.`,
    { hint: 'Its scopes say which App IDs have it; add one that exists.' },
  )
}

/** The door of the sidecar is open to this machine while it runs: it lists all tools and lets nobody call one. */
function onlyLists(appId: string): McpServerSpec['policy'] {
  const nothing = { not: {} }
  return {
    rules: [
      {
        callers: [appId],
        grants: [{ capability: 'tools', names: ['*'], arguments: nothing }],
        mode: 'enforce',
      },
    ],
  }
}
