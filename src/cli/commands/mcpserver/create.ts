// `mcpauth mcpserver create` makes an MCP server, with its App ID and a policy that denies everything.
import { defineCommand } from '../../command.ts'
import { mcpServerOptions } from '../../mcp-server-options.ts'
import { commandNotice, mcpServerDocument } from '../../mcp-server-rows.ts'
import { changed } from '../../output/documents.ts'

export const mcpServerCreate = defineCommand({
  description:
    'Writes what a manifest of kind MCPServer would say; what has no option here is said in one, and applied. The App ID of ' +
    'its name is made with it, and a policy that lets nobody in: open it with "mcpauth mcpserver access grant".',
  args: { name: { takes: 'one', description: 'The new MCPServer' } },
  options: {
    ...mcpServerOptions,
    'ignore-if-exists': {
      type: 'boolean',
      description: 'Leave an MCPServer of that name as it is, without an error',
    },
  },
  examples: [
    'mcpauth mcpserver create calculator --url http://127.0.0.1:8000/mcp',
    'mcpauth mcpserver create github --url https://mcp.example.com/mcp --header-from-secret X-Api-Key=github/key',
    'mcpauth mcpserver create files --command npx --arg -y --arg @modelcontextprotocol/server-filesystem --arg .',
  ],
  async run(context, { args, options }) {
    const { mcpServerResource } = await import('../../mcp-server-manifest.ts')
    const server = mcpServerResource(context, args.name, { options })
    const plane = await context.controlPlane()
    const project = plane.resolveProject(options.project).name
    const ignoreIfExists = options['ignore-if-exists']
    const action = plane.mcpServers.create(project, server, { ignoreIfExists })
    const stored = plane.mcpServers.get(project, args.name)
    if (action !== 'unchanged') for (const line of commandNotice(stored)) context.notice(line)
    return changed(mcpServerDocument(stored), action)
  },
})
