// The sidecar of an App ID as single commands use it: the one that runs, or one that lives as long as the work.
import type { ControlPlane } from '../control-plane/control-plane.ts'
import type { Clock } from '../core/clock.ts'
import { silentLogger } from '../core/logger.ts'
import type { Secret } from '../core/secret.ts'
import type { AppSnapshot } from '../core/snapshot.ts'
import { Sidecar } from '../data-plane/sidecar.ts'
import { middlewares } from '../middleware/index.ts'
import { serverEnvironment } from './environment.ts'
import { currentSvidIssuer } from './idp/svid-issuer.ts'
import { serverStarter } from './server-process.ts'

export interface SidecarWorld {
  readonly controlPlane: ControlPlane
  /** Data folder. */
  readonly home: string
  readonly clock: Clock
  readonly version: string
  /** What the processes of stdio MCP servers inherit. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Takes a line that the process of an MCP server wrote beside its protocol. */
  serverOutput(server: string, line: string): void
}

/** Its door for the app, and the token that says who calls. */
export interface ReachedSidecar {
  readonly url: string
  readonly apiToken: Secret
}

/** How long first tokens and keys are waited for, in ms; requests wait for the rest. */
const warmUpLimit = 5_000
const maxBodyBytes = 16 * 1024 * 1024

/** Throws APPID_NOT_FOUND. */
export async function withSidecar<T>(
  world: SidecarWorld,
  { project, appId }: { readonly project: string; readonly appId: string },
  work: (sidecar: ReachedSidecar) => Promise<T>,
): Promise<T> {
  const snapshot = world.controlPlane.snapshot(project, appId)
  const running = world.controlPlane.sessions.list(project).find((one) => one.appId === appId)
  if (running === undefined) return withOwnSidecar(world, snapshot, work)
  return work({ url: `http://127.0.0.1:${running.httpPort}`, apiToken: snapshot.apiToken })
}

/** With a sidecar that nobody is told of: it serves what `work` calls, and no other sidecar. */
export async function withOwnSidecar<T>(
  world: SidecarWorld,
  snapshot: AppSnapshot,
  work: (sidecar: ReachedSidecar) => Promise<T>,
): Promise<T> {
  const { clock, version, home, env } = world
  const sidecar = await Sidecar.start(snapshot, {
    clock,
    logger: silentLogger,
    accessLog: () => {},
    version,
    middlewares,
    httpPort: 0,
    maxBodyBytes,
    allowedUrls: new Set(),
    svidIssuer: () => currentSvidIssuer(home, snapshot.project),
    startServer: serverStarter({
      clock,
      environment: () => serverEnvironment(env, snapshot.secretVariables),
      output: (server, line) => world.serverOutput(server, line),
    }),
    onShutdown: () => {},
  })
  try {
    await sidecar.warmUp(AbortSignal.timeout(warmUpLimit))
    return await work({
      url: `http://127.0.0.1:${sidecar.httpPort}`,
      apiToken: snapshot.apiToken,
    })
  } finally {
    await sidecar.stop(0)
  }
}
