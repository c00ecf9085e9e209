// `mcpauth appid update` changes an App ID, such as the Configuration it runs.
import { updateAppId } from '../../app-id-changes.ts'
import { appIdOptions } from '../../app-id-options.ts'
import { defineCommand } from '../../command.ts'

export const appIdUpdate = defineCommand({
  description:
    'An App ID that does not exist is created, unless one of a similar name does: then this is an error.\n' +
    'A running sidecar follows within a second.',
  args: { name: { takes: 'one', completes: 'app-ids', description: 'The App ID' } },
  options: appIdOptions,
  examples: [
    'mcpauth appid update mcp-server --app-config bearer-server-config',
    'mcpauth appid update mcp-server --app-config ""',
    'printenv TOKEN | mcpauth appid update mcp-server --app-token -',
  ],
  run: async (context, { args, options }) =>
    updateAppId(context, { word: 'appid', name: args.name, options }),
})
