// Logins that are missing when a run starts: made now, waited for, or a reason to end before the command is started.
import { setTimeout as delay } from 'node:timers/promises'

import { McpAuthError } from '../core/errors.ts'
import type { StartReports } from '../data-plane/sidecar.ts'
import type { Checklist } from './checklist.ts'
import { openBrowser } from './open-browser.ts'
import type { DevRunWorld, LoginMode } from './run-options.ts'
import { loginToComponent } from './user-login.ts'

interface Waiting {
  readonly world: DevRunWorld
  readonly project: string
  readonly mode: LoginMode
  readonly checklist: Checklist
  readonly interruption: AbortSignal
  /** Starts the handlers once more. */
  readonly again: () => Promise<StartReports>
}

/** Longer than a handler rests before it looks for a login again, in ms. */
const pollMs = 700

/**
 * The reports, with every login there. Throws LOGIN_REQUIRED, with what to run, for `never` and wherever nobody sits at a
 * terminal: a run in CI must not hang.
 */
export async function afterLogins(reports: StartReports, waiting: Waiting): Promise<StartReports> {
  const missing = missingLogins(reports)
  if (missing.length === 0) return reports
  const { world, mode, checklist, project, interruption, again } = waiting
  const commands = missing.map((name) => `mcpauth login ${name} --project ${project}`)
  if (mode === 'never' || !world.stdin.isTTY || !world.stderr.isTTY) {
    throw new McpAuthError('LOGIN_REQUIRED', `Nobody is logged in for ${missing.join(', ')}.`, {
      hint: `Run: ${commands.join('; ')}`,
    })
  }
  if (mode === 'auto') for (const component of missing) await logInNow(component, waiting)
  else checklist.warned('login', 'waiting for it', `In another terminal: ${commands.join('; ')}`)
  let current = reports
  while (missingLogins(current).length > 0) {
    await delay(pollMs, undefined, { signal: interruption })
    current = await again()
  }
  return current
}

async function logInNow(component: string, waiting: Waiting): Promise<void> {
  const { world, project, checklist, interruption } = waiting
  await loginToComponent(
    world.controlPlane,
    { project, component },
    {
      clock: world.clock,
      signal: interruption,
      show: (url, start) => {
        checklist.note(`Log in for ${component} at: ${url.href}\n`)
        openBrowser(start, world.env)
      },
    },
  )
  checklist.done('login', component)
}

function missingLogins({ handlers }: StartReports): string[] {
  const names = handlers.flatMap(({ steps }) =>
    steps.flatMap(({ login }) => (login === undefined ? [] : [login])),
  )
  return [...new Set(names)]
}
