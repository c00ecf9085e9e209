// `mcpauth app update` changes an App ID, such as where its application is.
import { updateAppId } from '../../app-id-changes.ts'
import { appOptions, fromAppOptions } from '../../app-id-options.ts'
import { defineCommand } from '../../command.ts'

export const appUpdate = defineCommand({
  description:
    'An App ID that does not exist is created, unless one of a similar name does: then this is an error.\n' +
    'A running sidecar follows within a second. A Configuration is attached with "mcpauth appid update".',
  args: { name: { takes: 'one', completes: 'app-ids', description: 'The App ID' } },
  options: appOptions,
  examples: [
    'mcpauth app update mcp-server --endpoint http://127.0.0.1:8000',
    'printenv TOKEN | mcpauth app update mcp-server --endpoint-token -',
  ],
  run: async (context, { args, options }) =>
    updateAppId(context, { word: 'app', name: args.name, options: fromAppOptions(options) }),
})
