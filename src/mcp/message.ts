// A JSON-RPC message as a proxy must know it: request, notification or response, read in the one way all readers share.
import { isJsonObject } from '../core/json.ts'
import type { JsonObject } from '../core/json.ts'
import { foldedName } from '../core/folded-name.ts'
import { parseStrictJson } from '../core/strict-json.ts'

export type RpcId = string | number

export interface RpcMessage {
  /** Absent for notifications. */
  readonly id: RpcId | undefined
  /** Absent for responses. */
  readonly method: string | undefined
  readonly params: JsonObject
}

export type ParsedBody =
  | {
      readonly ok: true
      readonly messages: readonly [RpcMessage, ...RpcMessage[]]
      readonly isBatch: boolean
    }
  /** `problem` completes "the body …". */
  | {
      readonly ok: false
      readonly problem: string
      /** JSON-RPC's own code for it. */
      readonly rpcCode: -32700 | -32600
      readonly id?: RpcId
    }

/** Deep enough for the arguments of any tool. */
const deepest = 128
const longestBatch = 100

/** Parses the body of a POST. Refuses whatever two readers could take for two different messages. */
export function parseBody(bytes: Uint8Array): ParsedBody {
  const parsed = parseStrictJson(bytes, deepest)
  if (parsed === undefined) {
    const problem = `is no JSON in UTF-8, repeats a name, or nests deeper than ${deepest} levels`
    return { ok: false, problem, rpcCode: -32700 }
  }
  const { value } = parsed
  if (Array.isArray(value)) return readBatch(value)
  const message = readMessage(value)
  return typeof message === 'string'
    ? invalid(message, idOf(value))
    : { ok: true, messages: [message], isBatch: false }
}

function readBatch(items: readonly unknown[]): ParsedBody {
  if (items.length > longestBatch) return invalid(`holds more than ${longestBatch} messages`)
  const messages: RpcMessage[] = []
  const ids = new Set<string>()
  for (const item of items) {
    const message = readMessage(item)
    if (typeof message === 'string') return invalid(message)
    // Which of two requests an answer belongs to, nobody could tell; some servers take "1" for 1.
    if (message.id !== undefined && message.method !== undefined) {
      const id = String(message.id)
      if (ids.has(id)) return invalid('holds two requests of one id')
      ids.add(id)
    }
    messages.push(message)
  }
  const [first, ...rest] = messages
  if (first === undefined) return invalid('is an empty batch')
  return { ok: true, messages: [first, ...rest], isBatch: true }
}

/** Folded form → the one spelling. */
type Spellings = ReadonlyMap<string, string>

const spellings = (...names: readonly string[]): Spellings =>
  new Map(names.map((name) => [foldedName(name), name]))

const envelopeNames = spellings('jsonrpc', 'id', 'method', 'params', 'result', 'error')
/** The members of `params` that a decision reads, and those of its members. */
const paramNames = spellings('name', 'uri', 'ref', 'taskId', 'notifications', 'arguments', '_meta')
const innerNames: ReadonlyMap<string, Spellings> = new Map([
  ['ref', spellings('type', 'name', 'uri')],
  ['notifications', spellings('resourceSubscriptions')],
])

/** A message, or what is wrong with it. */
function readMessage(value: unknown): RpcMessage | string {
  if (!isJsonObject(value)) return 'holds something that is no JSON-RPC message'
  if (value['jsonrpc'] !== '2.0') return 'holds a message that is not of JSON-RPC 2.0'
  const look = lookAlike(value, envelopeNames)
  if (look !== undefined) return `holds a message with a member that only looks like "${look}"`
  const id = idOf(value)
  if (value['id'] !== undefined && id === undefined && !isOrphanError(value)) {
    return 'holds a message whose id is neither a string nor a number'
  }
  if (value['method'] === undefined) return readResponse(value, id)
  return readCall(value, id)
}

function readCall(value: JsonObject, id: RpcId | undefined): RpcMessage | string {
  const { method, params = {} } = value
  if (typeof method !== 'string') return 'holds a message whose method is no string'
  if ('result' in value || 'error' in value) {
    return 'holds a message that is both a request and a response'
  }
  if (!isJsonObject(params)) return 'holds a message whose params are no object'
  const look = lookAlike(params, paramNames) ?? innerLookAlike(params)
  if (look !== undefined) return `holds params with a member that only looks like "${look}"`
  return { id, method, params }
}

function readResponse(value: JsonObject, id: RpcId | undefined): RpcMessage | string {
  if ('result' in value === 'error' in value) {
    return 'holds a message that is neither a request nor a response'
  }
  return { id, method: undefined, params: {} }
}

/** An error may answer what could not be read, with `null` for the id that is not known (JSON-RPC 2.0 §5). */
function isOrphanError(value: JsonObject): boolean {
  return value['id'] === null && value['method'] === undefined && 'error' in value
}

function idOf(value: unknown): RpcId | undefined {
  const id = isJsonObject(value) ? value['id'] : undefined
  return typeof id === 'string' || typeof id === 'number' ? id : undefined
}

/** A name that some readers take for one of `names`: beside or in place of the real one it would be read there, and not here. */
function lookAlike(object: JsonObject, names: Spellings): string | undefined {
  for (const name of Object.keys(object)) {
    const real = names.get(foldedName(name))
    if (real !== undefined && name !== real) return real
  }
  return undefined
}

function innerLookAlike(params: JsonObject): string | undefined {
  for (const [member, names] of innerNames) {
    const inner = params[member]
    const look = isJsonObject(inner) ? lookAlike(inner, names) : undefined
    if (look !== undefined) return look
  }
  return undefined
}

function invalid(problem: string, id?: RpcId): ParsedBody {
  return { ok: false, problem, rpcCode: -32600, ...(id === undefined ? {} : { id }) }
}
