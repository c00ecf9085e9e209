// Stored resources as commands show them, and their deletion.
import { McpAuthError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import { placeOf } from '../core/diagnostic.ts'
import { hintWith, suggest } from '../core/suggest.ts'
import { isoTime, type ProjectRow, type StoreContext } from './context.ts'
import { deleteBatch, planDeletion, type DeleteOptions, type DeleteStep } from './delete.ts'
import { inlineSecretsOf, type InlineSecret } from './inline-secrets.ts'
import { commandIn, requireProject } from './project-table.ts'
import {
  findResource,
  listResources,
  redactedManifest,
  resourceNames,
  type StoredResource,
} from './resource-table.ts'
import type { ResourceKey } from './targets.ts'

export interface ResourceView {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  /** The whole document, sensitive values as `***`. */
  readonly manifest: JsonObject
  /** ISO 8601, UTC. */
  readonly createdAt: string
  readonly updatedAt: string
  /** The revision of the control plane that last changed it. */
  readonly revision: number
  /** `file:line:column` it was read from. */
  readonly place: string
}

export interface PortableResource extends ResourceView {
  /** What `***` stands for in the manifest. */
  readonly inlineSecrets: readonly InlineSecret[]
}

export interface Resources {
  /** All of them or those of one kind, by kind and name. Throws PROJECT_NOT_FOUND. */
  list(project: string, kind?: string): ResourceView[]
  /** All of them, by kind and name, with what it takes to write them down elsewhere. */
  portable(project: string): PortableResource[]
  /** Throws RESOURCE_NOT_FOUND (APPID_NOT_FOUND for an AppIdentity). */
  get(project: string, kind: string, name: string): ResourceView
  /** Throws RESOURCE_IN_USE (APPID_IN_USE) when another resource needs it or its sidecar runs, unless `force`. */
  delete(project: string, kind: string, name: string, options?: { readonly force?: boolean }): void
  /**
   * What `deleteAll` would do: what uses something comes before it, what does not exist comes last. Throws what it
   * would throw.
   */
  planDeletion(project: string, keys: readonly ResourceKey[], options?: DeleteOptions): DeleteStep[]
  /**
   * All of `keys` or, when it throws, none. Throws RESOURCE_NOT_FOUND for what does not exist unless `ignoreNotFound`,
   * RESOURCE_IN_USE (APPID_IN_USE) when a resource that is not among them needs one or its sidecar runs, unless `force`.
   */
  deleteAll(project: string, keys: readonly ResourceKey[], options?: DeleteOptions): DeleteStep[]
}

export function resourcesOf(context: StoreContext): Resources {
  const { database } = context
  return {
    list: (project, kind) =>
      database.read(() => listResources(context, requireProject(context, project), kind).map(view)),
    portable: (project) =>
      database.read(() => {
        const row = requireProject(context, project)
        return listResources(context, row).map((stored) => ({
          ...view(stored),
          inlineSecrets: inlineSecretsOf(context, row, stored),
        }))
      }),
    get: (project, kind, name) =>
      database.read(() =>
        view(requireResource(context, requireProject(context, project), { kind, name })),
      ),
    delete: (project, kind, name, options = {}) => {
      database.write(() => {
        const row = requireProject(context, project)
        requireResource(context, row, { kind, name })
        deleteBatch(context, row, [{ kind, name }], options)
      })
      database.truncateLog()
    },
    planDeletion: (project, keys, options = {}) =>
      database.read(() => planDeletion(context, requireProject(context, project), keys, options)),
    deleteAll: (project, keys, options = {}) => {
      const steps = database.write(() =>
        deleteBatch(context, requireProject(context, project), keys, options),
      )
      database.truncateLog()
      return steps
    },
  }
}

/** Throws RESOURCE_NOT_FOUND or APPID_NOT_FOUND, with the closest name there is. */
export function requireResource(
  context: StoreContext,
  project: ProjectRow,
  key: ResourceKey,
): StoredResource {
  const found = findResource(context, project, key)
  if (found !== undefined) return found
  const closest = suggest(key.name, resourceNames(context, project, key.kind))
  const isAppId = key.kind === 'AppIdentity'
  const command = isAppId ? `mcpauth appid create ${key.name}` : 'mcpauth apply -f FILE'
  throw new McpAuthError(
    isAppId ? 'APPID_NOT_FOUND' : 'RESOURCE_NOT_FOUND',
    `There is no ${isAppId ? 'App ID' : key.kind} "${key.name}" in project "${project.name}".`,
    {
      hint: hintWith(closest, commandIn(context, project, command)),
    },
  )
}

export function view(stored: StoredResource): ResourceView {
  return {
    apiVersion: stored.apiVersion,
    kind: stored.kind,
    name: stored.name,
    manifest: redactedManifest(stored),
    createdAt: isoTime(stored.createdAt),
    updatedAt: isoTime(stored.updatedAt),
    revision: stored.revision,
    place: placeOf(stored.origin),
  }
}
