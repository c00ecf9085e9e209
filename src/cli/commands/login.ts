// `mcpauth login`: a user logs in for a Component, in a browser.
import { createInterface } from 'node:readline'
import { McpAuthError } from '../../core/errors.ts'
import type { DeviceCode } from '../../oauth/device-code.ts'
import { defineCommand } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { projectOption } from '../options.ts'

export const login = defineCommand({
  description:
    'Gets the tokens that a middleware.http.oauth2 with grantType authorization_code attaches, and keeps them encrypted. ' +
    'Opens a browser, and prints the URL; where the browser runs on another machine, paste the address that it ends at, or ' +
    'pipe it into the standard input. ' +
    'mcpauth itself has no account: without a Component it names those that need a login and have none, and exits with 0.',
  args: {
    component: {
      takes: 'optional',
      completes: 'components',
      description: 'Component to log in for',
    },
  },
  options: {
    'no-browser': { type: 'boolean', description: 'Open no browser, only print the URL' },
    device: {
      type: 'boolean',
      description: 'Show a code to type in on any other device, and wait (RFC 8628)',
    },
    scopes: {
      type: 'string',
      value: 'SCOPES',
      description: 'Scopes to ask for beside those of the Component, as a refusal names them',
    },
    project: projectOption,
  },
  examples: ['mcpauth login', 'mcpauth login oauth2', 'mcpauth login oauth2 --no-browser'],
  async run(context, { args, options }) {
    const { component } = args
    const plane = await context.controlPlane()
    const project = plane.resolveProject(options.project).name
    const { loginToComponent } = await import('../../dev/user-login.ts')
    if (component === undefined) {
      await tellWhatNeedsLogin(context, project)
      return undefined
    }
    const { splitScopes } = await import('../../oauth/client.ts')
    const { openBrowser } = await import('../../dev/open-browser.ts')
    const { world } = context
    const stopped = new AbortController()
    const forget = world.onSignal(() => stopped.abort())
    const lines = createInterface({ input: world.stdin, terminal: false })
    try {
      const done = await loginToComponent(
        plane,
        { project, component },
        {
          clock: world.clock,
          signal: stopped.signal,
          show: (url, start) => {
            context.notice(`Log in at: ${url.href}`)
            if (world.stdin.isTTY || options['no-browser']) {
              context.notice('Or paste the address here that the browser ends at:')
            }
            if (!options['no-browser']) openBrowser(start, world.env)
          },
          pasted: lines,
          ...(options.device ? { showCode: (code) => tellCode(context, code) } : {}),
          ...(options.scopes === undefined ? {} : { moreScopes: splitScopes(options.scopes) }),
          notPasted: () => context.notice('This is not the address that this login leads to.'),
        },
      )
      const until = new Date(done.expiresAt).toISOString()
      const renewal = done.isRenewable ? ', and is renewed by itself' : ''
      context.notice(`Logged in for ${component}. The token lasts until ${until}${renewal}.`)
      return undefined
    } catch (error) {
      if (stopped.signal.aborted) throw new McpAuthError('INTERRUPTED', 'Interrupted.')
      throw error
    } finally {
      forget()
      lines.close()
    }
  },
})

function tellCode(
  context: CommandContext,
  { userCode, verificationUrl, completeUrl }: DeviceCode,
): void {
  context.notice(`On any device, open: ${verificationUrl.href}`)
  context.notice(`and type in the code: ${userCode}`)
  if (completeUrl !== undefined) context.notice(`Or open: ${completeUrl.href}`)
}

async function tellWhatNeedsLogin(context: CommandContext, project: string): Promise<void> {
  const { userLoginOf } = await import('../../dev/user-login.ts')
  const plane = await context.controlPlane()
  const store = plane.grants.store(project)
  const names = plane.resources.list(project, 'Component').map(({ name }) => name)
  const needed = names.filter((name) => {
    try {
      const user = userLoginOf(plane, project, name)
      return user !== undefined && store.read(user.key)?.tokens === undefined
    } catch {
      // One that cannot be used is not mended by a login.
      return false
    }
  })
  context.notice('No account is needed: everything runs and is stored on this machine.')
  for (const name of needed) context.notice(`Needs a login: mcpauth login ${name}`)
}
