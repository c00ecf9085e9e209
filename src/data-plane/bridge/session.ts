// One conversation with an MCP server: which HTTP answer each message of the server goes into, and its end.
import { randomUUID } from 'node:crypto'

import { McpAuthError } from '../../core/errors.ts'
import type { RpcId, RpcMessage } from '../../mcp/message.ts'
import { listenMethod } from '../../mcp/question.ts'
import { messageLines, readServerMessage, type ServerMessage } from '../../mcp/server-message.ts'
import type { Answer } from './answer.ts'
import { Backlog } from './backlog.ts'
import type { Carriage, Channel, OpenChannel } from './channel.ts'
import { Requests, type Taken } from './requests.ts'

export interface SessionParts {
  /** Name of the MCP server. */
  readonly server: string
  /** True for the conversation that all requests of revision 2026-07-28 share. */
  readonly isShared: boolean
  /** Ms without a message and without an open answer, after which it ends. */
  readonly idleMs: number
  /** Called once; with the reason unless it ended in order. */
  readonly onEnd: (session: Session, error: McpAuthError | undefined) => void
  /** The server does not know revision 2026-07-28. */
  readonly onRefusedProbe: (session: Session) => void
}

/** The body of a POST. */
export interface Post {
  readonly messages: readonly RpcMessage[]
  readonly isBatch: boolean
  /** JSON, as it was read. */
  readonly text: string
}

export class Session {
  readonly id = randomUUID()
  /** A count: the session used least recently has the lowest. */
  lastUse = 0
  readonly #parts: SessionParts
  readonly #requests: Requests
  readonly #backlog = new Backlog()
  readonly #closed = Promise.withResolvers<void>()
  readonly #idle: NodeJS.Timeout
  #channel: Channel | undefined
  /** Of the last call. */
  #carriage: Carriage
  #answers: Answer[] = []
  #streams: Answer[] = []
  #isInitialized = false
  /** Messages that the server has sent. */
  #heard = 0
  #isDraining = false
  #over: { readonly error: McpAuthError } | undefined

