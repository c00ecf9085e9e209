// The running proxy of one App ID: its doors, its current snapshot, reload without a gap, orderly stop.
import { randomBytes } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'

import type { Clock } from '../core/clock.ts'
import type { GrantStore } from '../core/grants.ts'
import type { Logger } from '../core/logger.ts'
import type { AppSnapshot } from '../core/snapshot.ts'
import type { Middleware, WarmUpStep } from '../middleware/middleware.ts'
import type { AccessLog, Door } from './access-log.ts'
import { AppHealth, type HealthChange } from './app-health.ts'
import { ActiveSnapshot } from './active-snapshot.ts'
import { Bridges } from './bridge/bridges.ts'
import type { StartServer } from './bridge/channel.ts'
import type { Receiver } from './connections.ts'
import { logRefusal, serveRequest, type DoorHost } from './doors.ts'
import { HandlerRegistry } from './handlers.ts'
import type { McpServer } from './mcp-servers.ts'
import { McpStreams } from './mcp-streams.ts'
import { defaultHeaderBytes, listen, type Listener, type ListenOn } from './listener.ts'
import type { ActiveHandler, Pipeline } from './pipeline.ts'
import type { Proxies } from './proxies.ts'
import { publicBaseOf } from './public-base.ts'
import type { HostGuard } from './request-checks.ts'
import { Breakers } from './resiliency/breakers.ts'
import { UpstreamPools } from './upstreams.ts'

export interface SidecarOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly accessLog: AccessLog
  readonly version: string
  readonly middlewares: readonly Middleware[]
  /** The logins of the project. */
  readonly grants?: GrantStore
  /** Port of the app-facing door on 127.0.0.1; 0 picks a free one. */
  readonly httpPort: number
  /** Port of the ingress, if there is to be one; 0 picks a free one. */
  readonly ingressPort?: number
  /** URL at which callers reach the root of the ingress, without a slash at the end; else it is that of the listener. */
  readonly publicUrl?: string | undefined
  /** Path of the private socket for the project's other sidecars. */
  readonly socketPath?: string
  /** Largest request body in bytes. */
  readonly maxBodyBytes: number
  /** Longest headers of a request, and of an answer, in bytes; 16 KiB unless given. */
  readonly maxHeaderBytes?: number | undefined
  /** Through which HTTPEndpoints are called; absent: directly. */
  readonly proxies?: Proxies | undefined
  /** Origins that callers may name in place of an App ID. */
  readonly allowedUrls: ReadonlySet<string>
  /** The issuer that JWT-SVIDs name: where their keys are published now. */
  readonly svidIssuer: () => Promise<string>
  /** Starts the processes of stdio servers; absent where none are to be started. */
  readonly startServer?: StartServer
  /** Called for `POST /v1.0/shutdown`; `force` for `Dapr-Force-Shutdown: true`, which waits for nothing. */
  onShutdown(force: boolean): void
  /** Called when the app, whose health is checked, has become healthy or unhealthy. */
  onHealthChange?(change: HealthChange): void
}

/** A handler's start, as `dev run` shows it. */
export interface HandlerReport {
  readonly pipeline: 'httpPipeline' | 'appHttpPipeline'
  readonly handler: ActiveHandler
  readonly steps: readonly WarmUpStep[]
}

/** An MCP server that the App ID may use, and its first token, where it needs one. */
export interface McpServerReport {
  readonly server: McpServer
  readonly steps: readonly WarmUpStep[]
}

export interface StartReports {
  readonly handlers: readonly HandlerReport[]
  readonly mcpServers: readonly McpServerReport[]
}

/** How long a reload waits for first tokens and keys before it switches, in ms; requests wait for the rest. */
const reloadWarmUp = 500

export class Sidecar {
  readonly #options: SidecarOptions
  readonly #registry: HandlerRegistry
  readonly #maxHeaderBytes: number
  readonly #pools: UpstreamPools
  readonly #bridges: Bridges
  readonly #mcpStreams = new McpStreams()
  readonly #breakers: Breakers
  readonly #extended = new Map<string, string>()
  readonly #listeners = new Map<Door, Listener>()
  #active: ActiveSnapshot
  #health: AppHealth | undefined
  #generation = 0
  #ready = false
  #stopping = false

