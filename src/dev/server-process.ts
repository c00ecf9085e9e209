// The process of a stdio MCP server, as a channel: a message is a line, and its end leaves nothing behind.
import { setTimeout as delay } from 'node:timers/promises'
import { execa } from 'execa'

import type { Clock } from '../core/clock.ts'
import { McpAuthError } from '../core/errors.ts'
import { Secret } from '../core/secret.ts'
import type {
  Channel,
  ChannelEvents,
  StartServer,
  StdioServer,
} from '../data-plane/bridge/channel.ts'
import { guardGroup } from './guard.ts'
import { Lines } from './lines.ts'
import { endOf, endStragglers, exitCodeOf, hasGroups, killGroup } from './process-group.ts'
import { ServerLog } from './server-log.ts'

export interface ServerSurroundings {
  readonly clock: Clock
  /** What processes inherit, asked anew for each; what the manifest says goes over it. */
  environment(): Readonly<Record<string, string>>
  /** Takes a line of the process of a server. */
  output(server: string, line: string): void
}

/** Bytes of one message: the largest list there can be. */
const longestMessage = 16 * 1024 * 1024
const longestLogLine = 64 * 1024
/** What a process may leave unread, in bytes. */
const mostUnread = 32 * 1024 * 1024
/** How long a process may take to end once its input is closed, and then after SIGTERM, in ms. */
const inputGrace = 1_000
const termGrace = 2_000
/** How long output that is still in the pipes is waited for, in ms. */
const outputGrace = 500

/** Starts processes in the working folder, without a shell. What they write to standard error goes to `output`. */
export function serverStarter(surroundings: ServerSurroundings): StartServer {
  return async (server, events) => {
    const started = new ServerProcess(server, events, surroundings)
    await started.ready()
    return started
  }
}

class ServerProcess implements Channel {
  readonly #server: StdioServer
  readonly #events: ChannelEvents
  readonly #subprocess
  readonly #log: ServerLog
  readonly #exited: Promise<unknown>
  #isOver = false

  constructor(server: StdioServer, events: ChannelEvents, surroundings: ServerSurroundings) {
    this.#server = server
    this.#events = events
    const { name, transport } = server
    const { command, args, env } = transport
    const declared = env.map((item) => [item.name, wire(item.value)] as const)
    const secrets = env.flatMap(({ value }) => (value instanceof Secret ? [value.reveal()] : []))
    this.#log = new ServerLog(
      (line) => surroundings.output(name, line),
      secrets,
      surroundings.clock,
    )
    this.#subprocess = execa(command, args, {
      env: { ...surroundings.environment(), ...Object.fromEntries(declared) },
      extendEnv: false,
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'pipe',
      buffer: false,
      reject: false,
      detached: hasGroups,
      cleanup: false,
    })
    this.#exited = this.#watch()
  }

  /** Throws ERR_MCP_PROCESS_FAILED when there is no process. */
  async ready(): Promise<void> {
    if (this.#subprocess.pid !== undefined) return
    const { code = 'unknown' } = await this.#subprocess
    const { name, transport } = this.#server
    const what = code === 'ENOENT' ? 'was not found' : `could not be started (${code})`
    throw new McpAuthError(
      'ERR_MCP_PROCESS_FAILED',
      `The command ${transport.command} of the MCP server ${name} ${what}.`,
      { hint: 'Check spec.endpoint.stdio of its MCPServer, and the PATH of the sidecar.' },
    )
  }

  async send(line: string): Promise<void> {
    const { stdin } = this.#subprocess
    if (stdin.writableLength > mostUnread) {
      throw this.#error('UPSTREAM_TIMEOUT', 'does not read its standard input')
    }
    if (stdin.writable) stdin.write(`${line}\n`)
    else this.#breaks('closed its standard input')
  }

  /** As the transport wants it: first its input ends, then it is asked to, then made to. */
  async close(): Promise<void> {
    this.#isOver = true
    const { pid, stdin } = this.#subprocess
    if (pid === undefined) return
    stdin.end()
    const term = setTimeout(() => killGroup(pid, 'SIGTERM'), inputGrace)
    const kill = setTimeout(() => killGroup(pid, 'SIGKILL'), inputGrace + termGrace)
    await this.#exited
    clearTimeout(term)
    clearTimeout(kill)
  }

  async #watch(): Promise<void> {
    const { pid, stdin, stdout, stderr, nodeChildProcess } = this.#subprocess
    if (pid === undefined) return
    const messages = new Lines(
      longestMessage,
      (line) => this.#read(line),
      () => this.#refuseLine(),
    )
    const log = new Lines(
      longestLogLine,
      (line) => this.#log.line(line),
      () => {
        this.#log.line('(a line too long to be shown)')
      },
    )
    stdout.on('data', (chunk: Buffer) => messages.write(chunk))
    stderr.on('data', (chunk: Buffer) => log.write(chunk))
    stdout.once('end', () => this.#breaks('closed its standard output'))
    stdin.on('error', () => this.#breaks('closed its standard input'))
    const guard = guardGroup(pid)
    const code = await new Promise<number>((resolve) => {
      nodeChildProcess.once('exit', (exit, name) => resolve(exitCodeOf(exit, name)))
    })
    // What it said last comes out first; a process that left the group cannot hold us up.
    await Promise.race([this.#subprocess, delay(outputGrace, undefined, { ref: false })])
    log.end()
    this.#fail(this.#error('ERR_MCP_PROCESS_FAILED', endOf(code)))
    await endStragglers(pid)
    for (const stream of [stdin, stdout, stderr]) stream.destroy()
    guard.release()
  }

  #read(line: string): void {
    if (this.#isOver || this.#events.message(line)) return
    this.#log.line(`(no JSON-RPC message on standard output) ${line}`)
  }

  #refuseLine(): void {
    const limit = longestMessage / 1024 / 1024
    this.#fail(this.#error('UPSTREAM_INVALID', `wrote a line of more than ${limit} MiB`))
  }

  /** A process that ends closes its pipes first, and then says more by its exit code. */
  #breaks(what: string): void {
    void delay(outputGrace, undefined, { ref: false }).then(() => {
      this.#fail(this.#error('ERR_MCP_PROCESS_FAILED', what))
    })
  }

  #fail(error: McpAuthError): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#events.ended(error)
  }

  #error(
    code: 'ERR_MCP_PROCESS_FAILED' | 'UPSTREAM_INVALID' | 'UPSTREAM_TIMEOUT',
    what: string,
  ): McpAuthError {
    return new McpAuthError(code, `The process of the MCP server ${this.#server.name} ${what}.`, {
      hint: 'What it wrote to standard error is in the log of the sidecar.',
    })
  }
}

function wire(value: string | Secret): string {
  return value instanceof Secret ? value.reveal() : value
}
