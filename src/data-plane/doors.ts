// The three doors of a sidecar, and how a request becomes a call at each: checks, identity, headers.
import type { IncomingMessage, ServerResponse } from 'node:http'

import type { McpAuthError } from '../core/errors.ts'
import type { Reply } from '../core/exchange.ts'
import { HeaderList } from '../core/header-list.ts'
import type { SidecarApi } from '../core/sidecar-apis.ts'
import type { AccessNotes, AccessRecord, Door } from './access-log.ts'
import type { ActiveSnapshot } from './active-snapshot.ts'
import { dropTargetHeaders, targetInHeaders } from './addressing.ts'
import { answerApi } from './api-request.ts'
import { serveInbound, serveOutbound } from './call.ts'
import { endToEndRequestHeaders, nominatedFields } from './hop-by-hop.ts'
import { isMcpPath, mcpServerInPath, serveMcp } from './mcp-call.ts'
import type { McpStreams } from './mcp-streams.ts'
import { identify } from './identity.ts'
import { ProxyExchange } from './proxy-exchange.ts'
import type { PublicBase } from './public-base.ts'
import { errorReply, sendReply } from './reply.ts'
import { checkApi, checkAuthorization, checkRequest, type HostGuard } from './request-checks.ts'
import { drainRequest, RequestBody } from './request-body.ts'
import { knownTarget } from './route.ts'
import { isApiPath, isProbe, type ApiContext } from './sidecar-api.ts'
import { parseTarget, type Target } from '../core/request-target.ts'
import type { UpstreamPools } from './upstreams.ts'

/** What the doors need of the sidecar, asked anew for every request. */
export interface DoorHost {
  readonly pools: UpstreamPools
  readonly mcpStreams: McpStreams
  readonly maxBodyBytes: number
  readonly publicBase: PublicBase
  /** Which Host and Origin headers are served; undefined where no browser can reach. */
  readonly guard: HostGuard | undefined
  current(): ActiveSnapshot
  api(): ApiContext
  /** Why the app gets no calls now, if it does not. */
  appProblem(): McpAuthError | undefined
  /** True once the sidecar has begun to stop. */
  readonly stopping: boolean
  now(): number
  monotonic(): number
  log(record: AccessRecord): void
}

/**
 * Serves one request; never throws. False when its form is refused: where it ends, two readers could then see
 * differently, so the answer ends the connection (RFC 9112 §11.2).
 */
export function serveRequest(
  door: Door,
  host: DoorHost,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const active = host.current().acquire()
  const started = host.monotonic()
  const time = host.now()
  const notes = notesOf(door, active)
  response.once('close', () => {
    active.release()
    host.log({
      time,
      door,
      ...notes,
      method: request.method ?? '-',
      status: response.headersSent ? response.statusCode : 499,
      durationMs: host.monotonic() - started,
      reason: notes.reason ?? incomplete(response),
    })
  })
  if (host.stopping) response.setHeader('connection', 'close')
  const arrival: Arrival = { request, response, active, notes }
  const refuse = (error: unknown): void => {
    const reply = errorReply(error)
    notes.reason = reply.reason
    sendReply(response, arrival.exchange?.finish(reply) ?? reply)
  }
  let checked: Checked
  try {
    checked = check(door, host.guard, arrival)
  } catch (error) {
    response.setHeader('connection', 'close')
    refuse(error)
    return false
  }
  handle(door, host, arrival, checked).catch((error: unknown) => {
    drainRequest(request)
    refuse(error)
  })
  return true
}

/** Notes a connection that was refused before there was a request; `method` as far as it could be read. */
export function logRefusal(door: Door, host: DoorHost, method: string, reply: Reply): void {
  const { status, reason } = reply
  const notes = notesOf(door, host.current())
  host.log({ time: host.now(), door, ...notes, method, status, durationMs: 0, reason })
}

interface Arrival {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly active: ActiveSnapshot
  readonly notes: AccessNotes
  /** Set once handlers may have a say in the answer. */
  exchange?: ProxyExchange
}

