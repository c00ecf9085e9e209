// Which revision of MCP a message is of, and whether the headers that mirror it agree. The body decides.
import { isJsonObject } from '../core/json.ts'
import type { RpcMessage } from './message.ts'
import { mirroredName } from './question.ts'

/** `legacy`: sessions, up to 2025-11-25. `modern`: stateless, from 2026-07-28 on. */
export type Era = 'legacy' | 'modern'

/** Headers of a request, each at most once, as the listener has checked. */
export interface MirrorHeaders {
  /** Takes lower-case names. */
  get(name: string): string | undefined
}

const firstModern = '2026-07-28'
const lastWithBatches = '2025-03-26'
const revision = /^\d{4}-\d{2}-\d{2}$/
const versionHeader = 'mcp-protocol-version'
const versionMeta = 'io.modelcontextprotocol/protocolVersion'

export function eraOf(message: RpcMessage, headers: MirrorHeaders): Era {
  const version = versionInBody(message) ?? headers.get(versionHeader) ?? ''
  return revision.test(version) && version >= firstModern ? 'modern' : 'legacy'
}

/** Whether the revision of a message no longer has its method. */
export function hasEnded(message: RpcMessage, headers: MirrorHeaders): boolean {
  return ended.has(message.method ?? '') && eraOf(message, headers) === 'modern'
}

/** `subscriptions/listen` took their place. Others that ended need no grant, and are the server's to refuse. */
const ended: ReadonlySet<string> = new Set(['resources/subscribe', 'resources/unsubscribe'])

/** What the headers say otherwise than the body, as a sentence without its full stop; undefined when they agree. */
export function headerConflict(
  messages: readonly RpcMessage[],
  isBatch: boolean,
  headers: MirrorHeaders,
): string | undefined {
  const [first] = messages
  if (first === undefined) return undefined
  if (isBatch) return batchConflict(messages, headers)
  const version = versionInBody(first)
  const stated = headers.get(versionHeader)
  if (version !== undefined && stated !== undefined && version !== stated) {
    return 'The header MCP-Protocol-Version names another revision than the body'
  }
  const method = headers.get('mcp-method')
  if (method !== undefined && method !== first.method) {
    return 'The header Mcp-Method names another method than the body'
  }
  return nameConflict(first, headers.get('mcp-name'))
}

/** Only 2025-03-26 has batches; no header can mirror one. */
function batchConflict(
  messages: readonly RpcMessage[],
  headers: MirrorHeaders,
): string | undefined {
  if (headers.get('mcp-method') !== undefined || headers.get('mcp-name') !== undefined) {
    return 'The headers Mcp-Method and Mcp-Name cannot stand for a batch'
  }
  const version = headers.get(versionHeader)
  const isOld = version === undefined || (revision.test(version) && version <= lastWithBatches)
  if (isOld && messages.every((message) => versionInBody(message) === undefined)) return undefined
  return `Batches ended with revision ${lastWithBatches}, and this is a later one`
}

function nameConflict(message: RpcMessage, header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  const name = mirroredName(message)
  // What an extension mirrors there is its own affair.
  if (name === undefined) return undefined
  return decodeMirrored(header) === name
    ? undefined
    : 'The header Mcp-Name names something else than the body'
}

const sentinel = /^=\?base64\?([A-Za-z0-9+/]*={0,2})\?=$/
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text of a mirrored header: plain, or in the Base64 form for what a header cannot hold; undefined for neither. */
export function decodeMirrored(header: string): string | undefined {
  if (!header.startsWith('=?base64?') || !header.endsWith('?=')) return header
  const encoded = sentinel.exec(header)?.[1]
  if (encoded === undefined) return undefined
  const bytes = Buffer.from(encoded, 'base64')
  // A second spelling of the same bytes is none (RFC 4648 §3.5).
  if (bytes.toString('base64') !== encoded) return undefined
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

function versionInBody({ params }: RpcMessage): string | undefined {
  const meta = params['_meta']
  const version = isJsonObject(meta) ? meta[versionMeta] : undefined
  return typeof version === 'string' ? version : undefined
}
