// The program: the real process as a World, and its exit code. Nothing else reads `process`.
import { homedir } from 'node:os'

import { systemClock } from '../core/clock.ts'
import { runCommandLine } from './program.ts'
import { report } from './report.ts'
import { readGlobalFlags } from './global-flags.ts'
import { plain } from './output/style.ts'
import type { World } from './world.ts'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const interruptedExitCode = 130
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

process.stdout.on('error', endWithReader)
process.stderr.on('error', endWithReader)
process.on('SIGINT', () => {
  if (signalListeners.size === 0) process.exit(interruptedExitCode)
})
process.on('uncaughtException', (error) => {
  const { text, exitCode } = report(error, { ...readGlobalFlags(world.argv), style: plain })
  process.stderr.write(text)
  process.exit(exitCode)
})

process.exitCode = await runCommandLine(world)
// What still holds the process, such as output that nobody reads, has had its time.
setTimeout(() => process.exit(), 1000).unref()

/**
 * Whoever reads the output has seen enough, as in `mcpauth … | head`: a command ends quietly, with the exit code it has by
 * then, and one that has something to stop is told so first.
 */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
  if (signalListeners.size === 0) process.exit()
  for (const listener of signalListeners) listener('SIGPIPE')
}
