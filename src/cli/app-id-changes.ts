// Creating and changing an App ID, for `appid` and for `app`, the newer word for the same.
import type { AppIdSettings } from '../control-plane/app-identity.ts'
import type { ControlPlane } from '../control-plane/control-plane.ts'
import { McpAuthError } from '../core/errors.ts'
import { suggest } from '../core/suggest.ts'
import { appIdSettings, type AppIdOptions, type AppWord } from './app-id-options.ts'
import type { CommandContext } from './context.ts'
import { changed } from './output/documents.ts'
import type { Printable } from './output/printable.ts'

export const ignoreIfExistsOption = {
  type: 'boolean',
  description: 'Leave an App ID of that name as it is, without an error',
} as const

export interface AppIdChange {
  readonly word: AppWord
  readonly name: string
  readonly options: AppIdOptions
}

export async function createAppId(
  context: CommandContext,
  { word, name, options }: AppIdChange,
  ignoreIfExists: boolean,
): Promise<Printable> {
  const settings = await appIdSettings(context, options, word)
  const plane = await context.controlPlane()
  const project = plane.resolveProject(options.project).name
  const action = plane.appIds.create(project, name, settings, { ignoreIfExists })
  return changed(plane.appIds.get(project, name), action)
}

export async function updateAppId(
  context: CommandContext,
  { word, name, options }: AppIdChange,
): Promise<Printable> {
  const settings = await appIdSettings(context, options, word)
  if (Object.keys(settings).length === 0) {
    const option = word === 'app' ? '--endpoint URL' : '--app-config NAME'
    throw new McpAuthError('USAGE', `There is nothing to change in App ID "${name}".`, {
      hint: `Pass an option such as ${option}.`,
    })
  }
  const plane = await context.controlPlane()
  const project = plane.resolveProject(options.project).name
  const action = upsert({ context, plane, project }, name, settings)
  return changed(plane.appIds.get(project, name), action)
}

interface Target {
  readonly context: CommandContext
  readonly plane: ControlPlane
  readonly project: string
}

function upsert(target: Target, name: string, settings: AppIdSettings): string {
  const { context, plane, project } = target
  try {
    return plane.appIds.update(project, name, settings)
  } catch (error) {
    if (!isMissing(error) || hasSimilar(target, name)) throw error
  }
  const action = plane.appIds.create(project, name, settings)
  context.notice(`App ID ${name} did not exist in project ${project}: created.`)
  return action
}

function isMissing(error: unknown): boolean {
  return error instanceof McpAuthError && error.code === 'APPID_NOT_FOUND'
}

/** Such a name is more likely a slip than a new App ID. */
function hasSimilar({ plane, project }: Target, name: string): boolean {
  const names = plane.appIds.list(project).map((appId) => appId.name)
  return suggest(name, names) !== undefined
}
