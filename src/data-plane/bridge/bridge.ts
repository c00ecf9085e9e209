// Serves streamable HTTP for an MCP server that speaks another transport: the sessions of its clients, each a channel.
import { Buffer } from 'node:buffer'
import type { Dispatcher } from 'undici'

import { McpAuthError } from '../../core/errors.ts'
import { HeaderList } from '../../core/header-list.ts'
import type { Logger } from '../../core/logger.ts'
import { eraOf } from '../../mcp/era.ts'
import { parseBody, type RpcMessage } from '../../mcp/message.ts'
import { Answer } from './answer.ts'
import { UpstreamRefusal, type Carriage, type OpenChannel } from './channel.ts'
import { Session, sessionEnded, type Post } from './session.ts'

export interface BridgeLimits {
  /** Sessions at a time: as many processes. */
  readonly sessions: number
  /** How long a session is kept that nobody uses, in ms. */
  readonly idleMs: number
}

export const bridgeLimits: BridgeLimits = { sessions: 16, idleMs: 10 * 60_000 }

export interface BridgeParts {
  /** Name of the MCP server. */
  readonly name: string
  readonly open: OpenChannel
  readonly logger: Logger
  readonly limits: BridgeLimits
}

/** Takes the place of an upstream's connection pool. Nothing is opened before a message needs it. */
export class Bridge implements Pick<Dispatcher, 'dispatch'> {
  readonly #parts: BridgeParts
  readonly #all = new Set<Session>()
  /** Those that clients know by their id. */
  readonly #sessions = new Map<string, Session>()
  /** That of the clients of revision 2026-07-28, which has no sessions. */
  #shared: Promise<Session> | undefined
  /** One that has not been begun: its server was asked whether it knows 2026-07-28, and does not. */
  #spare: Session | undefined
  #opening = 0
  #uses = 0
  #isRetired = false

  constructor(parts: BridgeParts) {
    this.#parts = parts
  }

