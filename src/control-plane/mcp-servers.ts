// MCP servers as commands change them: made, switched on and off, opened to callers.
import { McpAuthError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import {
  decideMcpAccess,
  type McpAccessDecision,
  type McpAccessPolicy,
  type McpAccessQuestion,
} from '../core/mcp-access.ts'
import type { Resource } from '../core/resource.ts'
import { applyBatch } from './apply.ts'
import { nextRevision, type ProjectRow, type StoreContext } from './context.ts'
import { isDisabled, setDisabled } from './disabled.ts'
import { throwFirstError } from './first-error.ts'
import {
  accessPolicyOf,
  accessPolicyResource,
  bareAccessPolicy,
  withGrants,
  withoutGrants,
  type McpNames,
} from './mcp-access-policy.ts'
import { commandIn, requireProject } from './project-table.ts'
import { findResource, revealedManifest } from './resource-table.ts'
import { requireResource, resourcesOf, view, type ResourceView } from './resources.ts'

export interface McpServer extends ResourceView {
  readonly isEnabled: boolean
  readonly policy: McpAccessPolicy
}

type Change = 'configured' | 'unchanged'

/** Everything that takes the name of a server throws RESOURCE_NOT_FOUND where there is none. */
export interface McpServers {
  /** Throws RESOURCE_EXISTS unless `ignoreIfExists`, which leaves the server as it is; MANIFEST_INVALID for unfit references. */
  create(
    project: string,
    server: Resource,
    options?: { readonly ignoreIfExists?: boolean },
  ): 'created' | 'unchanged'
  /**
   * Replaces the server by what `change` makes of its manifest, real values included, in one transaction. Throws
   * MANIFEST_INVALID for unfit references.
   */
  update(project: string, name: string, change: (manifest: JsonObject) => Resource): Change
  get(project: string, name: string): McpServer
  list(project: string): McpServer[]
  /** Survives the next apply. */
  setEnabled(project: string, name: string, enabled: boolean): Change
  /** The access policy; where it was deleted, the one that denies everything. */
  policy(project: string, name: string): Pick<ResourceView, 'kind' | 'name' | 'manifest'>
  grant(
    project: string,
    name: string,
    callers: readonly string[],
    names: readonly McpNames[],
  ): Change
  /** Takes away everything where `names` is undefined. */
  revoke(
    project: string,
    name: string,
    callers: readonly string[],
    names: readonly McpNames[] | undefined,
  ): Change
  decide(project: string, name: string, question: McpAccessQuestion): McpAccessDecision
}

export function mcpServersOf(context: StoreContext): McpServers {
  const { database } = context
  const inRead = <T>(project: string, name: string, work: (scene: Scene) => T): T =>
    database.read(() => work(sceneOf(context, project, name)))
  const inWrite = <T>(project: string, name: string, work: (scene: Scene) => T): T =>
    database.write(() => work(sceneOf(context, project, name)))
  return {
    create: (project, server, options = {}) =>
      database.write(() => create(context, requireProject(context, project), server, options)),
    update: (project, name, change) => inWrite(project, name, (scene) => update(scene, change)),
    get: (project, name) => inRead(project, name, serverView),
    list: (project) =>
      database.read(() =>
        resourcesOf(context)
          .list(project, kind)
          .map(({ name }) => serverView(sceneOf(context, project, name))),
      ),
    setEnabled: (project, name, enabled) =>
      inWrite(project, name, ({ row }) => {
        if (!setDisabled(context, row, { kind, name }, !enabled)) return 'unchanged'
        nextRevision(context)
        return 'configured'
      }),
    policy: (project, name) =>
      inRead(project, name, (scene) => ({
        kind: policyKind,
        name,
        manifest: policyManifest(scene),
      })),
    grant: (project, name, callers, names) =>
      inWrite(project, name, (scene) =>
        changePolicy(scene, (manifest) =>
          callers.reduce((changed, caller) => withGrants(changed, caller, names), manifest),
        ),
      ),
    revoke: (project, name, callers, names) =>
      inWrite(project, name, (scene) =>
        changePolicy(scene, (manifest) =>
          callers.reduce((changed, caller) => withoutGrants(changed, caller, names), manifest),
        ),
      ),
    decide: (project, name, question) =>
      inRead(project, name, (scene) =>
        decideMcpAccess(accessPolicyOf(policyManifest(scene)), question),
      ),
  }
}

const kind = 'MCPServer'
const policyKind = 'MCPServerAccessPolicy'

interface Scene {
  readonly context: StoreContext
  readonly row: ProjectRow
  readonly name: string
}

/** Throws RESOURCE_NOT_FOUND when there is no such server. */
function sceneOf(context: StoreContext, project: string, name: string): Scene {
  const row = requireProject(context, project)
  requireResource(context, row, { kind, name })
  return { context, row, name }
}

function serverView(scene: Scene): McpServer {
  const { context, row, name } = scene
  return {
    ...view(requireResource(context, row, { kind, name })),
    isEnabled: !isDisabled(context, row, { kind, name }),
    policy: accessPolicyOf(policyManifest(scene)),
  }
}

function create(
  context: StoreContext,
  row: ProjectRow,
  server: Resource,
  { ignoreIfExists = false }: { readonly ignoreIfExists?: boolean },
): 'created' | 'unchanged' {
  if (findResource(context, row, server) === undefined) {
    throwFirstError(applyBatch(context, row, [server]).diagnostics)
    return 'created'
  }
  if (ignoreIfExists) return 'unchanged'
  const { name } = server
  throw new McpAuthError(
    'RESOURCE_EXISTS',
    `The MCPServer "${name}" already exists in "${row.name}".`,
    {
      hint: `Change it with ${commandIn(context, row, `mcpauth mcpserver update ${name}`)}, or pass --ignore-if-exists.`,
    },
  )
}

function update({ context, row, name }: Scene, change: (manifest: JsonObject) => Resource): Change {
  const stored = requireResource(context, row, { kind, name })
  return applyOne(context, row, change(revealedManifest(context, row, stored)))
}

function policyManifest({ context, row, name }: Scene): JsonObject {
  return findResource(context, row, { kind: policyKind, name })?.manifest ?? bareAccessPolicy(name)
}

function changePolicy(scene: Scene, change: (manifest: JsonObject) => JsonObject): Change {
  const { context, row, name } = scene
  const made = accessPolicyResource(name, change(policyManifest(scene)))
  const stored = findResource(context, row, { kind: policyKind, name })
  return applyOne(context, row, { ...made, origin: stored?.origin ?? made.origin })
}

function applyOne(context: StoreContext, row: ProjectRow, resource: Resource): Change {
  const { steps, diagnostics } = applyBatch(context, row, [resource])
  throwFirstError(diagnostics)
  return steps[0]?.action === 'unchanged' ? 'unchanged' : 'configured'
}
