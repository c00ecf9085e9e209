// One HTTP request on its way through a pipeline, and the answers a handler can give.
import type { BodyChange } from './body-change.ts'
import type { HeaderList } from './header-list.ts'
import type { JsonObject } from './json.ts'

/** Who calls: the App ID of the sidecar the request came in through, or nobody we know (the ingress). */
export interface Caller {
  readonly appId: string | undefined
  /** True when the caller proved its identity: its API token, or the private socket. */
  readonly confirmed: boolean
}

/** A complete answer made by mcpauth itself. */
export interface Reply {
  readonly status: number
  /** Flat raw list; content-length is added when it is sent. */
  readonly headers: readonly string[]
  readonly body: string
  /** Reason for the access log, such as `TOKEN_INVALID: expired`. */
  readonly reason: string
}

export interface ResponseHead {
  status: number
  readonly headers: HeaderList
  /** What the body goes through on its way back, in this order; whoever adds to it takes content-length out. */
  changes?: readonly BodyChange[]
}

export interface Exchange {
  readonly method: string
  /** Normalized path in its canonical percent-encoding, starting with `/`; access control and forwarding read this. */
  path: string
  /** The query as received, with its `?`, or the empty string. */
  query: string
  /** Request headers; hop-by-hop ones are already gone. */
  readonly headers: HeaderList
  readonly caller: Caller
  /**
   * The URL at which this caller reaches the root of the App ID, without a slash at the end; undefined when nothing that can
   * be trusted says it.
   */
  readonly publicBase: string | undefined
  /** Where the connection comes from; undefined for the private socket. */
  readonly remoteAddress: string | undefined
  /** Who a verified token says is calling; for the access log. Set by a handler that checked it. */
  principal?: string
  /** Of the verified token, when a handler of the pipeline reads them. Set by the handler that checked it. */
  claims?: JsonObject
  /**
   * Set by a handler that signs what is sent: called before each try with the URL at which it reaches the target, without query;
   * undefined when nothing says it. May change headers. Throws McpAuthError to send nothing.
   */
  beforeSend?: (url: string | undefined) => void
  /** Aborted when the caller goes away. */
  readonly signal: AbortSignal
  /** True while the request could be sent again: its body is empty or fully buffered, nothing was answered, no retry yet. */
  readonly replayable: boolean
  /**
   * All of the body, with the changes asked for so far, for a handler that must read it; it is sent on all the same. Rejects
   * with McpAuthError when the caller goes away or sends too much.
   */
  wholeBody(): Promise<Uint8Array>
  /**
   * Has the body of the request go on changed; `make` is called each time that it is sent. Throws HANDLER_UNUSABLE when a
   * handler has read all of it: the app must get what was judged.
   */
  changeBody(make: () => BodyChange): void
  /** Shows the head of an answer that mcpauth makes itself from here on; one of the upstream is for `onResponse`. */
  atReply(change: (head: ResponseHead) => void): void
}
