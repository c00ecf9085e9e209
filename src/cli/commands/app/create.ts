// `mcpauth app create` creates an App ID.
import { createAppId, ignoreIfExistsOption } from '../../app-id-changes.ts'
import { appOptions, fromAppOptions } from '../../app-id-options.ts'
import { defineCommand } from '../../command.ts'

export const appCreate = defineCommand({
  description:
    'The same as "mcpauth appid create", in the newer words of Diagrid Catalyst. A Configuration is attached with "mcpauth appid update".',
  args: { name: { takes: 'one', description: 'The new App ID' } },
  options: { ...appOptions, 'ignore-if-exists': ignoreIfExistsOption },
  examples: ['mcpauth app create mcp-client --wait'],
  run: async (context, { args, options }) =>
    createAppId(
      context,
      { word: 'app', name: args.name, options: fromAppOptions(options) },
      options['ignore-if-exists'],
    ),
})
