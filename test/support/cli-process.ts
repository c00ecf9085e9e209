// The built binary as a process of its own: its input, its output, signals, its end.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export const binary = fileURLToPath(new URL('../../bin/mcpauth.js', import.meta.url))

export interface CliProcessOptions {
  readonly env: NodeJS.ProcessEnv
  readonly cwd?: string
  /** Another program that runs the binary, such as one that gives it a terminal. */
  readonly command?: readonly [string, ...string[]]
}

export class CliProcess {
  readonly child: ChildProcessWithoutNullStreams
  stdout = ''
  stderr = ''
  readonly #exit: Promise<unknown[]>

  constructor(argv: readonly string[], options: CliProcessOptions) {
    const { env, cwd, command = [process.execPath, binary, ...argv] } = options
    const [program, ...args] = command
    this.child = spawn(program, args, { env, ...(cwd === undefined ? {} : { cwd }) })
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => (this.stdout += text))
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text))
    this.#exit = once(this.child, 'close')
  }

  /** The match once `pattern` has been printed on either stream; rejects when the process ends without. */
  async readUntil(pattern: RegExp): Promise<RegExpExecArray> {
    const find = (): RegExpExecArray | null =>
      pattern.exec(this.stdout) ?? pattern.exec(this.stderr)
    for (;;) {
      const found = find()
      if (found !== null) return found
      const waiting = new AbortController()
      const { signal } = waiting
      const next = [this.child.stdout, this.child.stderr].map((out) =>
        once(out, 'data', { signal }),
      )
      const ended = await Promise.race([...next, this.#exit.then(() => 'ended' as const)])
      waiting.abort()
      if (ended === 'ended' && find() === null) {
        throw new Error(`never printed ${String(pattern)}:\n${this.stdout}\n${this.stderr}`)
      }
    }
  }

  /** Sends `signal`, and waits for the end. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals> {
    this.child.kill(signal)
    return this.end()
  }

  /** The exit code, or the signal that ended it, once all output is there. */
  async end(): Promise<number | NodeJS.Signals> {
    const [code, signal] = (await this.#exit) as [number | null, NodeJS.Signals]
    return code ?? signal
  }
}
