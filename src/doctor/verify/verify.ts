// Tries at a server all that a protected MCP server must do.
import type { Clock } from '../../core/clock.ts'
import { McpAuthError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Secret } from '../../core/secret.ts'
import { isLoopback, printableUrl } from '../../core/trusted-url.ts'
import { parseJws } from '../../oauth/jws.ts'
import { documentOf, textOf, textsOf } from '../json-answer.ts'
import { resourceMetadataPlaces } from '../places.ts'
import { initialize, rpcProbe } from '../rpc.ts'
import type { NoAnswer, Send } from '../send.ts'
import type { Bench, Case, Outcome, Result } from './case.ts'
import { credentialsCases } from './credentials-cases.ts'
import { strangerForger, type Forger } from './forge.ts'
import { metadataCases } from './metadata-cases.ts'
import { sessionCases } from './session-cases.ts'
import { tokenCases } from './token-cases.ts'

export const cases: readonly Case[] = [
  ...credentialsCases,
  ...tokenCases,
  ...metadataCases,
  ...sessionCases,
]

export interface Verification {
  readonly server: URL
  readonly token: Secret | undefined
  readonly issuer: Forger | undefined
  readonly send: Send
  readonly clock: Clock
  /** How long a stream is watched on which nothing happens. */
  readonly idleMs: number
  readonly signal: AbortSignal
}

/**
 * One after the other, so that they cannot disturb each other. Ends early when the signal says so. Throws
 * UPSTREAM_UNREACHABLE or UPSTREAM_TIMEOUT where there is no server to try.
 */
export async function verify(parts: Verification): Promise<readonly Result[]> {
  const bench = await benchOf(parts)
  const first = await bench.call()
  if (!first.ok && !parts.signal.aborted) throw unreachable(bench.named, first)
  const results: Result[] = []
  for (const one of cases) {
    if (parts.signal.aborted) break
    results.push(resultOf(one, await one.run(bench)))
  }
  return results
}

function unreachable(server: URL, { failure, detail }: NoAnswer): McpAuthError {
  const code = failure === 'timeout' ? 'UPSTREAM_TIMEOUT' : 'UPSTREAM_UNREACHABLE'
  return new McpAuthError(code, `The server ${printableUrl(server)} ${detail}.`, {
    hint: 'Check the URL, and that the server runs. mcpauth doctor says more.',
  })
}

async function benchOf(parts: Verification): Promise<Bench> {
  const { server, send, token, issuer, clock, idleMs } = parts
  const named = new URL(printableUrl(server))
  const isPrivate = server.protocol === 'https:' || isLoopback(server.hostname)
  const usable = isPrivate ? token?.reveal() : undefined
  return {
    server,
    named,
    send,
    token: usable,
    claims:
      (usable === undefined ? undefined : parseJws(usable)?.payload) ?? (await told(named, send)),
    stranger: strangerForger(),
    issuer: isPrivate ? issuer : undefined,
    idleMs,
    now: Math.floor(clock.now() / 1000),
    call: (headers = []) => send(rpcProbe(server.href, initialize, headers)),
  }
}

/** Claims of a token that the server would take, as far as it says. */
async function told(named: URL, send: Send): Promise<JsonObject> {
  const [place] = resourceMetadataPlaces(named, undefined)
  const answer = await send({ method: 'GET', url: place?.url ?? '' })
  const document = answer.ok ? (documentOf(answer) ?? {}) : {}
  const [iss = named.origin] = textsOf(document, 'authorization_servers') ?? []
  const resource = textOf(document, 'resource') ?? ''
  return {
    iss,
    // Tokens with these claims may be signed by the issuer, and go to this server: never for another one to be called with.
    aud: URL.parse(resource)?.origin === named.origin ? resource : named.href,
    sub: 'verify',
    client_id: 'verify',
  }
}

function resultOf({ id, must }: Case, outcome: Outcome): Result {
  if (outcome === undefined) return { id, must, status: 'passed' }
  if (typeof outcome === 'string') return { id, must, status: 'failed', detail: outcome }
  return { id, must, status: 'skipped', detail: outcome.why }
}
