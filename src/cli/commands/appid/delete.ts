// `mcpauth appid delete` deletes an App ID and its API token.
import { defineCommand } from '../../command.ts'
import { confirm } from '../../confirm.ts'
import { confirmOptions, forceOption, outputOption, projectOption } from '../../options.ts'
import { deleted } from '../../output/documents.ts'

export const appIdDelete = defineCommand({
  description:
    'Asks first. An App ID whose sidecar runs, or that a resource names in its scopes, is kept unless forced.',
  args: { name: { takes: 'one', completes: 'app-ids', description: 'The App ID' } },
  options: {
    force: forceOption,
    ...confirmOptions,
    project: projectOption,
    output: outputOption,
  },
  examples: ['mcpauth appid delete mcp-client --yes'],
  async run(context, { args, options }) {
    const plane = await context.controlPlane()
    const project = plane.resolveProject(options.project).name
    const appId = plane.appIds.get(project, args.name)
    await confirm(
      context,
      `Delete App ID "${args.name}" of project "${project}" and its API token?`,
      options.yes || options.approve || options.force,
    )
    plane.appIds.delete(project, args.name, { force: options.force })
    return deleted(appId)
  },
})
