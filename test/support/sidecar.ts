// Starts a real sidecar from a small description, for tests of the data plane.
import type { AccessControl } from '../../src/core/access-control.ts'
import { silentLogger } from '../../src/core/logger.ts'
import { systemClock } from '../../src/core/clock.ts'
import { Secret } from '../../src/core/secret.ts'
import type { AppSnapshot, HandlerSpec } from '../../src/core/snapshot.ts'
import type { AccessRecord } from '../../src/data-plane/access-log.ts'
import { Sidecar, type SidecarOptions } from '../../src/data-plane/sidecar.ts'
import type { Provisioned } from '../../src/middleware/middleware.ts'

export const apiToken = 'mcpauth://v1/test/app/token'

export function snapshotOf(parts: Partial<AppSnapshot> = {}): AppSnapshot {
  return {
    project: 'test',
    appId: 'app',
    revision: 1,
    apiToken: new Secret(apiToken),
    app: { tokenHeader: 'dapr-api-token' },
    configuration: undefined,
    httpPipeline: [],
    appHttpPipeline: [],
    endpoints: [],
    mcpServers: [],
    secretVariables: [],
    peers: [],
    components: [],
    ...parts,
  }
}

/** Access control that lets nobody in. */
export const closedToAll: AccessControl = {
  defaultAction: 'deny',
  policies: [],
  place: 'configuration.yaml:6:3',
}

export function endpoint(name: string, baseUrl: string, headers: Record<string, string> = {}) {
  return {
    name,
    baseUrl,
    place: 'endpoint.yaml:1:1',
    headers: Object.entries(headers).map(([header, value]) => ({ name: header, value })),
  }
}

/** A handler of the test's own making: `type` selects it from the list given to `startSidecar`. */
export function handlerOf(type: string, digest = 'd1', metadata = {}): HandlerSpec {
  return {
    name: type,
    type,
    version: 'v1',
    place: 'configuration.yaml:7:9',
    metadata,
    digest,
    componentPlace: 'component.yaml:1:1',
    fieldPlaces: {},
  }
}

export interface TestSidecar {
  readonly sidecar: Sidecar
  readonly port: number
  readonly url: string
  readonly log: AccessRecord[]
  /** Resolves when `count` records have been logged. */
  logged(count: number): Promise<void>
}

export async function startSidecar(
  snapshot: AppSnapshot,
  handlers: Record<string, () => Provisioned> = {},
  options: Partial<SidecarOptions> = {},
): Promise<TestSidecar> {
  const log: AccessRecord[] = []
  const waiting: { count: number; done: () => void }[] = []
  const sidecar = await Sidecar.start(snapshot, {
    clock: systemClock,
    logger: silentLogger,
    accessLog: (record) => {
      log.push(record)
      for (const wait of waiting) if (log.length >= wait.count) wait.done()
    },
    version: '0.0.0',
    middlewares: Object.entries(handlers).map(([type, provision]) => ({
      type,
      version: 'v1',
      provision,
    })),
    httpPort: 0,
    maxBodyBytes: 4 * 1024 * 1024,
    allowedUrls: new Set(),
    svidIssuer: async () => 'http://127.0.0.1:9400/spiffe/test',
    onShutdown: () => {},
    ...options,
  })
  return {
    sidecar,
    port: sidecar.httpPort,
    url: `http://127.0.0.1:${sidecar.httpPort}`,
    log,
    logged: (count) =>
      new Promise((resolve) => {
        if (log.length >= count) resolve()
        else waiting.push({ count, done: resolve })
      }),
  }
}
