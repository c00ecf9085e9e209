// What a policy sees of a request: the document that Dapr's middleware makes, with claims and the MCP message beside it.
import type { Exchange, Reply } from '../../core/exchange.ts'
import type { JsonObject } from '../../core/json.ts'
import { encodingProblem } from '../../mcp/body-encoding.ts'
import { wantedBy } from '../../mcp/question.ts'
import { messageRefused, messagesOf } from '../mcp-body.ts'

export interface InputSettings {
  readonly includedHeaders: readonly string[]
  readonly readBody: boolean
  readonly readMCP: boolean
}

/** Waits only where the body is read; a reply when it cannot be read in one way. */
export function inputOf(
  exchange: Exchange,
  settings: InputSettings,
): JsonObject | Promise<JsonObject | Reply> {
  const { readBody, readMCP } = settings
  if (!readBody && !readMCP) return documentOf(exchange, settings, '')
  return readInput(exchange, settings)
}

export function isReply(read: JsonObject | Reply): read is Reply {
  return 'status' in read
}

async function readInput(exchange: Exchange, settings: InputSettings): Promise<JsonObject | Reply> {
  const mcp = settings.readMCP ? await messageOf(exchange) : undefined
  if (mcp !== undefined && isReply(mcp)) return mcp
  const body = settings.readBody ? await textOf(exchange) : ''
  if (typeof body !== 'string') return body
  const document = documentOf(exchange, settings, body)
  return mcp === undefined ? document : { ...document, mcp }
}

function documentOf(
  { method, path, query, headers, claims }: Exchange,
  { includedHeaders }: InputSettings,
  body: string,
): JsonObject {
  const shown = includedHeaders
    .map((name) => [canonical(name), headers.values(name.toLowerCase())] as const)
    .filter(([, values]) => values.length > 0)
    .map(([name, values]) => [name, values.join(', ')] as const)
  const parameters = new URLSearchParams(query)
  return {
    request: {
      method,
      path,
      path_parts: path.replaceAll(/^\/+|\/+$/g, '').split('/'),
      raw_query: query.slice(1),
      query: Object.fromEntries([...parameters.keys()].map((key) => [key, parameters.getAll(key)])),
      headers: Object.fromEntries(shown),
      scheme: 'http',
      body,
    },
    ...(claims === undefined ? {} : { claims }),
  }
}

/** Undefined for a request without a message. */
async function messageOf(exchange: Exchange): Promise<JsonObject | Reply | undefined> {
  const messages = await messagesOf(exchange)
  if ('status' in messages) return messages
  const [message, ...more] = messages
  if (message === undefined) return undefined
  if (more.length > 0) return messageRefused('The body is a batch, which no policy can judge.')
  const wanted = wantedBy(message)
  if (wanted === undefined) return messageRefused('The params do not say what is wanted.')
  const { method } = message
  const tool = method === 'tools/call' ? wanted[0]?.name : undefined
  return { ...(method === undefined ? {} : { method }), ...(tool === undefined ? {} : { tool }) }
}

/** What the app reads must be what was judged, so no byte is replaced. */
async function textOf(exchange: Exchange): Promise<string | Reply> {
  const body = await exchange.wholeBody()
  if (body.length === 0) return ''
  const problem = encodingProblem(exchange.headers)
  if (problem !== undefined) return messageRefused(problem)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
  } catch {
    return messageRefused('The body is not UTF-8.')
  }
}

/** As Go writes header names. */
function canonical(name: string): string {
  return name.toLowerCase().replaceAll(/(?:^|-)[a-z]/g, (start) => start.toUpperCase())
}
