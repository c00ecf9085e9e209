// What an MCP server sends over a transport without HTTP: which request a message belongs to, as far as it says.
import { isJsonObject, type JsonObject } from '../core/json.ts'
import { parseKeepingNumbers } from './exact-json.ts'
import type { RpcId } from './message.ts'

export type ServerMessage =
  | { readonly kind: 'response'; readonly id: RpcId | undefined; readonly errorCode?: number }
  | { readonly kind: 'request'; readonly id: RpcId }
  /** `about` is the progress token or the subscription that it names. */
  | { readonly kind: 'notification'; readonly about: RpcId | undefined }

const subscriptionMeta = 'io.modelcontextprotocol/subscriptionId'

/** Undefined for what is no JSON-RPC message. */
export function readServerMessage(text: string): ServerMessage | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isJsonObject(value) || value['jsonrpc'] !== '2.0') return undefined
  const id = idIn(value['id'])
  if (value['method'] === undefined) return readResponse(value, id)
  if (id !== undefined) return { kind: 'request', id }
  const params = objectIn(value, 'params')
  return {
    kind: 'notification',
    about: idIn(params['progressToken']) ?? idIn(objectIn(params, '_meta')[subscriptionMeta]),
  }
}

function readResponse(value: JsonObject, id: RpcId | undefined): ServerMessage | undefined {
  if (!('result' in value) && !('error' in value)) return undefined
  const code = objectIn(value, 'error')['code']
  return { kind: 'response', id, ...(typeof code === 'number' ? { errorCode: code } : {}) }
}

/**
 * The messages of a text one by one, each on one line: batches of revision 2025-03-26 are what few servers read on these
 * transports. Takes valid JSON only.
 */
export function messageLines(text: string): string[] {
  if (!text.trimStart().startsWith('[')) return [onOneLine(text)]
  const batch = parseKeepingNumbers(text)
  return Array.isArray(batch) ? batch.map((each) => onOneLine(JSON.stringify(each))) : []
}

/**
 * Line ends stand between tokens only, so that they can go. What some readers take for one besides may stand in a string;
 * unescaped it would let a caller write messages that nobody has judged.
 */
function onOneLine(text: string): string {
  return text
    .replace(/[\r\n]/g, ' ')
    .replace(
      /[\u0085\u2028\u2029]/g,
      (end) => String.raw`\u${end.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
}

/** A request with `id` for its own, and for its progress token where it has one. */
export function renumbered(text: string, id: number): string {
  const message = parseObject(text)
  message['id'] = id
  const meta = mutableIn(mutableIn(message, 'params'), '_meta')
  if (meta['progressToken'] !== undefined) meta['progressToken'] = id
  return JSON.stringify(message)
}

/** How the client named a request that went out renumbered. */
export interface ClientNames {
  readonly id: RpcId
  readonly progressToken: RpcId | undefined
}

/** What the server sent about the request `id`, in the words of the client. */
export function inClientsWords(text: string, id: number, names: ClientNames): string {
  const message = parseObject(text)
  if (message['method'] === undefined) message['id'] = names.id
  const params = mutableIn(message, 'params')
  if (params['progressToken'] === id) params['progressToken'] = names.progressToken
  for (const body of [params, mutableIn(message, 'result')]) {
    const meta = mutableIn(body, '_meta')
    if (meta[subscriptionMeta] === id) meta[subscriptionMeta] = names.id
  }
  return JSON.stringify(message)
}

/** The token under which a request wants to hear of its progress. */
export function progressTokenOf(params: JsonObject): RpcId | undefined {
  return idIn(objectIn(params, '_meta')['progressToken'])
}

type Mutable = Record<string, unknown>

function parseObject(text: string): Mutable {
  const value = parseKeepingNumbers(text)
  return isJsonObject(value) ? value : {}
}

/** The member itself, for changes; an object of nobody's where there is none. */
function mutableIn(value: Mutable, name: string): Mutable {
  const inner = value[name]
  return isJsonObject(inner) ? inner : {}
}

function objectIn(value: JsonObject, name: string): JsonObject {
  const inner = value[name]
  return isJsonObject(inner) ? inner : {}
}

function idIn(value: unknown): RpcId | undefined {
  return typeof value === 'string' || typeof value === 'number' ? value : undefined
}
