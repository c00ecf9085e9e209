// The sidecar's own routes: health, metadata and shutdown, with Dapr's shapes (dapr pkg/api/http).
import type { Reply } from '../core/exchange.ts'
import type { HeaderList } from '../core/header-list.ts'
import type { AppSnapshot } from '../core/snapshot.ts'
import type { AppHealth } from './app-health.ts'

export interface ApiRequest {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: HeaderList
}

/** `reason` is set for failures. */
export type ApiReply = Omit<Reply, 'reason'> & { readonly reason?: string }

export interface ApiContext {
  readonly snapshot: AppSnapshot
  readonly version: string
  /** True from the end of warm-up until shutdown. */
  readonly ready: boolean
  /** Undefined when the health of the app is not checked. */
  readonly health: Pick<AppHealth, 'check' | 'isHealthy'> | undefined
  /** User-set metadata, written through `PUT /v1.0/metadata/<key>`. */
  readonly extended: Map<string, string>
  /** `force`: without waiting for what is under way. */
  shutdown(force: boolean): void
}

/** These two answer without an API token (dapr pkg/api/http/middlewares.go). */
export function isProbe(method: string | undefined, path: string): boolean {
  return method === 'GET' && (path === healthz || path === `${healthz}/outbound`)
}

/** The answer of the sidecar's own API, or undefined when the path is not one of its routes. */
export function serveApi(
  request: ApiRequest,
  context: ApiContext,
  body: string,
): ApiReply | undefined {
  const { method, path } = request
  if (method === 'GET') return read(request, context)
  const key = /^\/v1\.0\/metadata\/([^/]+)$/.exec(path)?.[1]
  if (method === 'PUT' && key !== undefined)
    return setMetadata(context, decodeURIComponent(key), body)
  if (method === 'POST' && path === '/v1.0/shutdown') {
    context.shutdown(request.headers.get('dapr-force-shutdown')?.toLowerCase() === 'true')
    return noContent
  }
  return undefined
}

function read(request: ApiRequest, context: ApiContext): ApiReply | undefined {
  if (request.path === healthz) return sidecarHealth(request, context)
  if (request.path === `${healthz}/outbound`) {
    return context.ready ? noContent : notReady('ERR_OUTBOUND_HEALTH_NOT_READY')
  }
  return request.path === '/v1.0/metadata' ? json(200, metadata(context)) : undefined
}

/** Paths whose body is read before `serveApi` is called. */
export function isApiPath(path: string): boolean {
  return apiPath.test(path)
}

const healthz = '/v1.0/healthz'
const apiPath = /^\/v1\.0\/(?:healthz(?:\/outbound)?|metadata(?:\/[^/]+)?|shutdown)$/
const noContent: ApiReply = { status: 204, headers: [], body: '' }
const maxExtended = 64

function sidecarHealth(request: ApiRequest, context: ApiContext): ApiReply {
  const appId = new URLSearchParams(request.query).get('appid')
  if (appId !== null && appId !== context.snapshot.appId) {
    return failure(
      500,
      'ERR_HEALTH_APPID_NOT_MATCH',
      `this sidecar belongs to the App ID ${context.snapshot.appId}`,
    )
  }
  return context.ready ? noContent : notReady('ERR_HEALTH_NOT_READY')
}

function notReady(errorCode: string): ApiReply {
  return failure(500, errorCode, 'the sidecar is not ready')
}

function setMetadata(context: ApiContext, key: string, value: string): ApiReply {
  if (context.extended.size >= maxExtended && !context.extended.has(key)) {
    return failure(400, 'REQUEST_MALFORMED', `only ${maxExtended} entries are kept`)
  }
  context.extended.set(key, value)
  return noContent
}

function metadata(context: ApiContext): object {
  const { snapshot } = context
  const app = snapshot.app.url === undefined ? undefined : new URL(snapshot.app.url)
  return {
    id: snapshot.appId,
    runtimeVersion: `mcpauth ${context.version}`,
    // Ours, for `--wait`: which state of the control plane this sidecar works by.
    revision: snapshot.revision,
    enabledFeatures: [],
    actors: [],
    components: snapshot.components.map((component) => ({ ...component, capabilities: [] })),
    extended: Object.fromEntries(context.extended),
    subscriptions: [],
    // What no sidecar of this kind ever has, in Dapr's shapes, so that its clients find the fields they read.
    actorRuntime: { runtimeStatus: 'DISABLED' },
    scheduler: {},
    workflows: {},
    mcpServers: snapshot.mcpServers.map(({ name }) => ({ name })),
    resiliencies: (snapshot.resiliency?.names ?? []).map((name) => ({ name })),
    workflowAccessPolicies: [],
    httpEndpoints: snapshot.endpoints.map(({ name }) => ({ name })),
    ...(app === undefined
      ? {}
      : {
          appConnectionProperties: {
            port: Number(app.port === '' ? (app.protocol === 'https:' ? 443 : 80) : app.port),
            protocol: app.protocol.slice(0, -1),
            channelAddress: app.hostname,
            maxConcurrency: 0,
            ...appHealth(context),
          },
        }),
  }
}

/** Dapr's fields; `status` is ours, for `mcpauth dev status`. */
function appHealth({ health }: ApiContext): object {
  if (health === undefined) return {}
  const { path, intervalSeconds, timeoutMs, threshold } = health.check.spec
  return {
    health: {
      healthCheckPath: path,
      healthProbeInterval: `${intervalSeconds}s`,
      healthProbeTimeout: `${timeoutMs}ms`,
      healthThreshold: threshold,
      status: health.isHealthy ? 'healthy' : 'unhealthy',
    },
  }
}

function failure(status: number, errorCode: string, message: string): ApiReply {
  return { ...json(status, { errorCode, message }), reason: `${errorCode}: ${message}` }
}

function json(status: number, value: object): ApiReply {
  return {
    status,
    headers: ['content-type', 'application/json', 'cache-control', 'no-store'],
    body: JSON.stringify(value),
  }
}
