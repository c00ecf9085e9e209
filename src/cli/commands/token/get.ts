// `mcpauth token get` shows what a login left behind; the token itself only when that is asked for.
import { McpAuthError } from '../../../core/errors.ts'
import { defineCommand } from '../../command.ts'
import { outputOption, projectOption } from '../../options.ts'
import { one } from '../../output/documents.ts'
import { grantDocument } from '../../grant-document.ts'

export const tokenGet = defineCommand({
  description:
    'Shows no token unless asked with --show-token, which prints the access token alone, as it was stored last: it may have ended.',
  args: {
    component: { takes: 'one', completes: 'components', description: 'Component of the login' },
  },
  options: {
    'show-token': { type: 'boolean', description: 'Print the access token, and nothing else' },
    project: projectOption,
    output: outputOption,
  },
  examples: ['mcpauth token get oauth2', 'mcpauth token get oauth2 --show-token'],
  async run(context, { args, options }) {
    const plane = await context.controlPlane()
    const project = plane.resolveProject(options.project).name
    const own = plane.grants.list(project).filter(({ component }) => component === args.component)
    const [first] = own
    if (first === undefined) {
      throw new McpAuthError('LOGIN_REQUIRED', `Nobody is logged in for ${args.component}.`, {
        hint: `Run: mcpauth login ${args.component}`,
      })
    }
    if (options['show-token']) {
      const tokens = plane.grants.tokens(project, first.id)
      if (tokens !== undefined) return `${tokens.accessToken.reveal()}\n`
      throw new McpAuthError('LOGIN_REQUIRED', `The login for ${args.component} is over.`, {
        hint: `Run: mcpauth login ${args.component}`,
      })
    }
    return one(grantDocument(first), [
      ['Component', first.component],
      ['User', first.user ?? first.subject],
      ['Issuer', first.issuer],
      ['Client', first.clientId],
      ['Resource', first.resource],
      ['Scope', first.grantedScope ?? first.scopes.join(' ')],
      ['Expires', first.expiresAt ?? 'login needed'],
      ['Renewed', first.isRenewable ? 'yes' : 'no'],
    ])
  },
})
