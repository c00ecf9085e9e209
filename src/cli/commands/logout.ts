// `mcpauth logout`: forgets the tokens that logins for a Component left behind.
import { McpAuthError } from '../../core/errors.ts'
import { defineCommand } from '../command.ts'
import { projectOption } from '../options.ts'

export const logout = defineCommand({
  description:
    'Removes the tokens from this machine; at the authorization server the login goes on until it ends there.',
  args: {
    component: { takes: 'one', completes: 'components', description: 'Component to log out of' },
  },
  options: { project: projectOption },
  examples: ['mcpauth logout oauth2'],
  async run(context, { args, options }) {
    const plane = await context.controlPlane()
    const project = plane.resolveProject(options.project).name
    const own = plane.grants.list(project).filter(({ component }) => component === args.component)
    if (own.length === 0) {
      throw new McpAuthError('LOGIN_REQUIRED', `Nobody is logged in for ${args.component}.`, {
        hint: 'List what is there with: mcpauth token list',
      })
    }
    for (const { id } of own) plane.grants.delete(project, id)
    context.notice(`Logged out of ${args.component}.`)
    return undefined
  },
})
