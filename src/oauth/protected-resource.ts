// From the URL of a resource to its authorization servers and scopes: its challenge, its metadata (RFC 9728), or what came before.
import type { JsonObject } from '../core/json.ts'
import type { ControlSender } from './control-request.ts'
import { fetchMetadata, type MetadataFetched } from './metadata-request.ts'
import { readBearerChallenge, scopeWords, type BearerChallenge } from './read-challenge.ts'
import { metadataUrl, wellKnownPath } from './resource-metadata.ts'
import { judgeUrl } from '../core/trusted-url.ts'

export interface FoundResource {
  /** What tokens are asked for (RFC 8707): the name in the metadata, which covers the URL that was asked. */
  readonly resource: string
  /** At least one, as they are written there. */
  readonly issuers: readonly string[]
  /** Of the challenge, else of the metadata; undefined when neither says any. */
  readonly scopes: readonly string[] | undefined
  /** There are no metadata: as in MCP 2025-03-26 the origin of the resource is the authorization server. */
  readonly isLegacy: boolean
}

export type Discovery<T> =
  | ({ readonly ok: true } & T)
  /** `problem` is a sentence without its full stop; `isPassing` when it may be another one later. */
  | {
      readonly ok: false
      readonly problem: string
      readonly hint?: string
      readonly isPassing: boolean
    }

const timeoutMs = 5000

/** Asks as `resource` says, and sends no credentials anywhere. Never rejects. */
export async function discoverResource(
  resource: URL,
  send: ControlSender,
  signal: AbortSignal,
): Promise<Discovery<FoundResource>> {
  const challenge = await challengeOf(resource, send, signal)
  const found = await metadataOf(resource, challenge, { send, signal })
  if (found.kind === 'failed')
    return fail(`the server of the resource ${found.problem}`, found.isPassing)
  if (found.kind === 'found') return readResource(found.document, resource, challenge?.scopes)
  if (challenge?.resourceMetadata !== undefined) {
    return fail(`the server of the resource ${found.problem} for the metadata of its challenge`)
  }
  const { origin, href } = resource
  const scopes = challenge?.scopes
  return { ok: true, resource: href, issuers: [origin], scopes, isLegacy: true }
}

function readResource(
  document: JsonObject,
  resource: URL,
  challenged: readonly string[] | undefined,
): Discovery<FoundResource> {
  const { resource: named, authorization_servers: servers, scopes_supported: supported } = document
  if (typeof named !== 'string' || !covers(named, resource)) {
    return fail('the metadata of the resource are about another resource')
  }
  const issuers = Array.isArray(servers) ? servers.filter((item) => typeof item === 'string') : []
  if (issuers.length === 0) return fail('the metadata of the resource name no authorization server')
  const listed = scopeWords(supported)
  const scopes = challenged ?? (listed.length === 0 ? undefined : listed)
  return { ok: true, resource: named, issuers, scopes, isLegacy: false }
}

interface Asking {
  readonly send: ControlSender
  readonly signal: AbortSignal
}

/** GET first, which changes nothing anywhere; MCP servers that know POST alone get a ping. */
async function challengeOf(
  resource: URL,
  send: ControlSender,
  signal: AbortSignal,
): Promise<BearerChallenge | undefined> {
  const accept = 'application/json, text/event-stream'
  const common = { url: resource.href, timeoutMs, maxBytes: 0, headOnly: true }
  const got = await send({ ...common, method: 'GET', headers: { accept } }, signal)
  if (!got.ok || got.status < 400 || got.status >= 500) return undefined
  if (got.status === 401) return readBearerChallenge(got.header('www-authenticate') ?? '')
  const headers = { accept, 'content-type': 'application/json' }
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' })
  const posted = await send({ ...common, method: 'POST', headers, body }, signal)
  if (!posted.ok || posted.status !== 401) return undefined
  return readBearerChallenge(posted.header('www-authenticate') ?? '')
}

async function metadataOf(
  resource: URL,
  challenge: BearerChallenge | undefined,
  { send, signal }: Asking,
): Promise<MetadataFetched> {
  if (challenge?.resourceMetadata !== undefined) {
    return fetchMetadata(challenge.resourceMetadata, send, signal)
  }
  const { origin, pathname } = resource
  const inserted = metadataUrl(origin + pathname.replace(/\/$/, ''))
  const first = await fetchMetadata(inserted, send, signal)
  const root = origin + wellKnownPath
  return first.kind !== 'missing' || inserted === root ? first : fetchMetadata(root, send, signal)
}

/** The same origin, and a path that begins with the whole segments of the named one. */
function covers(named: string, resource: URL): boolean {
  const judged = judgeUrl(named)
  if (!judged.ok || judged.url.origin !== resource.origin) return false
  const path = judged.url.pathname.replace(/\/$/, '')
  return resource.pathname === path || resource.pathname.startsWith(`${path}/`)
}

function fail(problem: string, isPassing = false): Discovery<never> {
  return { ok: false, problem, isPassing }
}
