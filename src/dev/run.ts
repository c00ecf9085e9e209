// `mcpauth dev run` of one app: apply, start the sidecar, start the command, keep both in step with changes, end together.
import { AppLogs } from './app-logs.ts'
import { AppRun } from './app-run.ts'
import { boundedOutput } from './bounded-output.ts'
import { devConsole } from './console.ts'
import type { DevRunOptions, DevRunWorld, RunWideOptions } from './run-options.ts'
import { completed, RunSteps } from './run-steps.ts'
import { watchSignals } from './signals.ts'

/**
 * Runs until the command ends, or without a command until a signal. Resolves with the exit code: the command's own, 130
 * after SIGINT, 0 after `POST /v1.0/shutdown`. Throws McpAuthError for everything that keeps it from starting.
 */
export async function runDev(
  options: DevRunOptions & RunWideOptions,
  world: DevRunWorld,
): Promise<number> {
  const err = boundedOutput(world.stderr)
  const console = devConsole(options, world, err)
  const signals = watchSignals((listener) => world.onSignal(listener))
  const ended = Promise.withResolvers<number>()
  const { stdin } = world
  const logs = new AppLogs(world.clock)
  const app = new AppRun(options, world, {
    console,
    streams: { prefix: `== APP - ${options.appId} == `, stdin, ...logs.streams(options, world) },
    onShutdown: (exitCode) => ended.resolve(exitCode),
  })
  const startCommands = async (): Promise<void> => {
    const child = await app.startCommand()
    if (child === undefined) return
    signals.watch(child)
    void child.exited.then((code) => ended.resolve(code))
  }
  const { envServerPort } = options
  const close = (): Promise<void> => logs.close()
  const parts = { console, err, signals, ended, startCommands, envServerPort, close }
  return completed(new RunSteps([app], world, parts))
}
