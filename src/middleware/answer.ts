// Answers of handlers: Dapr's error body, never cached.
import type { ErrorCode } from '../core/errors.ts'
import type { Reply } from '../core/exchange.ts'

interface Answer {
  readonly status: number
  readonly code: ErrorCode
  readonly message: string
  /** What the access log adds to the code. */
  readonly reason?: string
  /** Further headers, as a flat list. */
  readonly headers?: readonly string[]
}

export function answer(parts: Answer): Reply {
  return {
    status: parts.status,
    headers: [
      'content-type',
      'application/json',
      'cache-control',
      'no-store',
      ...(parts.headers ?? []),
    ],
    body: JSON.stringify({ errorCode: parts.code, message: parts.message }),
    reason: parts.reason === undefined ? parts.code : `${parts.code}: ${parts.reason}`,
  }
}
