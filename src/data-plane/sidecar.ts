// The running proxy of one App ID: its doors, its current snapshot, reload without a gap, orderly stop.
import { randomBytes } from 'node:crypto'

import type { Clock } from '../core/clock.ts'
import type { Logger } from '../core/logger.ts'
import type { AppSnapshot } from '../core/snapshot.ts'
import type { Middleware, WarmUpStep } from '../middleware/middleware.ts'
import type { AccessLog, Door } from './access-log.ts'
import { ActiveSnapshot } from './active-snapshot.ts'
import { Bridges } from './bridge/bridges.ts'
import type { StartServer } from './bridge/channel.ts'
import { logRefusal, serveRequest, type DoorHost } from './doors.ts'
import { HandlerRegistry } from './handlers.ts'
import { listen, type Listener, type ListenOn } from './listener.ts'
import type { ActiveHandler, Pipeline } from './pipeline.ts'
import { UpstreamPools } from './upstreams.ts'

export interface SidecarOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly accessLog: AccessLog
  readonly version: string
  readonly middlewares: readonly Middleware[]
  /** Port of the app-facing door on 127.0.0.1; 0 picks a free one. */
  readonly httpPort: number
  /** Port of the ingress, if there is to be one; 0 picks a free one. */
  readonly ingressPort?: number
  /** Path of the private socket for the project's other sidecars. */
  readonly socketPath?: string
  /** Largest request body in bytes. */
  readonly maxBodyBytes: number
  /** Origins that callers may name in place of an App ID. */
  readonly allowedUrls: ReadonlySet<string>
  /** Starts the processes of stdio servers; absent where none are to be started. */
  readonly startServer?: StartServer
  /** Called for `POST /v1.0/shutdown`; `force` for `Dapr-Force-Shutdown: true`, which waits for nothing. */
  onShutdown(force: boolean): void
}

/** A handler's start, as `dev run` shows it. */
export interface HandlerReport {
  readonly pipeline: 'httpPipeline' | 'appHttpPipeline'
  readonly handler: ActiveHandler
  readonly steps: readonly WarmUpStep[]
}

/** How long a reload waits for first tokens and keys before it switches, in ms; requests wait for the rest. */
const reloadWarmUp = 500

export class Sidecar {
  readonly #options: SidecarOptions
  readonly #registry: HandlerRegistry
  readonly #pools = new UpstreamPools()
  readonly #bridges: Bridges
  readonly #extended = new Map<string, string>()
  readonly #listeners = new Map<Door, Listener>()
  #active: ActiveSnapshot
  #generation = 0
  #ready = false
  #stopping = false

  private constructor(snapshot: AppSnapshot, options: SidecarOptions) {
    this.#options = options
    const { clock, logger, middlewares } = options
    this.#registry = new HandlerRegistry({ clock, logger, middlewares, random: randomFraction })
    const { startServer } = options
    this.#bridges = new Bridges({ clock, logger, pools: this.#pools, startServer })
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

  get httpPipeline(): Pipeline {
    return this.#active.httpPipeline
  }

  get appHttpPipeline(): Pipeline {
    return this.#active.appHttpPipeline
  }

  /** Gets first tokens and keys; resolves when each came or failed. Readiness follows in both cases. */
  async warmUp(signal: AbortSignal): Promise<readonly HandlerReport[]> {
    const reports = await warmUp(handlersOf(this.#active), signal)
    this.#ready = true
    return reports
  }

  /**
   * Switches to a new snapshot: one reference, no listener touched, at once when it brings no new handler. Requests in
   * flight finish on the old one. A reload that is overtaken by a later one does nothing, and so does one that throws,
   * because the snapshot cannot be made ready. Returns the reports of the new handlers.
   */
  async reload(snapshot: AppSnapshot): Promise<readonly HandlerReport[]> {
    const next = this.#activate(snapshot)
    this.#generation += 1
    const generation = this.#generation
    const running = new Set(handlersOf(this.#active).map(({ handler }) => handler.provisioned))
    const added = handlersOf(next).filter(({ handler }) => !running.has(handler.provisioned))
    let reports: readonly HandlerReport[] = []
    if (added.length > 0) {
      try {
        reports = await warmUp(added, AbortSignal.timeout(reloadWarmUp))
      } catch (error) {
        next.release()
        throw error
      }
    }
    if (generation !== this.#generation || this.#stopping) {
      next.release()
      return []
    }
    const previous = this.#active
    this.#active = next
    previous.release()
    this.#pools.retain(next.upstreams)
    this.#bridges.retain(new Set(next.mcpServers.bridges))
    return reports
  }

  /** Stops accepting, lets requests finish for `graceMs`, then cuts them and closes everything. */
  async stop(graceMs: number): Promise<void> {
    if (this.#stopping) return
    this.#stopping = true
    this.#ready = false
    await Promise.all([
      ...[...this.#listeners.values()].map(async (listener) => listener.close(graceMs)),
      this.#bridges.close(graceMs),
    ])
    this.#active.release()
    await this.#pools.destroy()
  }

  #activate(snapshot: AppSnapshot): ActiveSnapshot {
    const { clock, logger, allowedUrls } = this.#options
    const parts = { clock, logger, random: randomFraction, bridges: this.#bridges }
    return ActiveSnapshot.activate(snapshot, this.#registry.lease(), allowedUrls, parts)
  }

  async #open(door: Door, on: ListenOn): Promise<void> {
    const host = this.#host()
    const listener = await listen(on, {
      serve: (request, response) => serveRequest(door, host, request, response),
      refused: (method, reply) => logRefusal(door, host, method, reply),
    })
    this.#listeners.set(door, listener)
  }

  #host(): DoorHost {
    const { clock, accessLog, maxBodyBytes, version } = this.#options
    const isStopping = (): boolean => this.#stopping
    return {
      pools: this.#pools,
      maxBodyBytes,
      current: () => this.#active,
      api: () => ({
        snapshot: this.#active.snapshot,
        version,
        ready: this.#ready,
        extended: this.#extended,
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

type Placed = Pick<HandlerReport, 'pipeline' | 'handler'>

function handlersOf(active: ActiveSnapshot): Placed[] {
  return (['httpPipeline', 'appHttpPipeline'] as const).flatMap((pipeline) =>
    active[pipeline].handlers.map((handler) => ({ pipeline, handler })),
  )
}

function warmUp(handlers: readonly Placed[], signal: AbortSignal): Promise<HandlerReport[]> {
  const reports = handlers.map(async ({ pipeline, handler }) => {
    const steps = (await handler.provisioned.warmUp?.(signal)) ?? []
    return { pipeline, handler, steps }
  })
  return Promise.all(reports)
}

function randomFraction(): number {
  return randomBytes(4).readUInt32LE() / 2 ** 32
}