  /** Serves one request whose body, if it has one, is at hand and strict JSON-RPC. */
  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const headers = new HeaderList(rawList(options.headers))
    const answer = new Answer(handler, headers)
    const timeoutMs = options.headersTimeout ?? undefined
    this.#serve(options, { headers, timeoutMs }, answer).catch((error: unknown) => {
      if (error instanceof UpstreamRefusal) answer.status(error.status, error.headers)
      else answer.refuse(error instanceof Error ? error : new Error('the bridge failed'))
    })
    return true
  }

  /** Takes no new sessions; resolves when all have ended: at once where nothing is asked, else within `graceMs`. */
  async retire(graceMs: number): Promise<void> {
    this.#isRetired = true
    await Promise.all([...this.#all].map(async (session) => session.drain(graceMs)))
  }

  async #serve(
    { method, body }: Dispatcher.DispatchOptions,
    carriage: Carriage,
    answer: Answer,
  ): Promise<void> {
    if (this.#isRetired) throw sessionEnded()
    if (method === 'POST') return this.#post(body, carriage, answer)
    const session = this.#named(carriage)
    if (session === undefined) throw withoutSession(method)
    if (method === 'GET') return session.listen(answer)
    answer.status(204)
    return session.end()
  }

  async #post(
    body: Dispatcher.DispatchOptions['body'],
    carriage: Carriage,
    answer: Answer,
  ): Promise<void> {
    if (!Buffer.isBuffer(body)) throw new McpAuthError('INTERNAL', 'A body is not at hand.')
    const parsed = parseBody(body)
    if (!parsed.ok) throw new McpAuthError('INTERNAL', `A body ${parsed.problem}.`)
    const { messages, isBatch } = parsed
    const post = { messages, isBatch, text: body.toString() }
    const [first] = messages
    if (!isBatch && eraOf(first, carriage.headers) === 'modern') {
      return this.#postShared(first, post, carriage, answer)
    }
    const session = this.#named(carriage)
    if (session !== undefined) return session.post(post, carriage, answer)
    if (isBatch || first.method !== 'initialize' || first.id === undefined) {
      throw withoutSession('POST')
    }
    return this.#initialize(post, carriage, answer)
  }

  async #postShared(
    { id, method }: RpcMessage,
    post: Post,
    carriage: Carriage,
    answer: Answer,
  ): Promise<void> {
    // Clients have nothing to notify of in this revision: a request is cancelled by closing its stream.
    if (id === undefined || method === undefined) return answer.status(202)
    this.#shared ??= this.#openShared(carriage)
    const session = await this.#shared
    this.#use(session)
    if (answer.isOpen) await session.post(post, carriage, answer)
  }

  async #openShared(carriage: Carriage): Promise<Session> {
    try {
      return await this.#open(true, carriage)
    } catch (error) {
      this.#shared = undefined
      throw error
    }
  }

  async #initialize(post: Post, carriage: Carriage, answer: Answer): Promise<void> {
    const spare = this.#spare
    this.#spare = undefined
    const session = spare ?? (await this.#open(false, carriage))
    if (!answer.isOpen) return session.end()
    this.#sessions.set(session.id, session)
    this.#use(session)
    answer.sessionId = session.id
    try {
      await session.post(post, carriage, answer)
    } catch (error) {
      void session.end()
      throw error
    }
  }

  /** Undefined when the request names none. Throws ERR_MCP_SESSION_UNKNOWN. */
  #named({ headers }: Carriage): Session | undefined {
    const id = headers.get('mcp-session-id')
    if (id === undefined) return undefined
    const session = this.#sessions.get(id)
    if (session === undefined) throw sessionEnded()
    this.#use(session)
    return session
  }

  async #open(isShared: boolean, carriage: Carriage): Promise<Session> {
    this.#makeRoom()
    this.#opening += 1
    try {
      const session = await Session.open(this.#parts.open, carriage, {
        server: this.#parts.name,
        isShared,
        idleMs: this.#parts.limits.idleMs,
        onEnd: (ended, error) => this.#forget(ended, error),
        onRefusedProbe: (refused) => this.#keepSpare(refused),
      })
      this.#all.add(session)
      this.#use(session)
      if (!this.#isRetired) return session
      await session.end()
    } finally {
      this.#opening -= 1
    }
    throw sessionEnded()
  }

  /** A client that went away without a word leaves its session behind: the oldest such makes room. */
  #makeRoom(): void {
    const { name, limits } = this.#parts
    if (this.#all.size + this.#opening < limits.sessions) return
    const [oldest] = [...this.#all]
      .filter(({ isBusy }) => !isBusy)
      .toSorted((one, other) => one.lastUse - other.lastUse)
    if (oldest === undefined) {
      throw new McpAuthError(
        'ERR_MCP_SESSION_LIMIT',
        `All ${limits.sessions} sessions of the MCP server ${name} are in use.`,
        { hint: 'End one of them, with DELETE.' },
      )
    }
    void oldest.end()
  }

  #use(session: Session): void {
    this.#uses += 1
    session.lastUse = this.#uses
  }

  #keepSpare(session: Session): void {
    if (!this.#all.has(session) || !session.unshare()) return
    this.#shared = undefined
    void this.#spare?.end()
    this.#spare = session
  }

  #forget(session: Session, error: McpAuthError | undefined): void {
    this.#all.delete(session)
    this.#sessions.delete(session.id)
    if (this.#spare === session) this.#spare = undefined
    if (session.isShared) this.#shared = undefined
    if (error !== undefined && error.code !== 'ERR_MCP_SESSION_UNKNOWN') {
      this.#parts.logger.warn(
        `${error.message}${error.detail === undefined ? '' : ` (${error.detail})`}`,
      )
    }
  }
}

function withoutSession(method: string): McpAuthError {
  const hint = 'Begin with initialize, and send the Mcp-Session-Id of its answer.'
  const code = method === 'POST' ? 'REQUEST_MALFORMED' : 'METHOD_NOT_ALLOWED'
  return new McpAuthError(code, `A ${method} without a session means nothing here.`, { hint })
}

function rawList(headers: Dispatcher.DispatchOptions['headers']): string[] {
  return Array.isArray(headers) ? headers.map(String) : []
}
