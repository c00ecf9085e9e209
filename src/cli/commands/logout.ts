// `mcpauth logout`: ends the logins for a Component, here and at the authorization server.
import { McpAuthError } from '../../core/errors.ts'
import { defineCommand } from '../command.ts'
import { endLogins } from '../end-logins.ts'
import { projectOption } from '../options.ts'

export const logout = defineCommand({
  description:
    'Removes the tokens from this machine, and revokes them at the authorization server, where it has an endpoint for that; ' +
    'otherwise it says so. A running sidecar may hold an access token until that ends.',
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
    await endLogins(context, plane, { project, grants: own })
    context.notice(`Logged out of ${args.component}.`)
    return undefined
  },
})
