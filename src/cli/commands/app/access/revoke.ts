// `mcpauth app access revoke` takes from callers the right to call an App ID.
import { revoked } from '../../../access-policies.ts'
import { appAccessOptions, appArgument, changeAppAccess } from '../../../app-access.ts'
import { defineCommand } from '../../../command.ts'

export const appAccessRevoke = defineCommand({
  description:
    'Removes the policies of each caller, operations included, from the Configuration that the App ID runs. Where everybody ' +
    'else may call, it writes one that denies the caller. Running sidecars follow within a second.',
  args: { name: appArgument },
  options: appAccessOptions,
  examples: ['mcpauth app access revoke mcp-server --caller mcp-client'],
  async run(context, { args, options }) {
    const { caller: callers, project } = options
    return changeAppAccess(context, { app: args.name, callers, project }, revoked)
  },
})
