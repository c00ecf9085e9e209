// `mcpauth mcpserver disable` closes an MCP server to every caller, whatever its policy says.
import { defineCommand } from '../../command.ts'
import { serverArgument } from '../../mcp-access.ts'
import { mcpServerDocument } from '../../mcp-server-rows.ts'
import { outputOption, projectOption, waitOption } from '../../options.ts'
import { changed } from '../../output/documents.ts'

export const mcpServerDisable = defineCommand({
  description:
    'Every call to it is refused until it is enabled again; applying its manifest does not enable it. Running sidecars follow ' +
    'within a second.',
  args: { name: serverArgument },
  options: { wait: waitOption, project: projectOption, output: outputOption },
  examples: ['mcpauth mcpserver disable calculator'],
  async run(context, { args, options }) {
    const plane = await context.controlPlane()
    const project = plane.resolveProject(options.project).name
    const change = plane.mcpServers.setEnabled(project, args.name, false)
    const action = change === 'unchanged' ? change : 'disabled'
    return changed(mcpServerDocument(plane.mcpServers.get(project, args.name)), action)
  },
})
