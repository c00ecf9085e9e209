// `mcpauth mcpserver list` lists the MCP servers of a project.
import { defineCommand } from '../../command.ts'
import {
  accessOf,
  healthOf,
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
    const project = plane.resolveProject(options.project).name
    const seen = plane.mcpServers.list(project).map((server) => ({
      server,
      sightings: plane.mcpHealth.sightings(project, server.name),
    }))
    const documents = seen.map(({ server, sightings }) => mcpServerDocument(server, sightings))
    return list(documents, {
      heading: ['NAME', 'STATUS', 'TRANSPORT', 'ENDPOINT', 'ACCESS', 'HEALTH'],
      rows: seen.map(({ server, sightings }) => [
        server.name,
        stateOf(server),
        transportOf(server.manifest),
        whereOf(server.manifest),
        accessOf(server),
        healthOf(sightings),
      ]),
    })
  },
})
