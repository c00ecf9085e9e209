// Who may call which MCP server, from either side: what access policies grant, joined with the App IDs that are there.
import { inScope } from '../core/component.ts'
import { rulesAbout, type McpAccessRule } from '../core/mcp-access.ts'
import { isDisabled } from './disabled.ts'
import { accessPolicyOf } from './mcp-access-policy.ts'
import type { KnownResource } from './resource-table.ts'
import type { World } from './world.ts'

export interface McpCaller {
  readonly appId: string
  readonly exists: boolean
  /** The enforced rules about it, in their order. */
  readonly rules: readonly McpAccessRule[]
}

export interface McpCallable {
  readonly server: string
  readonly isEnabled: boolean
  /** The enforced rules about the App ID, in their order. */
  readonly rules: readonly McpAccessRule[]
}

/** The App IDs that may call a server: those of the project by name, then those that rules name and that are not there. */
export function callersOf(world: World, server: string): McpCaller[] {
  const manifest = world.find('MCPServer', server)?.manifest
  if (manifest === undefined) return []
  const policy = policyOf(world, server)
  const known = world.names('AppIdentity').toSorted()
  const named = policy.rules.flatMap(({ callers }) => callers).filter((each) => !each.includes('*'))
  return [...new Set([...known, ...named])]
    .filter((appId) => inScope(manifest, appId))
    .map((appId) => ({ appId, exists: known.includes(appId), rules: rulesAbout(policy, appId) }))
    .filter(({ rules }) => rules.length > 0)
}

/** The servers that an App ID may call, by name. */
export function callableBy(world: World, appId: string): McpCallable[] {
  return world
    .all('MCPServer')
    .filter(({ manifest }) => inScope(manifest, appId))
    .map((server: KnownResource) => ({
      server: server.name,
      isEnabled: !isDisabled(world.context, world.project, server),
      rules: rulesAbout(policyOf(world, server.name), appId),
    }))
    .filter(({ rules }) => rules.length > 0)
    .toSorted((a, b) => (a.server < b.server ? -1 : 1))
}

function policyOf(world: World, server: string): ReturnType<typeof accessPolicyOf> {
  return accessPolicyOf(world.find('MCPServerAccessPolicy', server)?.manifest)
}
