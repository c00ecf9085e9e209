// What would become of a call: asked of the very parts that would serve it, in their order, and nothing is sent to the app.
import { McpAuthError } from '../core/errors.ts'
import type { Caller, Exchange } from '../core/exchange.ts'
import { HeaderList } from '../core/header-list.ts'
import type { Secret } from '../core/secret.ts'
import { accessHints } from './access-hints.ts'
import { enforceAccessControl } from './access-control.ts'
import type { ActiveSnapshot } from './active-snapshot.ts'
import type { ActiveHandler, Pipeline } from './pipeline.ts'
import { errorReply } from './reply.ts'
import { checkApi } from './request-checks.ts'
import { findRoute } from './route.ts'
import { parseTarget } from '../core/request-target.ts'

export interface TrialCall {
  /** Path and query, as a client sends them. */
  readonly path: string
  readonly method: string
  /** The access token that the call carries; without one no token is checked. */
  readonly token: Secret | undefined
  readonly signal: AbortSignal
}

/** The parts on the way; without `from` the call comes in through the ingress. */
export interface TrialParties {
  readonly from: ActiveSnapshot | undefined
  /** App ID or HTTPEndpoint, as the caller names it. */
  readonly target: string
  /** The App ID of that name, which is asked when there is no HTTPEndpoint of the name. */
  readonly to: ActiveSnapshot | undefined
}

export type TrialLayer = 'request' | 'httpPipeline' | 'route' | 'accessControl' | 'appHttpPipeline'

export interface TrialStep {
  readonly layer: TrialLayer
  readonly outcome: 'passed' | 'refused' | 'notTried'
  readonly detail: string
  readonly hints?: readonly string[]
}

export interface Trial {
  readonly allowed: boolean
  /** The HTTP status of the refusal. */
  readonly status?: number
  readonly steps: readonly TrialStep[]
}

/** Never throws for a call that would be refused: that is the answer. */
export async function tryCall(parties: TrialParties, call: TrialCall): Promise<Trial> {
  const steps: TrialStep[] = []
  try {
    for await (const step of stepsOf(parties, call)) steps.push(step)
    return { allowed: true, steps }
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    steps.push(error.step)
    return { allowed: false, status: error.status, steps }
  }
}

class Refused extends Error {
  readonly step: TrialStep
  readonly status: number

  constructor(step: TrialStep, status: number) {
    super(step.detail)
    this.step = step
    this.status = status
  }
}

async function* stepsOf(
  { from, target, to }: TrialParties,
  call: TrialCall,
): AsyncGenerator<TrialStep> {
  const { path, query } = at('request', () => parseTarget(call.path))
  yield { layer: 'request', outcome: 'passed', detail: `${call.method} ${path}` }
  if (from !== undefined) {
    at('request', () => checkApi(from.snapshot.deniedApis ?? [], 'invoke'))
    yield untried('httpPipeline', from.httpPipeline, from.snapshot.appId)
    const route = at('route', () => findRoute(target, path, from.targets))
    if (route.to === 'endpoint') at('route', () => from.endpointUpstream(route.endpoint))
    const isApp = route.to === 'peer' || route.to === 'self'
    const detail = isApp ? `App ID ${target}` : `${target} is no App ID: there is no access control`
    yield { layer: 'route', outcome: 'passed', detail }
    if (!isApp) return
  }
  if (to === undefined) throw new TypeError('a call to an App ID needs its snapshot')
  const caller: Caller = { appId: from?.snapshot.appId, confirmed: from !== undefined }
  yield controlled(to, { caller, method: call.method, path })
  yield* checked(to, { ...call, caller, path, query })
}

function controlled(
  { accessControl, snapshot }: ActiveSnapshot,
  request: Parameters<typeof enforceAccessControl>[1],
): TrialStep {
  const layer = 'accessControl'
  const ground = at(
    layer,
    () => enforceAccessControl(accessControl, request),
    () => accessHints(snapshot, request),
  )
  const detail = ground ?? 'no Configuration with accessControl: everybody may call'
  return { layer, outcome: 'passed', detail }
}

const bearer = 'middleware.http.bearer'

/** Handlers that only look are run; what others would do depends on more than is known here. */
async function* checked(to: ActiveSnapshot, call: TriedCall): AsyncGenerator<TrialStep> {
  const layer = 'appHttpPipeline'
  const { appHttpPipeline, snapshot } = to
  yield untried(layer, { ...appHttpPipeline, handlers: [] }, snapshot.appId)
  const exchange = exchangeOf(call)
  for (const { spec, provisioned } of appHttpPipeline.handlers) {
    const why = reasonNotToTry({ spec, provisioned }, call)
    if (why !== undefined) {
      yield { layer, outcome: 'notTried', detail: `${labelOf(spec)}: ${why}` }
      continue
    }
    const before = exchange.path
    const reply = await outcomeOf(layer, async () => provisioned.onRequest?.(exchange))
    if (reply !== undefined) {
      const detail = `${labelOf(spec)} refuses: ${reply.reason}`
      throw new Refused({ layer, outcome: 'refused', detail }, reply.status)
    }
    const { path } = exchange
    const taken = spec.type === bearer ? 'accepts the token' : 'lets it through'
    const done = path === before ? taken : `leads to ${path}`
    yield { layer, outcome: 'passed', detail: `${labelOf(spec)} ${done}` }
  }
  if (exchange.path !== call.path) yield controlled(to, exchange)
}

type TriedCall = TrialCall & Pick<Exchange, 'caller' | 'path' | 'query'>

function exchangeOf({ caller, method, path, query, token, signal }: TriedCall): Exchange {
  const headers = token === undefined ? [] : ['authorization', `Bearer ${token.reveal()}`]
  return {
    caller,
    method,
    path,
    query,
    signal,
    headers: new HeaderList(headers),
    replayable: false,
    publicBase: undefined,
    remoteAddress: undefined,
    wholeBody: async () => new Uint8Array(),
    changeBody() {},
    atReply() {},
  }
}

function reasonNotToTry(
  { spec, provisioned }: ActiveHandler,
  { token }: TrialCall,
): string | undefined {
  if (spec.type === bearer) return token === undefined ? 'no token was given' : undefined
  return provisioned.isSelfContained === true ? undefined : 'it may contact others'
}

/** A pipeline as far as it can be told without running it. */
function untried(
  layer: 'httpPipeline' | 'appHttpPipeline',
  { problem, handlers }: Pipeline,
  appId: string,
): TrialStep {
  at(layer, () => {
    if (problem !== undefined) throw problem
  })
  const names = handlers.map(({ spec }) => labelOf(spec)).join(', ')
  const detail = names === '' ? `of ${appId}: usable` : `of ${appId}: ${names}`
  return { layer, outcome: names === '' ? 'passed' : 'notTried', detail }
}

function labelOf({ name, type }: ActiveHandler['spec']): string {
  return `${name} (${type})`
}

function at<T>(layer: TrialLayer, work: () => T, hints: () => readonly string[] = () => []): T {
  try {
    return work()
  } catch (error) {
    throw refusedAt(layer, error, hints())
  }
}

async function outcomeOf<T>(layer: TrialLayer, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw refusedAt(layer, error, [])
  }
}

function refusedAt(layer: TrialLayer, error: unknown, hints: readonly string[]): unknown {
  if (!(error instanceof McpAuthError)) return error
  const { status, reason } = errorReply(error)
  const advice = [...hints, ...(error.hint === undefined ? [] : [error.hint])]
  const more = advice.length === 0 ? {} : { hints: advice }
  return new Refused({ layer, outcome: 'refused', detail: reason, ...more }, status)
}
