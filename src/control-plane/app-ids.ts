// App IDs: who a sidecar acts as. Each is an AppIdentity resource with an API token of its own.
import { McpAuthError } from '../core/errors.ts'
import { isLabel, labelRule } from '../core/names.ts'
import { textAt } from '../core/pointer.ts'
import type { Resource } from '../core/resource.ts'
import type { Secret } from '../core/secret.ts'
import { tokenPointer } from './api-token.ts'
import {
  appIdentityResource,
  bareAppIdentity,
  withSettings,
  type AppIdSettings,
} from './app-identity.ts'
import { applyBatch } from './apply.ts'
import type { ProjectRow, StoreContext } from './context.ts'
import { throwFirstError } from './first-error.ts'
import { commandIn, requireProject } from './project-table.ts'
import {
  findResource,
  revealedManifest,
  sealedValue,
  type StoredResource,
} from './resource-table.ts'
import { requireResource, resourcesOf, view, type ResourceView } from './resources.ts'
import { liveSessions, type Session } from './sessions.ts'
import { storeUnusable } from './store-errors.ts'

export interface AppId extends ResourceView {
  /** The sidecar that serves it now. */
  readonly session?: Session
}

export interface AppIdWithToken extends AppId {
  readonly apiToken: Secret
}

export interface AppIds {
  /** Throws APPID_EXISTS unless `ignoreIfExists`, which leaves the existing one as it is; USAGE for unfit settings. */
  create(
    project: string,
    name: string,
    settings?: AppIdSettings,
    options?: { readonly ignoreIfExists?: boolean },
  ): 'created' | 'unchanged'
  /** Throws APPID_NOT_FOUND; RESOURCE_NOT_FOUND for an unknown Configuration; USAGE for unfit settings. */
  update(project: string, name: string, settings: AppIdSettings): 'configured' | 'unchanged'
  /** The only way to the API token. Throws APPID_NOT_FOUND. */
  get(project: string, name: string): AppIdWithToken
  list(project: string): AppId[]
  /** Throws APPID_IN_USE when its sidecar runs or a scope names it, unless `force`. */
  delete(project: string, name: string, options?: { readonly force?: boolean }): void
  /** Creates it when missing; returns whether it did. */
  ensure(project: string, name: string): boolean
}

export function appIdsOf(context: StoreContext): AppIds {
  const { database } = context
  const create: AppIds['create'] = (project, name, settings = {}, options = {}) =>
    database.write(() => {
      const row = requireProject(context, project)
      if (findResource(context, row, { kind, name }) === undefined) {
        return createAppId(context, row, { name, settings })
      }
      if (options.ignoreIfExists === true) return 'unchanged'
      throw new McpAuthError(
        'APPID_EXISTS',
        `The App ID "${name}" already exists in "${project}".`,
        {
          hint: `Change it with ${commandIn(context, row, `mcpauth appid update ${name}`)}, or pass --ignore-if-exists.`,
        },
      )
    })
  return {
    create,
    ensure: (project, name) => create(project, name, {}, { ignoreIfExists: true }) === 'created',
    update: (project, name, settings) =>
      database.write(() =>
        updateAppId(context, requireProject(context, project), { name, settings }),
      ),
    get: (project, name) =>
      database.read(() => getAppId(context, requireProject(context, project), name)),
    list: (project) =>
      database.read(() => {
        const row = requireProject(context, project)
        const sessions = liveSessions(context, row.id)
        return resourcesOf(context)
          .list(project, kind)
          .map((resource) => withSession(resource, sessions))
      }),
    delete: (project, name, options) => {
      resourcesOf(context).delete(project, kind, name, options)
    },
  }
}

/** An App ID that is to exist after an apply, with a Configuration attached if one is named. */
export interface WantedAppId {
  readonly appId: string
  readonly configuration?: string
  /** Attaches `configuration` only where the App ID has to be made; to another one stays attached what is, or nothing. */
  readonly keepsAttached?: boolean
}