  private constructor(snapshot: AppSnapshot, options: SidecarOptions) {
    this.#options = options
    this.#maxHeaderBytes = options.maxHeaderBytes ?? defaultHeaderBytes
    this.#pools = new UpstreamPools(this.#maxHeaderBytes, options.proxies)
    const { clock, logger, middlewares, grants, startServer } = options
    this.#registry = new HandlerRegistry({
      clock,
      logger,
      middlewares,
      random: randomFraction,
      ...(grants === undefined ? {} : { grants }),
    })
    this.#bridges = new Bridges({ clock, logger, pools: this.#pools, startServer })
    this.#breakers = new Breakers(() => clock.monotonic())
    this.#active = this.#activate(snapshot)
  }

  /** Opens all doors. Throws PORT_IN_USE, with nothing left open. */
  static async start(snapshot: AppSnapshot, options: SidecarOptions): Promise<Sidecar> {
    const sidecar = new Sidecar(snapshot, options)
    try {
      await sidecar.#open('sidecar', { port: options.httpPort })
      if (options.ingressPort !== undefined)
        await sidecar.#open('ingress', { port: options.ingressPort })
      if (options.socketPath !== undefined)
        await sidecar.#open('peer', { socketPath: options.socketPath })
      sidecar.#checkHealth()
    } catch (error) {
      await sidecar.stop(0)
      throw error
    }
    return sidecar
  }

  get httpPort(): number {
    return this.#listeners.get('sidecar')?.port ?? 0
  }

  get ingressPort(): number | undefined {
    return this.#listeners.get('ingress')?.port
  }

  /** Name of the attached Configuration. */
  get configuration(): string | undefined {
    return this.#active.snapshot.configuration
  }

  /** Undefined when the health of the app is not checked. */
  get health(): AppHealth | undefined {
    return this.#health
  }

  get httpPipeline(): Pipeline {
    return this.#active.httpPipeline
  }

  get appHttpPipeline(): Pipeline {
    return this.#active.appHttpPipeline
  }

  /** Gets first tokens and keys; resolves when each came or failed. Readiness follows in both cases. */
  async warmUp(signal: AbortSignal): Promise<StartReports> {
    const reports = await warmUp(startable(this.#active), signal)
    this.#ready = true
    return reports
  }

  /**
   * Switches to a new snapshot: one reference, no listener touched, at once when it brings no new handler. Requests in
   * flight finish on the old one. A reload that is overtaken by a later one does nothing, and so does one that throws,
   * because the snapshot cannot be made ready. Returns the reports of the new handlers and MCP servers.
   */
  async reload(snapshot: AppSnapshot): Promise<StartReports> {
    const next = this.#activate(snapshot)
    this.#generation += 1
    const generation = this.#generation
    const added = addedTo(startable(this.#active), startable(next))
    let reports = nothingStarted
    if (added.handlers.length + added.mcpServers.length > 0) {
      try {
        reports = await warmUp(added, AbortSignal.timeout(reloadWarmUp))
      } catch (error) {
        next.release()
        throw error
      }
    }
    if (generation !== this.#generation || this.#stopping) {
      next.release()
      return nothingStarted
    }
    const previous = this.#active
    this.#active = next
    previous.release()
    this.#pools.retain(next.upstreams)
    this.#breakers.retain(next.snapshot.resiliency)
    this.#bridges.retain(new Set(next.mcpServers.bridges))
    // What a bridge has just ended has its own end.
    this.#mcpStreams.review(next.mcpServers)
    this.#checkHealth()
    return reports
  }

  /** Stops accepting, lets requests finish for `graceMs`, then cuts them and closes everything. */
  async stop(graceMs: number): Promise<void> {
    if (this.#stopping) return
    this.#stopping = true
    this.#ready = false
    this.#health?.stop()
    await Promise.all([
      ...[...this.#listeners.values()].map(async (listener) => listener.close(graceMs)),
      this.#bridges.close(graceMs),
    ])
    this.#active.release()
    await this.#pools.destroy()
  }

  /** Begins to ask what the snapshot says, unless that is asked already. */
  #checkHealth(): void {
    const { app, snapshot } = this.#active
    const spec = snapshot.app.health
    const check = app === undefined || spec === undefined ? undefined : { app, spec }
    const previous = this.#health
    if (isDeepStrictEqual(previous?.check, check)) return
    previous?.stop()
    const report = (change: HealthChange): void => this.#options.onHealthChange?.(change)
    this.#health =
      check === undefined ? undefined : new AppHealth(check, this.#pools, report, previous)
  }

  #activate(snapshot: AppSnapshot): ActiveSnapshot {
    const { allowedUrls, clock, logger, svidIssuer } = this.#options
    return ActiveSnapshot.activate(snapshot, this.#registry.lease(), allowedUrls, {
      clock,
      logger,
      random: randomFraction,
      svidIssuer,
      bridges: this.#bridges,
      breakers: this.#breakers,
    })
  }

  async #open(door: Door, on: ListenOn): Promise<void> {
    const host = this.#host(door)
    const receiver: Receiver = {
      serve: (request, response) => serveRequest(door, host, request, response),
      refused: (method, reply) => logRefusal(door, host, method, reply),
    }
    const listener = await listen(on, receiver, this.#maxHeaderBytes)
    this.#listeners.set(door, listener)
  }

  #host(door: Door): DoorHost {
    const { clock, accessLog, maxBodyBytes, version, publicUrl } = this.#options
    const isStopping = (): boolean => this.#stopping
    return {
      pools: this.#pools,
      mcpStreams: this.#mcpStreams,
      maxBodyBytes,
      publicBase: publicBaseOf(door, publicUrl),
      guard: guardOf(door, publicUrl),
      current: () => this.#active,
      appProblem: () => this.#health?.problem(this.#active.snapshot.appId),
      api: () => ({
        snapshot: this.#active.snapshot,
        version,
        ready: this.#ready,
        extended: this.#extended,
        health: this.#health,
        shutdown: (force) => this.#options.onShutdown(force),
      }),
      get stopping() {
        return isStopping()
      },
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      log: accessLog,
    }
  }
}

/** No browser reaches a private socket; only the ingress has a public URL. */
function guardOf(door: Door, publicUrl: string | undefined): HostGuard | undefined {
  if (door === 'peer') return undefined
  const isPublic = door === 'ingress' && publicUrl !== undefined
  return { publicUrl: isPublic ? new URL(publicUrl) : undefined }
}

const nothingStarted: StartReports = { handlers: [], mcpServers: [] }

/** What a configuration has to start, and to tell of. */
interface Startable {
  readonly handlers: readonly Pick<HandlerReport, 'pipeline' | 'handler'>[]
  readonly mcpServers: readonly McpServer[]
}

function startable(active: ActiveSnapshot): Startable {
  const handlers = (['httpPipeline', 'appHttpPipeline'] as const).flatMap((pipeline) =>
    active[pipeline].handlers.map((handler) => ({ pipeline, handler })),
  )
  return { handlers, mcpServers: active.mcpServers.grantedTo(active.snapshot.appId) }
}

function addedTo(running: Startable, next: Startable): Startable {
  const handlers = new Set(running.handlers.map(({ handler }) => handler.provisioned))
  const servers = new Set(running.mcpServers.map((server) => stateOf(server)))
  return {
    handlers: next.handlers.filter(({ handler }) => !handlers.has(handler.provisioned)),
    mcpServers: next.mcpServers.filter((server) => !servers.has(stateOf(server))),
  }
}

/** Changes with everything that is told of an MCP server. */
function stateOf({ spec, access }: McpServer): string {
  return `${spec.name} ${spec.digest} ${access instanceof Error ? access.message : ''}`
}

async function warmUp(added: Startable, signal: AbortSignal): Promise<StartReports> {
  const handlers = added.handlers.map(async ({ pipeline, handler }) => {
    const steps = (await handler.provisioned.warmUp?.(signal)) ?? []
    return { pipeline, handler, steps }
  })
  const mcpServers = added.mcpServers.map(async (server) => {
    const credential = server.access instanceof Error ? undefined : server.access.credential
    return { server, steps: (await credential?.warmUp(signal)) ?? [] }
  })
  return { handlers: await Promise.all(handlers), mcpServers: await Promise.all(mcpServers) }
}

function randomFraction(): number {
  return randomBytes(4).readUInt32LE() / 2 ** 32
}
