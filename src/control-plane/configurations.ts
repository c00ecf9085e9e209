// Configurations as commands make and change them, also for the App ID that runs one.
import { McpAuthError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import { textAt } from '../core/pointer.ts'
import type { Resource } from '../core/resource.ts'
import { appIdentityResource, withSettings } from './app-identity.ts'
import { applyBatch } from './apply.ts'
import type { ProjectRow, StoreContext } from './context.ts'
import { throwFirstError } from './first-error.ts'
import { commandIn, requireProject } from './project-table.ts'
import { findResource, revealedManifest } from './resource-table.ts'
import { requireResource } from './resources.ts'
import { referrersOf } from './targets.ts'

/** Makes the resource of a Configuration from its manifest with real values; undefined when there is none yet. */
export type ConfigurationChange = (name: string, before: JsonObject | undefined) => Resource

export interface Configurations {
  /** Throws RESOURCE_EXISTS unless `ignoreIfExists`, which leaves it as it is; MANIFEST_INVALID for unfit references. */
  create(
    project: string,
    configuration: Resource,
    options?: { readonly ignoreIfExists?: boolean },
  ): 'created' | 'unchanged'
  /** Throws RESOURCE_NOT_FOUND; MANIFEST_INVALID for unfit references. */
  update(project: string, name: string, change: ConfigurationChange): 'configured' | 'unchanged'
  /**
   * Changes the Configuration that the App ID runs; where it runs none, that of its own name, which is attached to it.
   * Throws APPID_NOT_FOUND; RESOURCE_IN_USE when another App ID runs that Configuration too: it would be changed along.
   */
  updateOf(
    project: string,
    appId: string,
    change: ConfigurationChange,
  ): { readonly name: string; readonly action: 'created' | 'configured' | 'unchanged' }
}

const kind = 'Configuration'

export function configurationsOf(context: StoreContext): Configurations {
  const { database } = context
  return {
    create: (project, configuration, options = {}) =>
      database.write(() =>
        create(context, requireProject(context, project), configuration, options),
      ),
    update: (project, name, change) =>
      database.write(() => {
        const row = requireProject(context, project)
        requireResource(context, row, { kind, name })
        const { steps, diagnostics } = applyBatch(context, row, [
          changed(context, row, name, change),
        ])
        throwFirstError(diagnostics)
        return steps[0]?.action === 'unchanged' ? 'unchanged' : 'configured'
      }),
    updateOf: (project, appId, change) =>
      database.write(() => updateOf(context, requireProject(context, project), appId, change)),
  }
}

function create(
  context: StoreContext,
  row: ProjectRow,
  configuration: Resource,
  { ignoreIfExists = false }: { readonly ignoreIfExists?: boolean },
): 'created' | 'unchanged' {
  const { name } = configuration
  if (findResource(context, row, configuration) === undefined) {
    throwFirstError(applyBatch(context, row, [configuration]).diagnostics)
    return 'created'
  }
  if (ignoreIfExists) return 'unchanged'
  const command = commandIn(context, row, `mcpauth configuration update ${name}`)
  throw new McpAuthError(
    'RESOURCE_EXISTS',
    `The Configuration "${name}" already exists in "${row.name}".`,
    { hint: `Change it with ${command}, or pass --ignore-if-exists.` },
  )
}

function updateOf(
  context: StoreContext,
  row: ProjectRow,
  appId: string,
  change: ConfigurationChange,
): ReturnType<Configurations['updateOf']> {
  const identity = requireResource(context, row, { kind: 'AppIdentity', name: appId })
  const attached = textAt(identity.manifest, '/spec/appConfig')
  const name = attached ?? appId
  refuseShared(context, row, { name, appId })
  const settings = withSettings(revealedManifest(context, row, identity), { appConfig: name })
  const { steps, diagnostics } = applyBatch(context, row, [
    changed(context, row, name, change),
    { ...appIdentityResource(appId, settings), origin: identity.origin },
  ])
  throwFirstError(diagnostics)
  const [configured, attachedNow] = [kind, 'AppIdentity'].map(
    (wanted) => steps.find(({ resource }) => resource.kind === wanted)?.action ?? 'unchanged',
  )
  return { name, action: (configured === 'unchanged' ? attachedNow : configured) ?? 'unchanged' }
}

function changed(
  context: StoreContext,
  row: ProjectRow,
  name: string,
  change: ConfigurationChange,
): Resource {
  const stored = findResource(context, row, { kind, name })
  const before = stored === undefined ? undefined : revealedManifest(context, row, stored)
  const made = change(name, before)
  if (stored === undefined) return made
  // Where the rest stands has not changed; what the command wrote stands nowhere.
  const { positions } = stored.origin
  const kept = Object.entries(positions).filter(([at]) => !at.startsWith(rewritten))
  return { ...made, origin: { ...stored.origin, positions: Object.fromEntries(kept) } }
}

const rewritten = '/spec/accessControl/'

function refuseShared(
  context: StoreContext,
  row: ProjectRow,
  { name, appId }: { readonly name: string; readonly appId: string },
): void {
  const others = referrersOf(context, row, { kind, name })
    .filter((referrer) => referrer.kind === 'AppIdentity' && referrer.name !== appId)
    .map((referrer) => referrer.name)
  if (others.length === 0) return
  throw new McpAuthError(
    'RESOURCE_IN_USE',
    `The Configuration "${name}" of App ID "${appId}" is run by ${others.join(', ')} too, whose access would change with it.`,
    {
      hint: `Give the App ID a Configuration of its own, or change this one for all: ${commandIn(context, row, `mcpauth configuration update ${name}`)}`,
    },
  )
}
