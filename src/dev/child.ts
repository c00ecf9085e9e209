// The user's command: started in a process group of its own, its output prefixed, stopped without leaving orphans.
import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { execa } from 'execa'

import { commandNotStarted } from './command-check.ts'
import { guardGroup } from './guard.ts'
import { linePrefixer } from './line-prefixer.ts'
import { endStragglers, exitCodeOf, hasGroups, killGroup } from './process-group.ts'

export interface ChildOptions {
  readonly command: readonly [string, ...string[]]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** Comes before every line of output, such as `== APP - mcp-client == `. */
  readonly prefix: string
  /** Undefined: it reads nothing. */
  readonly stdin: NodeJS.ReadStream | undefined
  /** Undefined: its output is not shown. */
  readonly stdout: NodeJS.WritableStream | undefined
  readonly stderr: NodeJS.WritableStream | undefined
  /** Takes its output as well, without prefixes. */
  readonly log?: NodeJS.WritableStream
}

export interface Child {
  /** The command's exit code, or 128 + the number of the signal that ended it. Its whole group is gone by then. */
  readonly exited: Promise<number>
  /** Passes a signal on to the process group. */
  signal(name: NodeJS.Signals): void
  /** SIGTERM to the group, SIGKILL to what is left after `graceMs`. */
  stop(graceMs: number): Promise<void>
}

const outputGrace = 500

/** Starts the command. Throws COMMAND_NOT_STARTED when it cannot be found or run. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const [file, ...args] = options.command
  const { stdin, log } = options
  const isTerminal = stdin?.isTTY === true
  const subprocess = execa(file, args, {
    cwd: options.cwd,
    env: options.env,
    extendEnv: false,
    // A background group must not read the terminal itself, so a terminal's input is handed on.
    stdin: childInput(stdin),
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: false,
    reject: false,
    detached: hasGroups,
    cleanup: false,
  })
  for (const name of ['stdout', 'stderr'] as const) {
    const from = subprocess[name]
    const to = options[name]
    // Lines of the two come out whole there as well.
    if (log !== undefined) from.pipe(linePrefixer('')).pipe(log, { end: false })
    if (to !== undefined) passOn(from, options.prefix, to)
  }
  const { pid } = subprocess
  if (pid === undefined) throw commandNotStarted(file, (await subprocess).code)
  if (isTerminal && subprocess.stdin !== null) {
    subprocess.stdin.on('error', () => {})
    stdin.pipe(subprocess.stdin)
  }
  const guard = guardGroup(pid)
  const ended = new Promise<number>((resolve) => {
    subprocess.nodeChildProcess.once('exit', (code, name) => resolve(exitCodeOf(code, name)))
  })
  const exited = ended.then(async (code) => {
    await endStragglers(pid)
    // Output that is still in the pipes comes out first; a process that left the group cannot hold us up.
    await Promise.race([subprocess, delay(outputGrace, undefined, { ref: false })])
    subprocess.stdout.destroy()
    subprocess.stderr.destroy()
    guard.release()
    if (isTerminal) stdin.unpipe().pause()
    return code
  })
  return {
    exited,
    signal: (name) => killGroup(pid, name),
    stop: async (graceMs) => {
      killGroup(pid, 'SIGTERM')
      const timer = setTimeout(() => killGroup(pid, 'SIGKILL'), graceMs)
      await exited
      clearTimeout(timer)
    },
  }
}

function childInput(stdin: ChildOptions['stdin']): 'ignore' | 'pipe' | 'inherit' {
  if (stdin === undefined) return 'ignore'
  return stdin.isTTY ? 'pipe' : 'inherit'
}

function passOn(from: Readable, prefix: string, to: NodeJS.WritableStream): void {
  const lines = from.pipe(linePrefixer(prefix))
  lines.pipe(to, { end: false })
  // Once nobody reads them, lines are dropped: the command must not stand still before a full pipe while it ends.
  to.once('error', () => lines.unpipe(to).resume())
}
