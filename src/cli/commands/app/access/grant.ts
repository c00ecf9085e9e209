// `mcpauth app access grant` lets callers call an App ID.
import { granted, isOpen } from '../../../access-policies.ts'
import { appAccessOptions, appArgument, changeAppAccess } from '../../../app-access.ts'
import { defineCommand } from '../../../command.ts'

export const appAccessGrant = defineCommand({
  description:
    'Writes an accessControl policy for each caller into the Configuration that the App ID runs; where it runs none, into a ' +
    'new one of its name. The first grant closes the App ID to everybody else. Operations in a policy stay as they are. ' +
    'Running sidecars follow within a second.',
  args: { name: appArgument },
  options: appAccessOptions,
  examples: ['mcpauth app access grant mcp-server --caller mcp-client'],
  async run(context, { args, options }) {
    const { caller: callers, project } = options
    return changeAppAccess(context, { app: args.name, callers, project }, (manifest, caller) => {
      const after = granted(manifest, caller)
      if (isOpen(after)) {
        context.notice(
          `${context.style.warning('warning:')} defaultAction is allow: whoever has no policy may call "${args.name}" too.`,
        )
      }
      return after
    })
  },
})
