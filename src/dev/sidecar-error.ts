// What a sidecar answered in place of the upstream, as the error it is.
import { errorCatalog, McpAuthError, type ErrorCode } from '../core/errors.ts'
import { isJsonObject } from '../core/json.ts'
import { printable } from '../core/quote.ts'

/** Undefined for every other answer. */
export function sidecarError(status: number, body: string): McpAuthError | undefined {
  if (status < 400) return undefined
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return undefined
  }
  if (!isJsonObject(value)) return undefined
  const { errorCode, message } = value
  if (typeof errorCode !== 'string' || typeof message !== 'string') return undefined
  return isErrorCode(errorCode) ? new McpAuthError(errorCode, printable(message)) : undefined
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCatalog, code)
}

/** The sidecar itself does not answer. */
export function sidecarUnreachable(url: string, cause: unknown): McpAuthError {
  return new McpAuthError('UPSTREAM_UNREACHABLE', `The sidecar at ${url} does not answer.`, {
    hint: 'See with "mcpauth dev status" whether it runs.',
    cause,
  })
}
