// The requests of one conversation that are not answered yet: under which id each went out, and where its answer goes.
import { McpAuthError } from '../../core/errors.ts'
import type { RpcId, RpcMessage } from '../../mcp/message.ts'
import { listenMethod } from '../../mcp/question.ts'
import {
  inClientsWords,
  progressTokenOf,
  renumbered,
  type ClientNames,
} from '../../mcp/server-message.ts'
import { rpcErrorObject } from '../rpc-error.ts'
import type { Answer } from './answer.ts'

/** Requests that may be unanswered at a time. */
const most = 1_000

export interface Asked extends ClientNames {
  readonly method: string
  readonly answer: Answer
}

export interface Taken extends Asked {
  /** Its id in the conversation. */
  readonly wireId: RpcId
}

export class Requests {
  /** Whether clients that do not know of each other ask, so that each request needs an id of its own here. */
  isShared: boolean
  readonly #asked = new Map<RpcId, Asked>()
  #serial = 0
  #isProbed = true

  constructor(isShared: boolean) {
    this.isShared = isShared
  }

  get size(): number {
    return this.#asked.size
  }

  /** Whether nothing was ever asked but which revisions the server knows. */
  get isProbed(): boolean {
    return this.#isProbed
  }

  /**
   * Notes what `line`, the text of `message`, asks. Returns the line that is to go out and the request's id there; no id for
   * what asks nothing. Throws for a request that cannot be told from another one.
   */
  add(
    { id, method, params }: RpcMessage,
    line: string,
    answer: Answer,
  ): { readonly line: string; readonly wireId?: RpcId } {
    if (id === undefined || method === undefined) return { line }
    this.#serial += 1
    this.#isProbed &&= method === 'server/discover'
    const wireId = this.isShared ? this.#serial : id
    if (this.#asked.has(wireId)) {
      throw new McpAuthError('ERR_MCP_MESSAGE_INVALID', 'A request of that id is not answered yet.')
    }
    if (this.#asked.size >= most) {
      const message = `${most} requests of this session are not answered yet.`
      throw new McpAuthError('ERR_MCP_SESSION_LIMIT', message)
    }
    this.#asked.set(wireId, { id, method, answer, progressToken: progressTokenOf(params) })
    return { line: this.isShared ? renumbered(line, this.#serial) : line, wireId }
  }

  drop(wireIds: readonly RpcId[]): void {
    for (const id of wireIds) this.#asked.delete(id)
  }

  /**
   * Takes out the request that `line` answers; undefined when nobody asked, or waits any more. What cannot be put into the
   * client's words, because it nests too deeply, is an error there.
   */
  answer(line: string, wireId: RpcId): (Asked & { readonly line: string }) | undefined {
    const asked = this.#asked.get(wireId)
    if (asked === undefined) return undefined
    this.#asked.delete(wireId)
    return { ...asked, line: this.#inClientsWords(line, wireId, asked) ?? unreadable(asked.id) }
  }

  /** Sends a notification where the request it names is answered; false when that cannot be told, or takes none. */
  notify(line: string, about: RpcId | undefined): boolean {
    if (about === undefined) return false
    const found = [...this.#asked].find(([wireId, { progressToken }]) =>
      this.isShared ? wireId === about : progressToken === about,
    )
    if (found === undefined || !found[1].answer.takesMessages) return false
    const [wireId, asked] = found
    const text = this.#inClientsWords(line, wireId, asked)
    if (text !== undefined) asked.answer.push(text)
    return true
  }

  /** Takes out what was to be answered in `answer`. */
  take(answer: Answer): readonly Taken[] {
    const taken = [...this.#asked].filter(([, asked]) => asked.answer === answer)
    for (const [wireId] of taken) this.#asked.delete(wireId)
    return taken.map(([wireId, asked]) => ({ wireId, ...asked }))
  }

  /** Where a message could belong that names no request; what somebody only listens in is none of it. */
  get waiting(): readonly Answer[] {
    const methods = [...this.#asked.values()].filter(({ method }) => method !== listenMethod)
    return [...new Set(methods.map(({ answer }) => answer))]
  }

  /** Takes out all requests, or those of `only`, and answers them with `error`. */
  fail(error: McpAuthError, only?: Answer): readonly Taken[] {
    const answers = new Set(
      only === undefined ? [...this.#asked.values()].map(({ answer }) => answer) : [only],
    )
    const all = [...answers].flatMap((answer) => this.take(answer))
    for (const { id, method, answer } of all) {
      if (method === 'server/discover') answer.respond(unknownMethod(id), -32601)
      else if (!answer.fail(error)) answer.respond(errorLine(error, id))
    }
    return all
  }

  #inClientsWords(line: string, wireId: RpcId, asked: Asked): string | undefined {
    if (!this.isShared) return line
    try {
      return inClientsWords(line, Number(wireId), asked)
    } catch {
      return undefined
    }
  }
}

function unreadable(id: RpcId): string {
  const message = 'The MCP server answered with JSON that cannot be read.'
  return errorLine(new McpAuthError('UPSTREAM_INVALID', message), id)
}

function errorLine(error: McpAuthError, id: RpcId): string {
  return JSON.stringify(rpcErrorObject(error, id))
}

/** What a server that ends itself at a message it does not know would have said: the client goes on with `initialize`. */
function unknownMethod(id: RpcId): string {
  return JSON.stringify({
    jsonrpc: '2.0',
    id,
    error: { code: -32601, message: 'Method not found' },
  })
}
