// Messages of MCP as a client sends them, and the answers to them, in JSON or as events.
import { isJsonObject, type JsonObject } from '../core/json.ts'
import { objectOf } from './json-answer.ts'
import { headerOf, type Answer, type Probe } from './send.ts'

/** The last revision with sessions, and the first without. */
export const legacyRevision = '2025-11-25'
export const modernRevision = '2026-07-28'

const client = { name: 'mcpauth-doctor', version: '1' }

export const initialize: JsonObject = {
  method: 'initialize',
  params: { protocolVersion: legacyRevision, capabilities: {}, clientInfo: client },
}

/** The parameters of a request of the stateless revision. */
export function modernParams(params: JsonObject = {}): JsonObject {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': modernRevision,
    'io.modelcontextprotocol/clientInfo': client,
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  return { ...params, _meta: meta }
}

export type Headers = readonly (readonly [name: string, value: string])[]

/** A POST of one request; its id is 1. Reads until the answer is there. */
export function rpcProbe(url: string, message: JsonObject, headers: Headers = []): Probe {
  return {
    method: 'POST',
    url,
    headers: [
      ['content-type', 'application/json'],
      ['accept', 'application/json, text/event-stream'],
      ...headers,
    ],
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, ...message }),
    until: (text) => eventsOf(text).some((event) => event['id'] === 1),
  }
}

/** The JSON-RPC response to the request; undefined when the answer holds none. */
export function responseOf(answer: Answer): JsonObject | undefined {
  const isStream = headerOf(answer, 'content-type')?.includes('text/event-stream') === true
  const messages = isStream ? eventsOf(answer.text) : [objectOf(answer.text) ?? {}]
  return messages.find(
    (message) => message['jsonrpc'] === '2.0' && ('result' in message || 'error' in message),
  )
}

export function resultOf(answer: Answer): JsonObject | undefined {
  const result = responseOf(answer)?.['result']
  return isJsonObject(result) ? result : undefined
}

/** Whole events alone. */
function eventsOf(text: string): readonly JsonObject[] {
  const blocks = text.split(/\r?\n\r?\n/).slice(0, -1)
  return blocks.flatMap((block) => {
    const data = block.split(/\r?\n/).filter((line) => line.startsWith('data:'))
    const message = objectOf(data.map((line) => line.slice(5).trimStart()).join('\n'))
    return message === undefined ? [] : [message]
  })
}
