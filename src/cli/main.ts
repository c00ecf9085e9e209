// The program: the real process as a World, and its exit code. Nothing else reads `process`.
import { homedir } from 'node:os'

import { systemClock } from '../core/clock.ts'
import { McpAuthError } from '../core/errors.ts'
import { runCommandLine } from './program.ts'
import { report } from './report.ts'
import { readGlobalFlags } from './global-flags.ts'
import { plain } from './output/style.ts'
import type { World } from './world.ts'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const interruptedExitCode = 130
/** Of an output that could not be written. */
let lostExitCode: number | undefined
const signalListeners = new Set<(name: NodeJS.Signals) => void>()

const world: World = {
  argv: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  platform: process.platform,
  userHome: homedir(),
  pid: process.pid,
  clock: systemClock,
  // Opened only by commands that read it.
  get stdin() {
    return process.stdin
  },
  stdout: process.stdout,
  stderr: process.stderr,
  onSignal(listener) {
    signalListeners.add(listener)
    // The parent that bin/mcpauth.js becomes on an old Node holds a channel; its end is the end of this process.
    const onDisconnect = (): void => listener('SIGTERM')
    for (const signal of signals) process.on(signal, listener)
    process.on('disconnect', onDisconnect)
    return () => {
      signalListeners.delete(listener)
      for (const signal of signals) process.off(signal, listener)
      process.off('disconnect', onDisconnect)
    }
  },
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => outputLost('Standard output', error))
process.stderr.on('error', (error: NodeJS.ErrnoException) => outputLost('Standard error', error))
process.on('SIGINT', () => {
  if (signalListeners.size === 0) process.exit(interruptedExitCode)
})
process.on('uncaughtException', (error) => process.exit(reported(error)))

// A promise chain and no top-level await: the build is CommonJS, which starts faster.
void runCommandLine(world).then((exitCode) => {
  process.exitCode = lostExitCode ?? exitCode
  // What still holds the process, such as output that nobody reads, has had its time.
  setTimeout(() => process.exit(), 1000).unref()
})

/**
 * An output that takes no more is the end of the command, told first to one that has something to stop. It is no failure
 * when whoever read has seen enough, as in `mcpauth … | head`: a command then ends quietly, with the exit code it has.
 */
function outputLost(name: string, error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') {
    const code = error.code ?? 'unknown error'
    lostExitCode ??= reported(
      new McpAuthError('OUTPUT_UNWRITABLE', `${name} cannot be written (${code}).`),
    )
  }
  if (signalListeners.size === 0) process.exit(lostExitCode)
  for (const listener of signalListeners) listener('SIGPIPE')
}

/** The exit code of a failure that no command caught, once it is on standard error. */
function reported(error: unknown): number {
  const { text, exitCode: code } = report(error, { ...readGlobalFlags(world.argv), style: plain })
  process.stderr.write(text)
  return code
}