async function handle(
  door: Door,
  host: DoorHost,
  arrival: Arrival,
  checked: Checked,
): Promise<void> {
  const { request, response, active, notes } = arrival
  const { received, target, named } = checked
  const answerIt = (): Promise<void> =>
    answerApi({ request, response, headers: received, target, notes }, host.api())
  if (notes.api && isProbe(request.method, target.path)) return answerIt()
  const caller = identify(door, received, active.snapshot)
  notes.caller = caller.appId
  if (door === 'sidecar' && active.snapshot.deniedApis !== undefined) {
    checkApi(active.snapshot.deniedApis, apiOf(target.path, checked))
  }
  if (notes.api) return answerIt()
  const outside = door === 'sidecar' ? undefined : active.snapshot.app
  const headers = endToEndRequestHeaders(received, checked.nominated, outside)
  headers.delete('dapr-api-token')
  // Before any handler runs: one that sets Authorization would take the name away.
  if (door === 'sidecar') dropTargetHeaders(headers)
  const method = request.method ?? ''
  const body = new RequestBody(request, host.maxBodyBytes)
  const exchange = new ProxyExchange(
    { method, ...target, headers, caller },
    body,
    response,
    host.publicBase,
  )
  arrival.exchange = exchange
  const appProblem = (): McpAuthError | undefined => host.appProblem()
  const { pools, mcpStreams } = host
  const call = {
    request,
    response,
    exchange,
    active,
    pools,
    mcpStreams,
    notes,
    latest: () => latestFor(arrival, host),
    current: () => host.current(),
    appProblem,
  }
  if (checked.isMcp) return serveMcp(call)
  return door === 'sidecar' ? serveOutbound(call, named) : serveInbound(call)
}

function apiOf(path: string, { isMcp, named }: Checked): SidecarApi {
  if (isMcp) return 'mcp'
  if (named !== undefined || !isApiPath(path)) return 'invoke'
  return path === '/v1.0/shutdown' ? 'shutdown' : 'metadata'
}

function latestFor({ active, response }: Arrival, host: DoorHost): ActiveSnapshot {
  const latest = host.current()
  if (latest === active || response.closed) return active
  latest.acquire()
  response.once('close', () => latest.release())
  return latest
}

interface Checked {
  readonly received: HeaderList
  readonly target: Target
  /** The target that headers name. */
  readonly named: string | undefined
  /** True for the proxy endpoint of MCP servers. */
  readonly isMcp: boolean
  /** Fields that end here because Connection names them. */
  readonly nominated: ReadonlySet<string>
}

/** What is refused before anybody asks who calls. Notes first what can be read, for the log of a refusal. */
function check(
  door: Door,
  guard: HostGuard | undefined,
  { request, active, notes }: Arrival,
): Checked {
  const received = new HeaderList(request.rawHeaders)
  const target = parseTarget(request.url ?? '')
  const { path } = target
  notes.path = path
  const named = door === 'sidecar' ? targetInHeaders(received) : undefined
  const isMcp = door === 'sidecar' && named === undefined && isMcpPath(path)
  if (door === 'sidecar') {
    notes.target = knownTarget(named, path, active.targets)
    if (isMcp) notes.target = knownMcpServer(path, active)
    notes.api = isProbe(request.method, path) || (named === undefined && isApiPath(path))
  }
  // A handler opens the door to its origins for what passes it, which these never do.
  const isPastPipeline = notes.api || isMcp
  const pipeline = door === 'sidecar' ? active.httpPipeline : active.appHttpPipeline
  checkRequest(request, received, guard, isPastPipeline ? [] : pipeline.handlers)
  checkAuthorization(received, notes.target === active.snapshot.appId)
  return { received, target, named, isMcp, nominated: nominatedFields(received) }
}

function knownMcpServer(path: string, active: ActiveSnapshot): string | undefined {
  const name = mcpServerInPath(path)
  return active.mcpServers.get(name) === undefined ? undefined : `mcp:${name}`
}

/** Two doors lead to one place, whatever a request says. */
function notesOf(door: Door, active: ActiveSnapshot): AccessNotes {
  const target = door === 'sidecar' ? undefined : active.snapshot.appId
  return {
    caller: undefined,
    principal: undefined,
    target,
    path: '-',
    reason: undefined,
    access: undefined,
    rpc: undefined,
    shadow: undefined,
    api: false,
  }
}

/** Why an answer that began did not end, for the access log. */
function incomplete(response: ServerResponse): string | undefined {
  if (response.writableFinished) return undefined
  return response.headersSent ? 'stream cut' : 'caller gone'
}
