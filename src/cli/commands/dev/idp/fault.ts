// `mcpauth dev idp fault`: one failure of the running development authorization server.
import { McpAuthError } from '../../../../core/errors.ts'
import { defineCommand } from '../../../command.ts'

const faults = {
  expire: 'The next access token has expired when it is issued.',
  revoke: 'All that was issued until now is revoked.',
  slow: 'The next answer at the path is late.',
  down: 'The next request at the path gets no answer.',
  rotate: 'New keys sign from now on, and the earlier ones are gone.',
} as const

type Kind = keyof typeof faults

const isKind = (text: string): text is Kind => Object.hasOwn(faults, text)

export const devIdpFault = defineCommand({
  description:
    'Makes the running dev idp fail once, to see what clients do about it. expire: the next access token has expired ' +
    'already. revoke: refresh tokens, codes and what introspection knows end at once. slow and down: one request. ' +
    'rotate: new signing keys without the earlier ones, whose tokens no longer verify.',
  args: {
    fault: { takes: 'one', description: `One of ${Object.keys(faults).join(', ')}` },
  },
  options: {
    path: {
      type: 'string',
      value: 'WHERE',
      default: '/token',
      description: 'Of slow and down: the path whose next request it is',
    },
    seconds: {
      type: 'integer',
      value: 'SECONDS',
      min: 1,
      max: 3600,
      description: 'Of slow: how late the answer is; default 10',
    },
  },
  examples: ['mcpauth dev idp fault expire', 'mcpauth dev idp fault down --path /jwks'],
  async run(context, { args: { fault }, options: { path, seconds = 10 } }) {
    if (!isKind(fault)) {
      throw new McpAuthError('USAGE', `There is no fault "${fault}".`, {
        hint: `Use one of: ${Object.keys(faults).join(', ')}.`,
      })
    }
    const { provokeFault } = await import('../../../../dev/idp/run-fault.ts')
    const issuer = await provokeFault(context.home, { kind: fault, path, seconds })
    context.notice(`${issuer}: ${faults[fault]}`)
    return undefined
  },
})
