// `mcpauth appid create` creates an App ID.
import { createAppId, ignoreIfExistsOption } from '../../app-id-changes.ts'
import { appIdOptions } from '../../app-id-options.ts'
import { defineCommand } from '../../command.ts'

export const appIdCreate = defineCommand({
  description:
    'An App ID is an application with a sidecar and an API token of its own. "mcpauth dev run --app-id NAME" also creates it.',
  args: { name: { takes: 'one', description: 'The new App ID' } },
  options: { ...appIdOptions, 'ignore-if-exists': ignoreIfExistsOption },
  examples: [
    'mcpauth appid create mcp-client',
    'mcpauth appid create mcp-server --app-config bearer-server-config --ignore-if-exists',
  ],
  run: async (context, { args, options }) =>
    createAppId(context, { word: 'appid', name: args.name, options }, options['ignore-if-exists']),
})
