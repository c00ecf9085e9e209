// The requests of one conversation that are not answered yet: under which id each went out, and where its answer goes.
import { McpAuthError } from '../../core/errors.ts'
import type { RpcId, RpcMessage } from '../../mcp/message.ts'
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

export class Requests {
  /** Whether clients that do not know of each other ask, so that each request needs an id of its own here. */
  isShared: boolean
  readonly #asked = new Map<RpcId, Asked>()
  #serial = 0

  constructor(isShared: boolean) {
    this.isShared = isShared
  }

  get size(): number {
    return this.#asked.size
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

  /** Takes out the request that `line` answers; undefined when nobody asked, or waits any more. */
  answer(line: string, wireId: RpcId): (Asked & { readonly line: string }) | undefined {
    const asked = this.#asked.get(wireId)
    if (asked === undefined) return undefined
    this.#asked.delete(wireId)
    return { ...asked, line: this.#inClientsWords(line, wireId, asked) }
  }

  /** Sends a notification where the request it names is answered; false when that cannot be told, or takes none. */
  notify(line: string, about: RpcId | undefined): boolean {
    if (about === undefined) return false
    const found = [...this.#asked].find(([wireId, { progressToken }]) =>
      this.isShared ? wireId === about : progressToken === about,
    )
    if (found === undefined || !found[1].answer.takesMessages) return false
    const [wireId, asked] = found
    asked.answer.push(this.#inClientsWords(line, wireId, asked))
    return true
  }

  /** The ids of what was to be answered in `answer`. */
  of(answer: Answer): RpcId[] {
    return [...this.#asked].flatMap(([wireId, asked]) => (asked.answer === answer ? [wireId] : []))
  }

  /** Answers all of them with `error`. */
  fail(error: McpAuthError): void {
    const all = [...this.#asked.values()]
    this.#asked.clear()
    for (const { id, method, answer } of all) {
      if (method === 'server/discover') answer.respond(unknownMethod(id), -32601)
      else if (!answer.fail(error)) answer.respond(JSON.stringify(rpcErrorObject(error, id)))
    }
  }

  #inClientsWords(line: string, wireId: RpcId, asked: Asked): string {
    return this.isShared ? inClientsWords(line, Number(wireId), asked) : line
  }
}

/** What a server that ends itself at a message it does not know would have said: the client goes on with `initialize`. */
function unknownMethod(id: RpcId): string {
  return JSON.stringify({
    jsonrpc: '2.0',
    id,
    error: { code: -32601, message: 'Method not found' },
  })
}
