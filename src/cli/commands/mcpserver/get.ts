// `mcpauth mcpserver get` shows one MCP server.
import { listAt, textAt } from '../../../core/pointer.ts'
import { defineCommand } from '../../command.ts'
import { serverArgument } from '../../mcp-access.ts'
import {
  accessOf,
  healthText,
  mcpServerDocument,
  stateOf,
  transportOf,
  whereOf,
} from '../../mcp-server-rows.ts'
import { outputOption, projectOption } from '../../options.ts'
import { one } from '../../output/documents.ts'

export const mcpServerGet = defineCommand({
  description:
    'The table is a summary; -o yaml and -o json print the manifest, with secrets as *** and whether it is enabled. Running ' +
    'sidecars look every half minute whether a connection can be had; "mcpauth mcpserver tools list" asks the server itself.',
  args: { name: serverArgument },
  options: { project: projectOption, output: outputOption },
  examples: ['mcpauth mcpserver get calculator', 'mcpauth mcpserver get calculator -o yaml'],
  async run(context, { args, options }) {
    const plane = await context.controlPlane()
    const project = plane.resolveProject(options.project).name
    const server = plane.mcpServers.get(project, args.name)
    const { manifest } = server
    const sightings = plane.mcpHealth.sightings(project, args.name)
    const isWatched = plane.sessions.list(project).length > 0
    const scopes = listAt(manifest, '/scopes').map(String).join(', ')
    return one(mcpServerDocument(server, sightings), [
      ['Name', server.name],
      ['Display name', textAt(manifest, '/spec/catalog/displayName')],
      ['Project', project],
      ['Status', stateOf(server)],
      ['Health', healthText(server, sightings, isWatched)],
      ['Transport', transportOf(manifest)],
      [transportOf(manifest) === 'stdio' ? 'Command' : 'URL', whereOf(manifest)],
      ['Access', accessOf(server)],
      ['Scopes', scopes || 'every App ID of the project'],
      ['Created', server.createdAt],
      ['Updated', server.updatedAt],
      ['From', server.place],
    ])
  },
})
