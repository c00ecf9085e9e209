// A request to the sidecar's own API: its small body is read, then it is answered.
import type { IncomingMessage, ServerResponse } from 'node:http'

import { McpAuthError } from '../core/errors.ts'
import type { HeaderList } from '../core/header-list.ts'
import type { AccessNotes } from './access-log.ts'
import { sendReply } from './reply.ts'
import { RequestBody } from './request-body.ts'
import { serveApi, type ApiContext } from './sidecar-api.ts'
import type { Target } from '../core/request-target.ts'

export interface ApiCall {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly headers: HeaderList
  readonly target: Target
  readonly notes: AccessNotes
}

/** Largest body of a metadata value, in bytes. */
const maxValueBytes = 4096

/** Throws METHOD_NOT_ALLOWED, REQUEST_TOO_LARGE or REQUEST_MALFORMED when nothing was answered. */
export async function answerApi(call: ApiCall, context: ApiContext): Promise<void> {
  const { request, response, headers, target } = call
  const body = new RequestBody(request, maxValueBytes).take()
  const bytes = body instanceof Promise ? await body : body
  if (bytes !== null && !Buffer.isBuffer(bytes)) {
    throw new McpAuthError('REQUEST_MALFORMED', 'This route takes a body of declared length.')
  }
  const asked = { method: request.method ?? '', headers, ...target }
  const reply = serveApi(asked, context, bytes?.toString('utf8') ?? '')
  if (reply === undefined) {
    throw new McpAuthError('METHOD_NOT_ALLOWED', 'This route does not serve that method.')
  }
  call.notes.reason = reply.reason
  sendReply(response, reply)
}
