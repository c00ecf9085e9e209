// `get`, `list` and `delete` of App IDs, for `appid` and for `app`, the newer word for the same.
import { isJsonObject, type Json } from '../core/json.ts'
import type { AppIdWithToken } from '../control-plane/app-ids.ts'
import type { AppWord } from './app-id-options.ts'
import { appConfigOf, appEndpointOf, statusOf } from './app-id-rows.ts'
import { type Command, defineCommand } from './command.ts'
import { confirm } from './confirm.ts'
import { confirmOptions, forceOption, outputOption, projectOption } from './options.ts'
import { deleted, list, one } from './output/documents.ts'

export function appIdGetCommand(word: AppWord): Command {
  return defineCommand({
    description:
      'A table leaves out what is secret; -o yaml and -o json print the whole document, with the API token.',
    args: { name: { takes: 'one', completes: 'app-ids', description: 'The App ID' } },
    options: { project: projectOption, output: outputOption },
    examples: [`mcpauth ${word} get mcp-client`, `mcpauth ${word} get mcp-client -o json`],
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
}

function withToken({ manifest, apiToken, session }: AppIdWithToken): Json {
  const status = isJsonObject(manifest['status']) ? manifest['status'] : {}
  const running =
    session === undefined ? {} : { session: { pid: session.pid, httpPort: session.httpPort } }
  return { ...manifest, status: { ...status, apiToken: apiToken.reveal(), ...running } }
}

export function appIdListCommand(word: AppWord): Command {
  return defineCommand({
    description: 'Of one project, by name. The API tokens are not printed.',
    args: {},
    options: { project: projectOption, output: outputOption },
    examples: [`mcpauth ${word} list`],
    async run(context, { options }) {
      const plane = await context.controlPlane()
      const appIds = plane.appIds.list(plane.resolveProject(options.project).name)
      return list(appIds, {
        heading: ['NAME', 'STATUS', 'CONFIG', 'ENDPOINT'],
        rows: appIds.map((appId) => [
          appId.name,
          statusOf(appId),
          appConfigOf(appId),
          appEndpointOf(appId),
        ]),
      })
    },
  })
}

export function appIdDeleteCommand(word: AppWord): Command {
  return defineCommand({
    description:
      'Asks first. An App ID whose sidecar runs, or that a resource names in its scopes, is kept unless forced.',
    args: { name: { takes: 'one', completes: 'app-ids', description: 'The App ID' } },
    options: {
      force: forceOption,
      ...confirmOptions,
      project: projectOption,
      output: outputOption,
    },
    examples: [`mcpauth ${word} delete mcp-client --yes`],
    async run(context, { args, options }) {
      const plane = await context.controlPlane()
      const project = plane.resolveProject(options.project).name
      const appId = plane.appIds.get(project, args.name)
      await confirm(
        context,
        `Delete App ID "${args.name}" of project "${project}" and its API token?`,
        options.yes || options.approve || options.force,
      )
      plane.appIds.delete(project, args.name, { force: options.force })
      return deleted(appId)
    },
  })
}
