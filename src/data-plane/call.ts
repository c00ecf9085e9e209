// The order of a call: API token → httpPipeline → route → access control → appHttpPipeline → forward.
import type { IncomingMessage, ServerResponse } from 'node:http'

import type { Caller, Reply, ResponseHead } from '../core/exchange.ts'
import { McpAuthError } from '../core/errors.ts'
import type { AccessNotes } from './access-log.ts'
import { wireValue, urlUpstream, type ActiveSnapshot } from './active-snapshot.ts'
import { enforceAccessControl } from './access-control.ts'
import { forward } from './forward.ts'
import { outgoingHeaders, type HeaderChange } from './outgoing-headers.ts'
import { runRequest, runResponse, type ActiveHandler } from './pipeline.ts'
import type { McpStreams } from './mcp-streams.ts'
import type { ProxyExchange } from './proxy-exchange.ts'
import { callerUrlHeader } from './public-base.ts'
import { sendReply } from './reply.ts'
import { forwardAgain } from './resiliency/forward-again.ts'
import { checkUpgrade } from './request-checks.ts'
import { findRoute, type Route } from './route.ts'
import type { Upstream, UpstreamPools } from './upstreams.ts'

/** A request that passed the listener's checks. */
export interface Call {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly exchange: ProxyExchange
  readonly active: ActiveSnapshot
  readonly pools: UpstreamPools
  readonly notes: AccessNotes
  /** The snapshot that counts now; it stays open until the response is closed. */
  latest(): ActiveSnapshot
  /** The same, to be read at once. */
  current(): ActiveSnapshot
  readonly mcpStreams: McpStreams
  /** Why the app gets no calls now, if it does not. */
  appProblem(): McpAuthError | undefined
}

/**
 * A call from this App ID's own app to the target `named` in its headers, else in its path as the httpPipeline leaves it.
 * Throws McpAuthError when nothing was answered.
 */
export async function serveOutbound(call: Call, named: string | undefined): Promise<void> {
  const { active, exchange } = call
  const called = exchange.path
  const outcome = runRequest(active.httpPipeline, exchange)
  const reply = outcome instanceof Promise ? await outcome : outcome
  if (reply !== undefined) return answer(call, reply)
  if (exchange.path !== called) exchange.moved = true
  const route = findRoute(named, exchange.path, active.targets)
  exchange.path = route.path
  if (route.to === 'self') {
    call.notes.target = active.snapshot.appId
    return deliver(call, active.httpPipeline.handlers, active.snapshot.appId)
  }
  return sendOut(call, route)
}

/** A call to this App ID's app, from the ingress or from another sidecar. */
export async function serveInbound(call: Call): Promise<void> {
  return deliver(call, [])
}

/** `target` is what the caller's policies know the app as; inbound calls have those of their caller behind them. */
async function deliver(
  call: Call,
  outer: readonly ActiveHandler[],
  target?: string,
): Promise<void> {
  const { active, exchange } = call
  // A retry would change headers after the appHttpPipeline has seen them, and past it.
  if (outer.length > 0) exchange.retried = true
  const { snapshot } = active
  call.notes.access = enforceAccessControl(active.accessControl, exchange)
  const judged = exchange.path
  const outcome = runRequest(active.appHttpPipeline, exchange)
  const reply = outcome instanceof Promise ? await outcome : outcome
  call.notes.principal = exchange.principal
  if (reply !== undefined) return answer(call, reply)
  // The app gets no path that access control has not seen.
  if (exchange.path !== judged) {
    call.notes.access = enforceAccessControl(active.accessControl, exchange)
  }
  if (active.app === undefined) {
    throw new McpAuthError('INVOKE_TARGET_OFFLINE', `The App ID ${snapshot.appId} serves no app.`, {
      hint: 'Start it with --app-port <port>.',
    })
  }
  const problem = call.appProblem()
  if (problem !== undefined) throw problem
  const changes = callerHeaders(exchange.caller, snapshot.appId, snapshot.project)
  if (snapshot.app.token !== undefined) {
    changes.push({ name: snapshot.app.tokenHeader, value: wireValue(snapshot.app.token) })
  }
  const handlers = [...outer, ...active.appHttpPipeline.handlers]
  return send(call, { upstream: active.app, changes, handlers, target })
}

