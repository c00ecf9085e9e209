// `mcpauth mcpserver access get` shows who may use what of one MCP server.
import { defineCommand } from '../../../command.ts'
import { namesText, serverArgument } from '../../../mcp-access.ts'
import { outputOption, projectOption } from '../../../options.ts'
import { list, one } from '../../../output/documents.ts'

export const mcpServerAccessGet = defineCommand({
  description:
    'One row for each rule; a tool with (*) is granted with some arguments only. -o yaml and -o json print the policy, to be ' +
    'applied again.',
  args: { name: serverArgument },
  options: { project: projectOption, output: outputOption },
  examples: ['mcpauth mcpserver access get calculator'],
  async run(context, { args, options }) {
    const plane = await context.controlPlane()
    const project = plane.resolveProject(options.project).name
    const { policy } = plane.mcpServers.get(project, args.name)
    const document = plane.mcpServers.policy(project, args.name)
    if (policy.rules.length === 0 && options.output === 'table') {
      context.notice(`No rule: nobody may use anything of MCPServer "${args.name}".`)
    }
    const table = list([document], {
      heading: ['RULE', 'CALLERS', 'TOOLS', 'RESOURCES', 'PROMPTS', 'MODE'],
      rows: policy.rules.map((rule, index) => [
        String(index + 1),
        rule.callers.join(', '),
        namesText(rule, 'tools'),
        namesText(rule, 'resources'),
        namesText(rule, 'prompts'),
        rule.mode,
      ]),
    })
    return { ...one(document, []), text: (style) => table.text(style) }
  },
})
