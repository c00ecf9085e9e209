// Calls asked of the data plane, over what a project has stored: its own engine, and no call.
import type { ControlPlane } from '../../control-plane/control-plane.ts'
import type { Clock } from '../../core/clock.ts'
import { silentLogger } from '../../core/logger.ts'
import type { Secret } from '../../core/secret.ts'
import { ActiveSnapshot } from '../../data-plane/active-snapshot.ts'
import { HandlerRegistry } from '../../data-plane/handlers.ts'
import { tryCall, type Trial } from '../../data-plane/trial.ts'
import { Breakers } from '../../data-plane/resiliency/breakers.ts'
import { middlewares } from '../../middleware/index.ts'

export interface AskedCall {
  /** App ID; undefined for a call through the ingress. */
  readonly caller: string | undefined
  /** App ID or HTTPEndpoint. */
  readonly target: string
  readonly path: string
  readonly method: string
  readonly token: Secret | undefined
}

/** How long the keys of an issuer are waited for, in ms. */
const tokenCheckLimit = 30_000

export class AccessTrials {
  readonly #plane: ControlPlane
  readonly #project: string
  readonly #clock: Clock
  readonly #registry: HandlerRegistry
  readonly #active = new Map<string, ActiveSnapshot>()
  readonly #appIds: ReadonlySet<string>
  readonly #endpoints: ReadonlySet<string>

  constructor(plane: ControlPlane, project: string, clock: Clock) {
    this.#plane = plane
    this.#project = project
    this.#clock = clock
    this.#registry = new HandlerRegistry({ clock, logger: silentLogger, random, middlewares })
    this.#appIds = new Set(plane.appIds.list(project).map(({ name }) => name))
    this.#endpoints = new Set(plane.resources.list(project, 'HTTPEndpoint').map(({ name }) => name))
  }

  /** Throws APPID_NOT_FOUND for a caller or target that does not exist: a slip must not look like a denial. */
  async ask({ caller, target, path, method, token }: AskedCall): Promise<Trial> {
    const from = caller === undefined ? undefined : this.#activate(caller)
    const isEndpoint = from !== undefined && this.#endpoints.has(target)
    const to = isEndpoint && !this.#appIds.has(target) ? undefined : this.#activate(target)
    const signal = AbortSignal.timeout(tokenCheckLimit)
    return tryCall({ from, target, to }, { path, method, token, signal })
  }

  /** Ends what was started for the checks. */
  close(): void {
    for (const active of this.#active.values()) active.release()
  }

  #activate(appId: string): ActiveSnapshot {
    const known = this.#active.get(appId)
    if (known !== undefined) return known
    const snapshot = this.#plane.snapshot(this.#project, appId)
    const breakers = new Breakers(() => 0)
    const parts = {
      clock: this.#clock,
      logger: silentLogger,
      random,
      svidIssuer,
      bridges,
      breakers,
    }
    const active = ActiveSnapshot.activate(snapshot, this.#registry.lease(), new Set(), parts)
    this.#active.set(appId, active)
    return active
  }
}

/** MCP servers are not called, so none is started. */
const bridges = { get: () => undefined }

/** Only asked when an MCP server is called, and none is. */
async function svidIssuer(): Promise<string> {
  throw new TypeError('no token is minted for a trial')
}

/** Jitter of renewals, none of which happen here. */
function random(): number {
  return 0
}
