// Fetches a metadata document (RFC 8414 §3, RFC 9728 §3): there, missing, or unusable.
import type { JsonObject } from '../core/json.ts'
import type { ControlSender } from './control-request.ts'
import { readJsonObject } from './json-object.ts'

export type MetadataFetched =
  | { readonly kind: 'found'; readonly document: JsonObject }
  /** The next place may have it. */
  | { readonly kind: 'missing'; readonly problem: string }
  | { readonly kind: 'failed'; readonly problem: string; readonly isPassing: boolean }

const timeoutMs = 5000
const answerCap = 512 * 1024

/** `problem` completes "the server …" and holds nothing that the server sent. Never rejects. */
export async function fetchMetadata(
  url: string,
  send: ControlSender,
  signal: AbortSignal,
): Promise<MetadataFetched> {
  const headers = { accept: 'application/json' }
  const answer = await send({ method: 'GET', url, headers, timeoutMs, maxBytes: answerCap }, signal)
  if (!answer.ok) {
    // A site that redirects what it does not know has none.
    if (answer.failure === 'redirect') return { kind: 'missing', problem: answer.detail }
    const isPassing = answer.failure === 'timeout' || answer.failure === 'network'
    return { kind: 'failed', problem: answer.detail, isPassing }
  }
  const { status, text } = answer
  if (status >= 500 && status !== 502) {
    return { kind: 'failed', problem: `answered ${status} for its metadata`, isPassing: true }
  }
  const document = status === 200 ? readJsonObject(text) : undefined
  if (document !== undefined) return { kind: 'found', document }
  const problem = status === 200 ? 'answered with metadata that are no JSON' : `answered ${status}`
  return { kind: 'missing', problem }
}
