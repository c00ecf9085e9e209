// Which tools of an MCP server a request calls, and so which scopes its token needs beside those of every request.
import type { Exchange, Reply } from '../../core/exchange.ts'
import { scopesOfTool, type ToolScopes } from '../../core/tool-scopes.ts'
import { wantedBy } from '../../mcp/question.ts'
import { readable } from '../cors.ts'
import { messageRefused, messagesOf } from '../mcp-body.ts'

/** The scopes of all tools that are called, each once; a reply when nobody can say what is called. */
export async function scopesOfCall(
  exchange: Exchange,
  toolScopes: readonly ToolScopes[],
): Promise<readonly string[] | Reply> {
  const messages = await messagesOf(exchange)
  if ('status' in messages) return readable(messages, exchange)
  const needed = new Set<string>()
  for (const message of messages) {
    const wanted = wantedBy(message)
    if (wanted === undefined) {
      return readable(messageRefused('The params do not say what is wanted.'), exchange)
    }
    for (const { capability, name } of wanted) {
      if (capability !== 'tools') continue
      for (const scope of scopesOfTool(toolScopes, name)) needed.add(scope)
    }
  }
  return [...needed]
}
