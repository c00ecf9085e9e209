// Which tools of an MCP server a request calls, and so which scopes its token needs beside those of every request.
import type { ErrorCode } from '../../core/errors.ts'
import type { Exchange, Reply } from '../../core/exchange.ts'
import { scopesOfTool, type ToolScopes } from '../../core/tool-scopes.ts'
import { encodingProblem } from '../../mcp/body-encoding.ts'
import { headerConflict } from '../../mcp/era.ts'
import { parseBody } from '../../mcp/message.ts'
import { wantedBy } from '../../mcp/question.ts'
import { answer } from '../answer.ts'
import { readable } from '../cors.ts'

/** The scopes of all tools that are called, each once; a reply when nobody can say what is called. */
export async function scopesOfCall(
  exchange: Exchange,
  toolScopes: readonly ToolScopes[],
): Promise<readonly string[] | Reply> {
  const body = await exchange.wholeBody()
  // Nothing is asked for.
  if (body.length === 0) return []
  const { headers } = exchange
  const refuse = (code: ErrorCode, message: string): Reply =>
    readable(answer({ status: 400, code, message }), exchange)
  const encoding = encodingProblem(headers)
  if (encoding !== undefined) return refuse('ERR_MCP_MESSAGE_INVALID', encoding)
  const parsed = parseBody(body)
  if (!parsed.ok) return refuse('ERR_MCP_MESSAGE_INVALID', `The body ${parsed.problem}.`)
  const conflict = headerConflict(parsed.messages, parsed.isBatch, headers)
  if (conflict !== undefined) return refuse('ERR_MCP_HEADER_MISMATCH', `${conflict}.`)
  const needed = new Set<string>()
  for (const message of parsed.messages) {
    const wanted = wantedBy(message)
    if (wanted === undefined) {
      return refuse('ERR_MCP_MESSAGE_INVALID', 'The params do not say what is wanted.')
    }
    for (const { capability, name } of wanted) {
      if (capability !== 'tools') continue
      for (const scope of scopesOfTool(toolScopes, name)) needed.add(scope)
    }
  }
  return [...needed]
}
