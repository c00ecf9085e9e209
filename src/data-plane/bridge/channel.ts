// The contract of transports below a bridge: one conversation with an MCP server, message by message.
import type { HeaderList } from '../../core/header-list.ts'
import type { McpAuthError } from '../../core/errors.ts'
import type { McpServerSpec, McpTransport } from '../../core/snapshot.ts'

/** What a call brings along for transports over HTTP. */
export interface Carriage {
  /** As they are to go out, credentials included. */
  readonly headers: HeaderList
  /** How long the server may take to accept the message, and then to begin its answer, in ms; undefined: for ever. */
  readonly timeoutMs: number | undefined
}

export interface Channel {
  /**
   * Resolves when the server has the message, a JSON text on one line. Rejects with McpAuthError, or with
   * UpstreamRefusal where the server answered with a status of its own.
   */
  send(line: string, carriage: Carriage): Promise<void>
  /** Ends the conversation; resolves when nothing of it is left. */
  close(): Promise<void>
}

export interface ChannelEvents {
  /** A text that claims to be one JSON-RPC message; false when it is none. */
  message(text: string): boolean
  /** The conversation ended without `close`; at most once. */
  ended(error: McpAuthError): void
}

/** Begins a conversation. Rejects like `send`. */
export type OpenChannel = (events: ChannelEvents, carriage: Carriage) => Promise<Channel>

export type StdioServer = Pick<McpServerSpec, 'name'> & {
  readonly transport: Extract<McpTransport, { kind: 'stdio' }>
}

/** Starts the process of a stdio server. Rejects with McpAuthError when it cannot be started. */
export type StartServer = (server: StdioServer, events: ChannelEvents) => Promise<Channel>

/** The HTTP status with which a server refused, for those who judge it. */
export class UpstreamRefusal extends Error {
  readonly status: number
  /** Flat raw list. */
  readonly headers: readonly string[]

  constructor(status: number, headers: readonly string[]) {
    super(`the server answered ${status}`)
    this.status = status
    this.headers = headers
  }
}
