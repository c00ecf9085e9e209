// One resource with what it refers to, whether that resolves now, and what refers to it.
import type { Reference } from '../core/resource.ts'
import type { ProjectRow, StoreContext } from './context.ts'
import { callableBy, callersOf, type McpCallable, type McpCaller } from './mcp-reach.ts'
import { mentionsOf, type Mention } from './mentions.ts'
import { ReferenceCheck, type ReferenceProblem } from './references.ts'
import { requireResource, view, type ResourceView } from './resources.ts'
import { liveSessions, type Session } from './sessions.ts'
import { referrersOf, type ResourceKey } from './targets.ts'
import { World } from './world.ts'

export interface Description {
  readonly resource: ResourceView
  /** In the order of the manifest's sections. */
  readonly references: readonly ResolvedReference[]
  /** Names in the manifest that need not exist. */
  readonly mentions: readonly Mention[]
  /** By kind and name. */
  readonly referrers: readonly ResourceKey[]
  /** The running sidecar of an App ID. */
  readonly session?: Session
  /** Who may call the MCP server, or the one of the access policy. */
  readonly callers?: readonly McpCaller[]
  /** The MCP servers that an App ID may call. */
  readonly callable?: readonly McpCallable[]
}

export interface ResolvedReference {
  readonly reference: Reference
  /** Why it does not resolve, or a warning that this cannot be told here; empty when it does. */
  readonly problems: readonly ReferenceProblem[]
}

/** Throws RESOURCE_NOT_FOUND (APPID_NOT_FOUND for an AppIdentity). */
export function describe(
  context: StoreContext,
  project: ProjectRow,
  key: ResourceKey,
): Description {
  const stored = requireResource(context, project, key)
  const world = new World(context, project)
  const check = new ReferenceCheck(world)
  const session =
    key.kind === 'AppIdentity'
      ? liveSessions(context, project.id).find((live) => live.appId === key.name)
      : undefined
  return {
    resource: view(stored),
    references: stored.references.map((reference) => ({
      reference,
      // One at a time: together, what is wrong with a secret store is told of the first only.
      problems: check.problemsOf({ ...stored, references: [reference] }),
    })),
    mentions: mentionsOf(world, stored),
    referrers: referrersOf(context, project, key),
    ...(session === undefined ? {} : { session }),
    ...reachOf(world, key),
  }
}

function reachOf(
  world: World,
  { kind, name }: ResourceKey,
): Pick<Description, 'callers' | 'callable'> {
  if (kind === 'AppIdentity') return { callable: callableBy(world, name) }
  if (kind === 'MCPServer' || kind === 'MCPServerAccessPolicy') {
    return { callers: callersOf(world, name) }
  }
  return {}
}
