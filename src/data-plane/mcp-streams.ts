// Streams of MCP servers that outlive every request: they end when a grant that their caller had at their beginning is gone.
import type { ServerResponse } from 'node:http'

import { McpAuthError } from '../core/errors.ts'
import { keepsGrants, type McpAccessPolicy } from '../core/mcp-access.ts'
import type { AccessNotes } from './access-log.ts'
import type { McpServer } from './mcp-servers.ts'

export interface McpStream {
  readonly server: string
  readonly caller: string | undefined
  /** As it was when the stream was let through. */
  readonly policy: McpAccessPolicy
  readonly response: ServerResponse
  readonly notes: AccessNotes
}

export class McpStreams {
  readonly #open = new Set<McpStream>()

  /** Until its response is closed. */
  add(stream: McpStream): void {
    this.#open.add(stream)
    stream.response.once('close', () => this.#open.delete(stream))
  }

  /** Cuts those that would not be let through as they were. Their clients may open new ones, which are judged anew. */
  review(servers: { get(name: string): McpServer | undefined }): void {
    for (const { server: name, caller, policy, response, notes } of this.#open) {
      const server = servers.get(name)
      const isOpen = server !== undefined && !(server.access instanceof McpAuthError)
      if (response.writableEnded) continue
      if (isOpen && keepsGrants(policy, server.spec.policy, caller)) continue
      notes.reason = 'grants changed'
      response.destroy()
    }
  }
}
