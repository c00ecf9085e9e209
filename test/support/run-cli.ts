// The command line in this process, with a real control plane in a folder of its own.
import { join } from 'node:path'
import { PassThrough } from 'node:stream'

import { runCommandLine } from '../../src/cli/program.ts'
import type { World } from '../../src/cli/world.ts'
import { systemClock } from '../../src/core/clock.ts'
import { temporaryFolder } from './temp-home.ts'

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Standard input; absent: empty. */
  readonly stdin?: string | Uint8Array
  /** A terminal at which this is typed. */
  readonly typed?: string
  /** Commands of one home see each other's changes. */
  readonly home?: string
  /** The process goes there for the time of the command. */
  readonly cwd?: string
}

export interface CliResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export async function runCli(
  argv: readonly string[],
  options: CliOptions = {},
): Promise<CliResult> {
  const before = process.cwd()
  if (options.cwd !== undefined) process.chdir(options.cwd)
  try {
    const stdout = output(options.typed !== undefined)
    const stderr = output(options.typed !== undefined)
    const exitCode = await runCommandLine(world(argv, options, { stdout, stderr }))
    return { exitCode, stdout: stdout.text(), stderr: stderr.text() }
  } finally {
    process.chdir(before)
  }
}

/** `runCli` for one home: `const mcpauth = cli(); await mcpauth('project list')`. Words are split at blanks. */
export function cli(
  fixed: CliOptions = {},
): (words: string | readonly string[], options?: CliOptions) => Promise<CliResult> {
  const home = join(temporaryFolder(), 'home')
  return (words, options = {}) =>
    runCli(typeof words === 'string' ? words.split(' ') : words, { home, ...fixed, ...options })
}

function world(
  argv: readonly string[],
  options: CliOptions,
  streams: { readonly stdout: Output; readonly stderr: Output },
): World {
  const home = options.home ?? join(temporaryFolder(), 'home')
  return {
    argv,
    env: { MCPAUTH_HOME: home, TERM: 'dumb', ...options.env },
    cwd: process.cwd(),
    platform: process.platform,
    userHome: home,
    pid: process.pid,
    clock: systemClock,
    stdin: input(options),
    stdout: streams.stdout as unknown as NodeJS.WriteStream,
    stderr: streams.stderr as unknown as NodeJS.WriteStream,
    onSignal: () => () => {},
  }
}

type Output = PassThrough & { text(): string }

function output(isTTY: boolean): Output {
  const chunks: Buffer[] = []
  const stream = new PassThrough().on('data', (chunk: Buffer) => chunks.push(chunk))
  return Object.assign(stream, {
    isTTY,
    columns: 100,
    text: () =>
      Buffer.concat([...chunks, (stream.read() as Buffer | null) ?? Buffer.alloc(0)]).toString(),
  })
}

function input({ stdin, typed }: CliOptions): NodeJS.ReadStream {
  const stream = new PassThrough()
  if (typed === undefined) stream.end(stdin ?? '')
  else stream.write(typed)
  const terminal = { isTTY: typed !== undefined, setRawMode: () => stream }
  return Object.assign(stream, terminal) as unknown as NodeJS.ReadStream
}
