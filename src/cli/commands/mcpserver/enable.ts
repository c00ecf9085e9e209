// `mcpauth mcpserver enable` lets callers use an MCP server again.
import { defineCommand } from '../../command.ts'
import { serverArgument } from '../../mcp-access.ts'
import { mcpServerDocument } from '../../mcp-server-rows.ts'
import { outputOption, projectOption, waitOption } from '../../options.ts'
import { changed } from '../../output/documents.ts'

export const mcpServerEnable = defineCommand({
  description: 'A server is enabled from the start. Running sidecars follow within a second.',
  args: { name: serverArgument },
  options: { wait: waitOption, project: projectOption, output: outputOption },
  examples: ['mcpauth mcpserver enable calculator'],
  async run(context, { args, options }) {
    const plane = await context.controlPlane()
    const project = plane.resolveProject(options.project).name
    const change = plane.mcpServers.setEnabled(project, args.name, true)
    const action = change === 'unchanged' ? change : 'enabled'
    return changed(mcpServerDocument(plane.mcpServers.get(project, args.name)), action)
  },
})
