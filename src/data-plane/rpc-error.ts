// Failures as JSON-RPC error objects.
import type { ErrorCode, McpAuthError } from '../core/errors.ts'
import type { RpcId } from '../mcp/message.ts'

/** The code of JSON-RPC where MCP has one for the case; the rest is the server's own range. */
const rpcCodes: Partial<Record<ErrorCode, number>> = {
  ERR_MCP_MESSAGE_INVALID: -32600,
  ERR_MCP_METHOD_UNKNOWN: -32601,
  ERR_MCP_HEADER_MISMATCH: -32020,
}
const ownCode = -32010

export interface RpcErrorObject {
  readonly jsonrpc: '2.0'
  readonly id: RpcId | null
  readonly error: {
    readonly code: number
    readonly message: string
    readonly data: { readonly errorCode: ErrorCode }
  }
}

/** `rpcCode` instead of the code that `error` has by itself. */
export function rpcErrorObject(
  error: McpAuthError,
  id: RpcId | undefined,
  rpcCode?: number,
): RpcErrorObject {
  const message = error.hint === undefined ? error.message : `${error.message} ${error.hint}`
  const code = rpcCode ?? rpcCodes[error.code] ?? ownCode
  return {
    jsonrpc: '2.0',
    id: id ?? null,
    error: { code, message, data: { errorCode: error.code } },
  }
}
