// `mcpauth token revoke` ends one login by its id.
import { McpAuthError } from '../../../core/errors.ts'
import { defineCommand } from '../../command.ts'
import { endLogins } from '../../end-logins.ts'
import { projectOption } from '../../options.ts'

export const tokenRevoke = defineCommand({
  description:
    'Does what "mcpauth logout" does, for one login, also one of a Component that is gone. "mcpauth token list -o name" lists the ids.',
  args: { id: { takes: 'one', description: 'Id of the login' } },
  options: { project: projectOption },
  examples: ['mcpauth token revoke Nq0bJ9mX3rZt5vYwA1cE7g'],
  async run(context, { args: { id }, options }) {
    const plane = await context.controlPlane()
    const project = plane.resolveProject(options.project).name
    const grant = plane.grants.list(project).find((view) => view.id === id)
    if (grant === undefined) {
      throw new McpAuthError('LOGIN_REQUIRED', `There is no login with the id "${id}".`, {
        hint: 'List what is there with: mcpauth token list -o name',
      })
    }
    await endLogins(context, plane, { project, grants: [grant] })
    return `token/${id} revoked\n`
  },
})
