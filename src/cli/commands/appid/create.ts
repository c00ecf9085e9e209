// `mcpauth appid create` creates an App ID.
import { appIdOptions, appIdSettings } from '../../app-id-options.ts'
import { defineCommand } from '../../command.ts'
import { changed } from '../../output/documents.ts'

export const appIdCreate = defineCommand({
  description:
    'An App ID is an application with a sidecar and an API token of its own. "mcpauth dev run --app-id NAME" also creates it.',
  args: { name: { takes: 'one', description: 'The new App ID' } },
  options: {
    ...appIdOptions,
    'ignore-if-exists': {
      type: 'boolean',
      description: 'Leave an App ID of that name as it is, without an error',
    },
  },
  examples: [
    'mcpauth appid create mcp-client',
    'mcpauth appid create mcp-server --app-config bearer-server-config --ignore-if-exists',
  ],
  async run(context, { args, options }) {
    const settings = await appIdSettings(context, options)
    const plane = await context.controlPlane()
    const project = plane.resolveProject(options.project).name
    const ignoreIfExists = options['ignore-if-exists']
    const action = plane.appIds.create(project, args.name, settings, { ignoreIfExists })
    return changed(plane.appIds.get(project, args.name), action)
  },
})
