// `mcpauth mcpserver list` lists the MCP servers of a project.
import { defineCommand } from '../../command.ts'
import {
  accessOf,
  mcpServerDocument,
  stateOf,
  transportOf,
  whereOf,
} from '../../mcp-server-rows.ts'
import { outputOption, projectOption } from '../../options.ts'
import { list } from '../../output/documents.ts'

export const mcpServerList = defineCommand({
  description:
    'Of one project, by name. With -o yaml or -o json the manifests, with secrets as *** and whether they are enabled.',
  args: {},
  options: { project: projectOption, output: outputOption },
  examples: ['mcpauth mcpserver list -o json'],
  async run(context, { options }) {
    const plane = await context.controlPlane()
    const servers = plane.mcpServers.list(plane.resolveProject(options.project).name)
    return list(servers.map(mcpServerDocument), {
      heading: ['NAME', 'STATUS', 'TRANSPORT', 'ENDPOINT', 'ACCESS'],
      rows: servers.map((server) => [
        server.name,
        stateOf(server),
        transportOf(server.manifest),
        whereOf(server.manifest),
        accessOf(server),
      ]),
    })
  },
})
