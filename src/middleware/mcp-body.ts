// The MCP messages in the body of a request, or the refusal of a body that nobody can judge.
import type { Exchange, Reply } from '../core/exchange.ts'
import { encodingProblem } from '../mcp/body-encoding.ts'
import { headerConflict } from '../mcp/era.ts'
import { parseBody, type RpcMessage } from '../mcp/message.ts'
import { answer } from './answer.ts'

/** Empty for an empty body; a reply when two readers could take the body for two different messages. */
export async function messagesOf(exchange: Exchange): Promise<readonly RpcMessage[] | Reply> {
  const body = await exchange.wholeBody()
  if (body.length === 0) return []
  const { headers } = exchange
  const encoding = encodingProblem(headers)
  if (encoding !== undefined) return messageRefused(encoding)
  const parsed = parseBody(body)
  if (!parsed.ok) return messageRefused(`The body ${parsed.problem}.`)
  const conflict = headerConflict(parsed.messages, parsed.isBatch, headers)
  if (conflict === undefined) return parsed.messages
  return answer({ status: 400, code: 'ERR_MCP_HEADER_MISMATCH', message: `${conflict}.` })
}

/** The message is one or more sentences. */
export function messageRefused(message: string): Reply {
  return answer({ status: 400, code: 'ERR_MCP_MESSAGE_INVALID', message })
}
