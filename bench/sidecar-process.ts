// A sidecar in a process of its own, as `dev run` starts it: outbound to the upstream, inbound in front of it.
import { systemClock } from '../src/core/clock.ts'
import { silentLogger } from '../src/core/logger.ts'
import { Secret } from '../src/core/secret.ts'
import type { AppSnapshot, HandlerSpec } from '../src/core/snapshot.ts'
import { Sidecar } from '../src/data-plane/sidecar.ts'
import { middlewares } from '../src/middleware/index.ts'
import { endpoint, handlerOf, snapshotOf } from '../test/support/sidecar.ts'

export interface SidecarProcessOptions {
  readonly upstream: string
  /** Origin of the issuer: with it `oauth2` goes outbound and `bearer` inbound, without it both pipelines are empty. */
  readonly issuer?: string
  readonly audience: string
}

export interface SidecarReady {
  readonly httpPort: number
  readonly ingressPort: number
}

const options = JSON.parse(process.argv[2] ?? '') as SidecarProcessOptions
const sidecar = await Sidecar.start(snapshot(options), {
  clock: systemClock,
  logger: silentLogger,
  accessLog: () => {},
  version: '0.0.0',
  middlewares,
  httpPort: 0,
  ingressPort: 0,
  maxBodyBytes: 4 * 1024 * 1024,
  allowedUrls: new Set(),
  svidIssuer: async () => 'http://127.0.0.1:9400/spiffe/bench',
  onShutdown: () => {},
})
const reports = await sidecar.warmUp(AbortSignal.timeout(10_000))
const failed = reports.handlers.flatMap(({ steps }) => steps).find(({ ok }) => !ok)
if (failed !== undefined) throw new Error(`${failed.what}: ${failed.detail}`)

// The channel asks for nothing but this: memory is measured after a collection, not before one that is due.
process.on('message', () => {
  globalThis.gc?.()
  process.send?.({})
})
process.on('disconnect', () => process.exit())
const ready: SidecarReady = { httpPort: sidecar.httpPort, ingressPort: sidecar.ingressPort ?? 0 }
process.send?.(ready)

function snapshot({ upstream, issuer, audience }: SidecarProcessOptions): AppSnapshot {
  const plain: Partial<AppSnapshot> = {
    app: { url: upstream, tokenHeader: 'dapr-api-token' },
    endpoints: [endpoint('upstream', upstream)],
  }
  if (issuer === undefined) return snapshotOf(plain)
  const tokenURL = `${issuer}/token`
  const oauth2 = { clientID: 'bench', clientSecret: new Secret('bench-secret'), tokenURL, audience }
  const bearer = { issuer, audience, jwksURL: `${issuer}/jwks` }
  return snapshotOf({
    ...plain,
    httpPipeline: [handler('middleware.http.oauth2', oauth2)],
    appHttpPipeline: [handler('middleware.http.bearer', bearer)],
  })
}

function handler(type: string, metadata: Readonly<Record<string, string | Secret>>): HandlerSpec {
  return { ...handlerOf(type), metadata } as HandlerSpec
}
