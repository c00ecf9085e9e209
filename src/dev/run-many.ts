// `mcpauth dev run -f`: several apps, each with its sidecar, in one run.
import { setMaxListeners } from 'node:events'

import { McpAuthError } from '../core/errors.ts'
import { AppRun } from './app-run.ts'
import { AppLogs } from './app-logs.ts'
import { boundedOutput } from './bounded-output.ts'
import { devConsole } from './console.ts'
import { openDevIdp } from './idp/run.ts'
import type { DevIdp } from './idp/server.ts'
import type { AppOptions, RunFileOptions } from './run-file.ts'
import type { DevRunWorld, RunWideOptions } from './run-options.ts'
import { completed, RunSteps } from './run-steps.ts'
import { watchSignals } from './signals.ts'
import { Supervisor, type OnExit } from './supervisor.ts'

export interface RunManyOptions extends RunFileOptions, RunWideOptions {
  readonly onExit: OnExit
}

export interface RunManyWorld extends DevRunWorld {
  /** Colours what marks the output of the app of that number. */
  readonly paintApp: (index: number, text: string) => string
}

/**
 * Runs until all commands have ended, one has failed with `onExit: stop`, or a signal. Resolves with the exit code: 0, that
 * of the command that failed first, 130 after SIGINT. Throws McpAuthError for everything that keeps it from starting.
 */
export async function runMany(options: RunManyOptions, world: RunManyWorld): Promise<number> {
  const [first] = options.apps
  if (first === undefined) throw new McpAuthError('INTERNAL', 'A run file without apps was run.')
  // Every command adds its listeners to the same two streams.
  setMaxListeners(0, world.stdout, world.stderr)
  const err = boundedOutput(world.stderr)
  const console = devConsole(first, world, err)
  const signals = watchSignals((listener) => world.onSignal(listener))
  const supervisor = new Supervisor(options.onExit, console.checklist)
  const logs = new AppLogs(world.clock)
  const apps = options.apps.map((app, index) =>
    appRun(app, index, { world, err, logs, supervisor }),
  )
  const { ended } = supervisor
  let idp: DevIdp | undefined
  const wanted = options.idp
  const prepare = async (project: string): Promise<void> => {
    if (wanted === undefined) return
    const settings = { clientsFile: undefined, tokenLifetime: 600, algorithm: 'RS256' } as const
    const { home, clock, controlPlane } = world
    const opened = await openDevIdp(
      { ...wanted, ...settings },
      { home, clock, logger: console.logger },
    )
    idp = opened.idp
    const stored = new Set(controlPlane.secrets.list(project).map(({ name }) => name))
    for (const { client } of opened.wanted) {
      const { clientId, clientSecret } = client
      if (clientSecret === undefined || stored.has(clientId)) continue
      controlPlane.secrets.set(project, clientId, 'clientSecret', clientSecret)
      console.checklist.done('secret', `${clientId}/clientSecret stored`)
    }
    console.checklist.done('idp', idp.issuer)
  }
  const startCommands = async (): Promise<void> => {
    signals.watch(supervisor)
    await supervisor.start(apps)
  }
  const close = async (): Promise<void> => {
    await idp?.close()
    await logs.close()
  }
  const preparing = wanted === undefined ? {} : { prepare }
  const { envServerPort } = options
  const parts = { console, err, signals, ended, startCommands, envServerPort, close, ...preparing }
  try {
    return await completed(new RunSteps(apps, world, parts))
  } finally {
    supervisor.close()
  }
}

interface Shared {
  readonly world: RunManyWorld
  readonly err: ReturnType<typeof boundedOutput>
  readonly logs: AppLogs
  readonly supervisor: Supervisor
}

function appRun(options: AppOptions, index: number, shared: Shared): AppRun {
  const { world, err, logs, supervisor } = shared
  const { appId } = options
  return new AppRun(options, world, {
    console: logs.console(options, devConsole(options, world, err, appId)),
    streams: {
      prefix: `${world.paintApp(index, `== APP - ${appId} ==`)} `,
      stdin: undefined,
      ...logs.streams(options, world),
    },
    onShutdown: (exitCode) => supervisor.shutDown(exitCode),
  })
}
