// `mcpauth login` says that there is nothing to log in to.
import { defineCommand } from '../command.ts'

export const login = defineCommand({
  description: 'Exits with 0 and does nothing, so that scripts written for Diagrid Catalyst go on.',
  args: {},
  options: {},
  examples: ['mcpauth login'],
  run(context) {
    context.notice('No account is needed: everything runs and is stored on this machine.')
    return undefined
  },
})
