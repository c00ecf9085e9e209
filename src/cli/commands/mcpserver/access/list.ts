// `mcpauth mcpserver access list` lists the access policies of a project.
import { defineCommand } from '../../../command.ts'
import { accessOf, stateOf } from '../../../mcp-server-rows.ts'
import { outputOption, projectOption } from '../../../options.ts'
import { list } from '../../../output/documents.ts'

export const mcpServerAccessList = defineCommand({
  description: 'One row for each MCPServer, with everybody who may use anything of it.',
  args: {},
  options: { project: projectOption, output: outputOption },
  examples: ['mcpauth mcpserver access list'],
  async run(context, { options }) {
    const plane = await context.controlPlane()
    const project = plane.resolveProject(options.project).name
    const servers = plane.mcpServers.list(project)
    const policies = servers.map(({ name }) => plane.mcpServers.policy(project, name))
    return list(policies, {
      heading: ['NAME', 'RULES', 'CALLERS', 'STATUS'],
      rows: servers.map((server) => [
        server.name,
        String(server.policy.rules.length),
        accessOf(server),
        stateOf(server),
      ]),
    })
  },
})