  /** Rejects as `open` does. */
  static async open(open: OpenChannel, carriage: Carriage, parts: SessionParts): Promise<Session> {
    const session = new Session(carriage, parts)
    try {
      await session.#connect(open, carriage)
    } catch (error) {
      clearTimeout(session.#idle)
      throw error
    }
    return session
  }

  private constructor(carriage: Carriage, parts: SessionParts) {
    this.#carriage = carriage
    this.#parts = parts
    this.#requests = new Requests(parts.isShared)
    this.#idle = setTimeout(() => this.#endIfIdle(), parts.idleMs)
    this.#idle.unref()
  }

  async #connect(open: OpenChannel, carriage: Carriage): Promise<void> {
    const events = {
      message: (text: string) => this.#receive(text),
      ended: (error: McpAuthError) => void this.end(error),
    }
    this.#channel = await open(events, carriage)
    if (this.#over === undefined) return
    await this.#channel.close()
    throw this.#over.error
  }

  /** Whether somebody waits for a message of it. */
  get isBusy(): boolean {
    return [...this.#answers, ...this.#streams].some(({ isOpen }) => isOpen)
  }

  get isShared(): boolean {
    return this.#requests.isShared
  }

  /** From now on it is the conversation of one client. False while, or when, others had to do with it. */
  unshare(): boolean {
    if (this.#requests.size > 0 || !this.#requests.isProbed) return false
    this.#requests.isShared = false
    return true
  }

  /** Passes the messages on and answers. Rejects as Channel.send does, with McpAuthError for what cannot be told apart. */
  async post({ messages, isBatch, text }: Post, carriage: Carriage, answer: Answer): Promise<void> {
    if (this.#over !== undefined) throw this.#over.error
    this.#idle.refresh()
    this.#carriage = carriage
    const lines = messageLines(text)
    const asked: RpcId[] = []
    try {
      const outgoing = messages.map((message, index) => {
        const { line, wireId } = this.#requests.add(message, lines[index] ?? '', answer)
        if (wireId !== undefined) asked.push(wireId)
        return line
      })
      if (asked.length > 0) {
        answer.expect(asked.length, { isBatch, isModern: this.isShared })
        answer.onGone = () => this.#forget(answer)
        this.#answers = [...this.#answers.filter(({ isOpen }) => isOpen), answer]
      }
      for (const line of outgoing) await this.#channel?.send(line, carriage)
    } catch (error) {
      this.#requests.drop(asked)
      throw error
    }
    if (asked.length === 0) return answer.status(202)
    // A subscription may have nothing to tell for long.
    const isSubscription = messages.some(({ method }) => method === listenMethod)
    const timeoutMs = isSubscription ? undefined : carriage.timeoutMs
    const heard = this.#heard
    answer.wait(timeoutMs, () => this.#giveUp(answer, { heard, timeoutMs }))
  }

  /** Sends what answers no request to `answer` from now on, until its caller goes away. */
  listen(answer: Answer): void {
    this.#idle.refresh()
    answer.stream()
    this.#streams = [...this.#streams.filter(({ isOpen }) => isOpen), answer]
    for (const text of this.#backlog.take()) answer.push(text)
  }

  /** Ends when everything asked is answered, or after `graceMs`; resolves when nothing of it is left. */
  async drain(graceMs: number): Promise<void> {
    this.#isDraining = true
    for (const stream of this.#streams) stream.end()
    const timer = setTimeout(() => void this.end(), graceMs)
    this.#endIfDrained()
    await this.#closed.promise
    clearTimeout(timer)
  }

  /** Ends it; what is asked is answered with `error`. Resolves when nothing of it is left. */
  async end(error?: McpAuthError): Promise<void> {
    if (this.#over !== undefined) return this.#closed.promise
    this.#over = { error: error ?? sessionEnded() }
    clearTimeout(this.#idle)
    this.#parts.onEnd(this, error)
    this.#requests.fail(this.#over.error)
    for (const stream of this.#streams) stream.end()
    await this.#channel?.close()
    this.#closed.resolve()
  }

  #receive(text: string): boolean {
    let lines: readonly string[]
    try {
      lines = messageLines(text)
    } catch {
      return false
    }
    const messages = lines.map((line) => readServerMessage(line))
    if (messages.includes(undefined)) return false
    this.#idle.refresh()
    this.#heard += messages.length
    for (const [index, message] of messages.entries()) {
      if (message !== undefined) this.#route(lines[index] ?? '', message)
    }
    return true
  }

  #route(line: string, message: ServerMessage): void {
    if (message.kind === 'response') this.#respond(line, message)
    else if (message.kind === 'request') this.#ask(line, message.id)
    else if (!this.#requests.notify(line, message.about)) this.#tell(line)
  }

  #respond(line: string, { id, errorCode }: ServerMessage & { kind: 'response' }): void {
    const asked = id === undefined ? undefined : this.#requests.answer(line, id)
    if (asked === undefined) return
    const { answer, method } = asked
    const isRefused = errorCode !== undefined
    const isBegin = method === 'initialize' && !this.#isInitialized
    if (isBegin && isRefused) answer.sessionId = undefined
    answer.respond(asked.line, errorCode)
    if (isBegin && isRefused) void this.end()
    else if (isBegin) this.#isInitialized = true
    // A server that names other revisions knows what it was asked.
    if (method === 'server/discover' && isRefused && errorCode !== unsupportedRevision) {
      this.#noteRefusedProbe()
    }
    this.#endIfDrained()
  }

  /** The session of a client stays that client's, whatever it asks. */
  #noteRefusedProbe(): void {
    if (this.isShared) this.#parts.onRefusedProbe(this)
  }

  #ask(line: string, id: RpcId): void {
    if (!this.isShared) return this.#tell(line)
    // Revision 2026-07-28 has no requests of servers.
    this.#send({ id, error: { code: -32601, message: 'Nobody answers requests of servers here.' } })
  }

  /**
   * Without HTTP a server does not say what a message belongs to: whoever waits for it now is the likeliest. Where clients
   * that do not know of each other wait, nobody gets what may be another one's.
   */
  #tell(line: string): void {
    if (this.isShared) {
      const [only, ...others] = this.#requests.waiting
      if (others.length === 0) only?.push(line)
      return
    }
    const listener =
      this.#answers.findLast(({ takesMessages }) => takesMessages) ??
      this.#streams.findLast(({ takesMessages }) => takesMessages)
    if (listener === undefined) this.#backlog.add(line)
    else listener.push(line)
  }

  /** The end of a stream cancels its request from 2026-07-28 on; before, it says nothing. */
  #forget(answer: Answer): void {
    if (this.isShared) this.#cancel(this.#requests.take(answer))
    this.#endIfDrained()
  }

  /** Nothing came of what `answer` waits for, after `heard` messages. */
  #giveUp(
    answer: Answer,
    { heard, timeoutMs = 0 }: { readonly heard: number; readonly timeoutMs: number | undefined },
  ): void {
    const error = new McpAuthError(
      'UPSTREAM_TIMEOUT',
      `The MCP server ${this.#parts.server} did not begin its answer within ${timeoutMs / 1000} s.`,
      { hint: 'If it may take longer, raise the timeout of its transport in the MCPServer.' },
    )
    const failed = this.#requests.fail(error, answer)
    if (failed.length === 0) return
    const isAbout = (wanted: string): boolean => failed.some(({ method }) => method === wanted)
    // A server that passes over what it does not know: its client goes on with `initialize`.
    if (this.isShared && isAbout('server/discover')) return this.#parts.onRefusedProbe(this)
    const isBegin = !this.#isInitialized && isAbout('initialize')
    // No client could end what all share.
    if (isBegin || (this.isShared && this.#heard === heard)) return void this.end(error)
    this.#cancel(failed)
    this.#endIfDrained()
  }

  #cancel(taken: readonly Taken[]): void {
    for (const { wireId: requestId } of taken) {
      this.#send({ method: 'notifications/cancelled', params: { requestId } })
    }
  }

  /** A message of the bridge's own; whether it arrives, the end of the channel tells. */
  #send(message: object): void {
    const line = JSON.stringify({ jsonrpc: '2.0', ...message })
    this.#channel?.send(line, this.#carriage).catch(() => {})
  }

  #endIfIdle(): void {
    if (this.isBusy) this.#idle.refresh()
    else void this.end()
  }

  #endIfDrained(): void {
    if (this.#isDraining && !this.isBusy) void this.end()
  }
}

const unsupportedRevision = -32022

export function sessionEnded(): McpAuthError {
  return new McpAuthError('ERR_MCP_SESSION_UNKNOWN', 'The session has ended, or never was.', {
    hint: 'Begin a new one with initialize.',
  })
}
