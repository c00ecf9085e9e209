// Answers that mcpauth makes itself: Dapr's error body, true status codes, no detail beyond the message.
import type { ServerResponse } from 'node:http'

import type { Reply } from '../core/exchange.ts'
import { McpAuthError } from '../core/errors.ts'
import { invalidRequestChallenge } from '../oauth/challenge.ts'

const jsonHeaders = ['content-type', 'application/json', 'cache-control', 'no-store'] as const

/** The answer to a failure. Anything but a McpAuthError is a defect, whose text stays here. */
export function errorReply(error: unknown): Reply {
  if (!(error instanceof McpAuthError)) {
    return {
      status: 500,
      headers: jsonHeaders,
      body: body('INTERNAL', 'The sidecar failed to handle the request.'),
      reason: `INTERNAL: ${error instanceof Error ? error.name : typeof error}`,
    }
  }
  const hint = error.hint === undefined ? '' : ` ${error.hint}`
  return {
    status: error.status,
    headers: [...jsonHeaders, ...furtherHeaders(error)],
    body: body(error.code, `${error.message}${hint}`),
    reason: `${error.code}: ${error.detail ?? error.message}`,
  }
}

/** Sends a complete answer, or cuts the connection when another answer has begun. */
export function sendReply(response: ServerResponse, reply: Omit<Reply, 'reason'>): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const length = Buffer.byteLength(reply.body)
  const headers = [...reply.headers]
  if (length > 0 || (reply.status !== 204 && reply.status !== 304)) {
    headers.push('content-length', String(length))
  }
  response.writeHead(reply.status, headers)
  response.end(response.req.method === 'HEAD' ? '' : reply.body)
}

function furtherHeaders(error: McpAuthError): readonly string[] {
  if (error.code === 'TOKEN_REQUEST_INVALID') return ['www-authenticate', invalidRequestChallenge]
  return error.status === 503 ? ['retry-after', '1'] : []
}

function body(errorCode: string, message: string): string {
  return JSON.stringify({ errorCode, message })
}