/** The batch with the wanted App ID in it: as the batch has it, else as it is stored, else new. Throws USAGE. */
export function withAppId(
  context: StoreContext,
  project: ProjectRow,
  resources: readonly Resource[],
  asked: WantedAppId,
): Resource[] {
  const name = asked.appId
  checkName(name)
  const isWanted = (resource: Resource): boolean => resource.kind === kind && resource.name === name
  const given = resources.find(isWanted)
  const stored = findResource(context, project, { kind, name })
  const base =
    given?.manifest ??
    (stored === undefined ? bareAppIdentity(name) : revealedManifest(context, project, stored))
  const appConfig = attachedAfter(asked, stored)
  const settings = appConfig === undefined ? {} : { appConfig }
  const wanted = appIdentityResource(name, withSettings(base, settings))
  const origin = given?.origin ?? stored?.origin ?? wanted.origin
  return [...resources.filter((resource) => !isWanted(resource)), { ...wanted, origin }]
}

/** The Configuration that is attached then; empty for none, undefined for what a manifest of the App ID itself says. */
function attachedAfter(
  { configuration, keepsAttached = false }: WantedAppId,
  stored: StoredResource | undefined,
): string | undefined {
  if (configuration === undefined || !keepsAttached || stored === undefined) return configuration
  return textAt(stored.manifest, '/spec/appConfig') ?? ''
}

/** The API token of an App ID that exists. */
export function apiTokenOf(context: StoreContext, project: ProjectRow, name: string): Secret {
  const token = sealedValue(context, project, { kind, name, pointer: tokenPointer })
  if (token !== undefined) return token
  throw storeUnusable(
    `The App ID "${name}" of project "${project.name}" has lost its API token.`,
    `Delete and create it again: ${commandIn(context, project, `mcpauth appid delete ${name} --force`)}`,
  )
}

const kind = 'AppIdentity'

interface Change {
  readonly name: string
  readonly settings: AppIdSettings
}

function createAppId(
  context: StoreContext,
  project: ProjectRow,
  { name, settings }: Change,
): 'created' {
  checkName(name)
  const manifest = withSettings(bareAppIdentity(name), settings)
  const { diagnostics } = applyBatch(context, project, [appIdentityResource(name, manifest)])
  throwFirstError(diagnostics)
  return 'created'
}

function checkName(name: string): void {
  if (isLabel(name)) return
  throw new McpAuthError('USAGE', `"${name}" cannot be an App ID.`, { hint: `Use ${labelRule}.` })
}

function updateAppId(
  context: StoreContext,
  project: ProjectRow,
  { name, settings }: Change,
): 'configured' | 'unchanged' {
  const stored = requireResource(context, project, { kind, name })
  const before = revealedManifest(context, project, stored)
  const resource = appIdentityResource(name, withSettings(before, settings))
  const { steps, diagnostics } = applyBatch(context, project, [resource])
  throwFirstError(diagnostics)
  return steps[0]?.action === 'unchanged' ? 'unchanged' : 'configured'
}

function getAppId(context: StoreContext, project: ProjectRow, name: string): AppIdWithToken {
  const resource = view(requireResource(context, project, { kind, name }))
  return {
    ...withSession(resource, liveSessions(context, project.id)),
    apiToken: apiTokenOf(context, project, name),
  }
}

/** Adds what commands show beside the document itself: times, status, the running sidecar. */
function withSession(resource: ResourceView, sessions: readonly Session[]): AppId {
  const session = sessions.find((live) => live.appId === resource.name)
  const metadata = {
    name: resource.name,
    createdAt: resource.createdAt,
    updatedAt: resource.updatedAt,
    resourceVersion: resource.revision,
  }
  const manifest = { ...resource.manifest, metadata, status: { status: 'ready' } }
  return { ...resource, manifest, ...(session === undefined ? {} : { session }) }
}
