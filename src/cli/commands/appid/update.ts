// `mcpauth appid update` changes an App ID, such as the Configuration it runs.
import type { ControlPlane } from '../../../control-plane/control-plane.ts'
import type { AppIdSettings } from '../../../control-plane/app-identity.ts'
import { McpAuthError } from '../../../core/errors.ts'
import { suggest } from '../../../core/suggest.ts'
import { appIdOptions, appIdSettings } from '../../app-id-options.ts'
import { defineCommand } from '../../command.ts'
import type { CommandContext } from '../../context.ts'
import { changed } from '../../output/documents.ts'

export const appIdUpdate = defineCommand({
  description:
    'An App ID that does not exist is created, unless one of a similar name does: then this is an error.\n' +
    'A running sidecar follows within a second.',
  args: { name: { takes: 'one', completes: 'app-ids', description: 'The App ID' } },
  options: appIdOptions,
  examples: [
    'mcpauth appid update mcp-server --app-config bearer-server-config',
    'mcpauth appid update mcp-server --app-config ""',
    'printenv TOKEN | mcpauth appid update mcp-server --app-token -',
  ],
  async run(context, { args, options }) {
    const settings = await appIdSettings(context, options)
    if (Object.keys(settings).length === 0) {
      throw new McpAuthError('USAGE', `There is nothing to change in App ID "${args.name}".`, {
        hint: 'Pass an option such as --app-config NAME.',
      })
    }
    const plane = await context.controlPlane()
    const project = plane.resolveProject(options.project).name
    const action = upsert({ context, plane, project }, args.name, settings)
    return changed(plane.appIds.get(project, args.name), action)
  },
})

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
