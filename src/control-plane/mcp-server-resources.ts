// What an MCP server brings with it: the App ID of its name and its access policy come and go with the server.
import type { Resource } from '../core/resource.ts'
import { appIdentityResource, bareAppIdentity } from './app-identity.ts'
import type { ProjectRow, StoreContext } from './context.ts'
import { bareAccessPolicy, accessPolicyResource } from './mcp-access-policy.ts'
import { positionAt } from './places.ts'
import { commandIn } from './project-table.ts'
import { findResource, type KnownResource } from './resource-table.ts'
import type { ResourceKey } from './targets.ts'
import type { World } from './world.ts'

const ownedKinds = ['AppIdentity', 'MCPServerAccessPolicy'] as const

/** What the servers of a batch need and neither the batch nor the store has: an App ID, and a policy that denies all. */
export function missingCompanions(
  context: StoreContext,
  project: ProjectRow,
  resources: readonly Resource[],
): Resource[] {
  const exists = (key: ResourceKey): boolean =>
    resources.some(({ kind, name }) => kind === key.kind && name === key.name) ||
    findResource(context, project, key) !== undefined
  return resources
    .filter(({ kind }) => kind === 'MCPServer')
    .flatMap((server) =>
      ownedKinds
        .filter((kind) => !exists({ kind, name: server.name }))
        .map((kind) => companion(kind, server)),
    )
}

function companion(kind: (typeof ownedKinds)[number], { name, origin }: Resource): Resource {
  const start = positionAt(origin, '/metadata/name')
  const made =
    kind === 'AppIdentity'
      ? appIdentityResource(name, bareAppIdentity(name))
      : accessPolicyResource(name, bareAccessPolicy(name))
  return { ...made, origin: { file: origin.file, start, positions: {} } }
}

/** `keys`, and what is stored of the companions of the servers among them. */
export function withCompanions(
  context: StoreContext,
  project: ProjectRow,
  keys: readonly ResourceKey[],
): ResourceKey[] {
  const companions = keys
    .filter(({ kind }) => kind === 'MCPServer')
    .flatMap(({ name }) => ownedKinds.map((kind) => ({ kind, name })))
    .filter((key) => findResource(context, project, key) !== undefined)
    .filter((key) => !keys.some(({ kind, name }) => kind === key.kind && name === key.name))
  return [...keys, ...companions]
}

export interface NameProblem {
  readonly severity: 'error'
  readonly rule: 'name-taken'
  readonly pointer: string
  readonly message: string
  readonly hint: string
}

/** Why a server, or an HTTPEndpoint, cannot have its name: callers could mean one or the other. */
export function nameProblems(world: World, resource: KnownResource): NameProblem[] {
  const { kind, name } = resource
  if (kind === 'HTTPEndpoint') {
    if (world.find('MCPServer', name) === undefined) return []
    return [taken(`The MCPServer "${name}" has the name of this HTTPEndpoint.`, rename)]
  }
  if (kind !== 'MCPServer') return []
  const { context, project } = world
  const isForeign =
    findResource(context, project, resource) === undefined &&
    findResource(context, project, { kind: 'AppIdentity', name }) !== undefined
  return [
    ...(isForeign
      ? [
          taken(
            `The name of this MCPServer is taken: "${name}" is an App ID, and not that of an MCP server.`,
            `Rename the server, or delete the App ID: ${commandIn(context, project, `mcpauth appid delete ${name}`)}`,
          ),
        ]
      : []),
    ...(world.find('HTTPEndpoint', name) === undefined
      ? []
      : [taken(`The HTTPEndpoint "${name}" has the name of this MCPServer.`, rename)]),
  ]
}

const rename = 'Rename one of the two, or delete the other first.'

function taken(message: string, hint: string): NameProblem {
  return { severity: 'error', rule: 'name-taken', pointer: '/metadata/name', message, hint }
}
