// `mcpauth appid get` shows one App ID; as YAML or JSON with its API token.
import { isJsonObject, type Json } from '../../../core/json.ts'
import type { AppIdWithToken } from '../../../control-plane/app-ids.ts'
import { appConfigOf, appEndpointOf, statusOf } from '../../app-id-rows.ts'
import { defineCommand } from '../../command.ts'
import { outputOption, projectOption } from '../../options.ts'
import { one } from '../../output/documents.ts'

export const appIdGet = defineCommand({
  description:
    'A table leaves out what is secret; -o yaml and -o json print the whole document, with the API token.',
  args: { name: { takes: 'one', completes: 'app-ids', description: 'The App ID' } },
  options: { project: projectOption, output: outputOption },
  examples: ['mcpauth appid get mcp-client', 'mcpauth appid get mcp-client -o json'],
  async run(context, { args, options }) {
    const plane = await context.controlPlane()
    const project = plane.resolveProject(options.project).name
    const appId = plane.appIds.get(project, args.name)
    const printable = one(appId, [
      ['Name', appId.name],
      ['Project', project],
      ['Status', statusOf(appId)],
      ['Config', appConfigOf(appId) || 'none'],
      ['Endpoint', appEndpointOf(appId) || 'none'],
      ['Created', appId.createdAt],
      ['Updated', appId.updatedAt],
    ])
    return { ...printable, json: () => withToken(appId) }
  },
})

function withToken({ manifest, apiToken, session }: AppIdWithToken): Json {
  const status = isJsonObject(manifest['status']) ? manifest['status'] : {}
  const running =
    session === undefined ? {} : { session: { pid: session.pid, httpPort: session.httpPort } }
  return { ...manifest, status: { ...status, apiToken: apiToken.reveal(), ...running } }
}
