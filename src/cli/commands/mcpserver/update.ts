// `mcpauth mcpserver update` changes how an MCP server is reached.
import { McpAuthError } from '../../../core/errors.ts'
import { defineCommand } from '../../command.ts'
import { serverArgument } from '../../mcp-access.ts'
import { mcpServerOptions, saysSomething } from '../../mcp-server-options.ts'
import { commandNotice, mcpServerDocument } from '../../mcp-server-rows.ts'
import { changed } from '../../output/documents.ts'

export const mcpServerUpdate = defineCommand({
  description:
    'What no option names stays as it is. A header takes the place of one of the same name; to remove something, apply a ' +
    'manifest without it. Running sidecars follow within a second.',
  args: { name: serverArgument },
  options: mcpServerOptions,
  examples: ['mcpauth mcpserver update calculator --url http://127.0.0.1:9000/mcp'],
  async run(context, { args, options }) {
    if (!saysSomething(options)) {
      throw new McpAuthError('USAGE', `There is nothing to change in MCPServer "${args.name}".`, {
        hint: 'Pass an option such as --url URL.',
      })
    }
    const { mcpServerResource } = await import('../../mcp-server-manifest.ts')
    const plane = await context.controlPlane()
    const project = plane.resolveProject(options.project).name
    const action = plane.mcpServers.update(project, args.name, (before) =>
      mcpServerResource(context, args.name, { options, before }),
    )
    const stored = plane.mcpServers.get(project, args.name)
    if (action !== 'unchanged') for (const line of commandNotice(stored)) context.notice(line)
    return changed(mcpServerDocument(stored), action)
  },
})