async function sendOut(call: Call, route: Exclude<Route, { to: 'self' }>): Promise<void> {
  const { active, exchange } = call
  const { handlers } = active.httpPipeline
  if (route.to === 'endpoint') {
    call.notes.target = route.endpoint.name
    const changes = route.endpoint.headers.map(({ name, value }) => ({
      name,
      value: wireValue(value),
      // A pipeline that attaches a token must not lose it to a line of the endpoint.
      yields: true as const,
    }))
    const upstream = active.endpointUpstream(route.endpoint)
    return send(call, { upstream, changes, handlers, target: route.endpoint.name, isOne: true })
  }
  if (route.to === 'url') {
    call.notes.target = route.origin
    const upstream = urlUpstream(route.origin, route.origin)
    return send(call, { upstream, changes: [], handlers, target: route.origin })
  }
  const { peer } = route
  call.notes.target = peer.appId
  const upstream = active.peerUpstream(peer)
  const { appId, project } = active.snapshot
  const changes = callerHeaders({ appId, confirmed: true }, peer.appId, project)
  const { publicBase } = exchange
  if (peer.socketPath !== undefined) {
    if (publicBase !== undefined) changes.push({ name: callerUrlHeader, value: publicBase })
  } else if (peer.endpoint?.token !== undefined) {
    changes.push({ name: peer.endpoint.tokenHeader, value: peer.endpoint.token.reveal() })
  }
  return send(call, { upstream, changes, handlers, target: peer.appId })
}

interface Delivery {
  readonly upstream: Upstream
  readonly changes: readonly HeaderChange[]
  readonly handlers: readonly ActiveHandler[]
  /** What the policies of a Resiliency know it as; without one none apply. */
  readonly target: string | undefined
  /** True when all of its paths share a circuit breaker. */
  readonly isOne?: true
}

async function send(call: Call, delivery: Delivery): Promise<void> {
  const { active, exchange, pools, request, response } = call
  const { upstream, changes, handlers, target, isOne } = delivery
  checkUpgrade(request)
  const options = {
    pools,
    upstream,
    path: exchange.path,
    outgoingHeaders: () => {
      exchange.beforeSend?.(urlOf(exchange, upstream))
      return outgoingHeaders(exchange, upstream, changes)
    },
    onHead: (head: ResponseHead) => runResponse(handlers, exchange, head),
  }
  const protection =
    target === undefined ? undefined : active.protection?.(target, isOne ? '' : exchange.path)
  if (protection === undefined || target === undefined) await forward(exchange, response, options)
  else {
    const again = { ...options, beforeRetry: () => judgeAgain(call, target) }
    await forwardAgain(exchange, response, again, protection)
  }
}

/** A retry may come long after its call was let through. Throws when the call would not get this far now. */
function judgeAgain(call: Call, target: string): void {
  const { accessControl, targets } = call.current()
  const { to } = findRoute(target, call.exchange.path, targets)
  if (to === 'self') enforceAccessControl(accessControl, call.exchange)
}

/** Another sidecar knows its app by the URL that the app here called. */
function urlOf({ path, publicBase }: ProxyExchange, upstream: Upstream): string | undefined {
  if (upstream.socketPath === undefined) return upstream.origin + upstream.basePath + path
  return publicBase === undefined ? undefined : publicBase + path
}

function answer(call: Call, reply: Reply): void {
  call.notes.reason = reply.reason
  call.exchange.body.discard()
  sendReply(call.response, call.exchange.finish(reply))
}

/** What Dapr tells the app of the caller; the project is the namespace. */
function callerHeaders(caller: Caller, callee: string, project: string): HeaderChange[] {
  const changes = [{ name: 'dapr-callee-app-id', value: callee }]
  if (caller.appId !== undefined) {
    changes.push({ name: 'dapr-caller-app-id', value: caller.appId })
    changes.push({ name: 'dapr-caller-namespace', value: project })
  }
  return changes
}
