// `mcpauth mcpserver delete` deletes an MCP server with its App ID and its access policy.
import { defineCommand } from '../../command.ts'
import { confirm } from '../../confirm.ts'
import { serverArgument } from '../../mcp-access.ts'
import { confirmOptions, forceOption, outputOption, projectOption } from '../../options.ts'
import { deleted } from '../../output/documents.ts'

export const mcpServerDelete = defineCommand({
  description:
    'Asks first. Its App ID and its access policy go with it. A server whose sidecar runs, or that a scope names, is kept ' +
    'unless forced.',
  args: { name: serverArgument },
  options: {
    force: forceOption,
    ...confirmOptions,
    project: projectOption,
    output: outputOption,
  },
  examples: ['mcpauth mcpserver delete calculator --yes'],
  async run(context, { args, options }) {
    const plane = await context.controlPlane()
    const project = plane.resolveProject(options.project).name
    const server = plane.mcpServers.get(project, args.name)
    await confirm(
      context,
      `Delete MCPServer "${args.name}" of project "${project}", its App ID and its access policy?`,
      options.yes || options.approve || options.force,
    )
    plane.resources.delete(project, 'MCPServer', args.name, { force: options.force })
    return deleted(server)
  },
})
