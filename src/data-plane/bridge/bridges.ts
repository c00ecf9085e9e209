// The bridges of a sidecar: one for each MCP server that needs one, kept across reloads that do not change the server.
import type { Clock } from '../../core/clock.ts'
import type { Logger } from '../../core/logger.ts'
import type { McpServerSpec } from '../../core/snapshot.ts'
import type { Upstream, UpstreamPools } from '../upstreams.ts'
import { withBackOff } from './back-off.ts'
import { Bridge, bridgeLimits } from './bridge.ts'
import type { OpenChannel, StartServer } from './channel.ts'
import { sseChannels } from './sse-channel.ts'

export interface BridgesParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly pools: UpstreamPools
  /** Absent where no processes are to be started. */
  readonly startServer: StartServer | undefined
}

/** How long requests to a server that was changed may still take, in ms. */
const retireGrace = 5_000

export class Bridges {
  readonly #parts: BridgesParts
  readonly #bridges = new Map<string, Bridge>()
  readonly #retiring = new Set<Promise<void>>()

  constructor(parts: BridgesParts) {
    this.#parts = parts
  }

  /** Undefined where the server needs none, or its process cannot be started here. Does no I/O. */
  get(spec: McpServerSpec, upstream: Upstream): Bridge | undefined {
    const key = `${spec.name} ${spec.digest}`
    const known = this.#bridges.get(key)
    if (known !== undefined) return known
    const open = this.#opener(spec, upstream)
    if (open === undefined) return undefined
    const { logger } = this.#parts
    const bridge = new Bridge({ name: spec.name, open, logger, limits: bridgeLimits })
    this.#bridges.set(key, bridge)
    return bridge
  }

  /** Ends all others: what clients ask of them is answered if that does not take long, and their sessions are unknown then. */
  retain(inUse: ReadonlySet<Bridge>): void {
    for (const [key, bridge] of this.#bridges) {
      if (inUse.has(bridge)) continue
      this.#bridges.delete(key)
      const retiring = bridge.retire(retireGrace).finally(() => this.#retiring.delete(retiring))
      this.#retiring.add(retiring)
    }
  }

  /** Ends all of them within `graceMs`; resolves when no process is left. */
  async close(graceMs: number): Promise<void> {
    const bridges = [...this.#bridges.values()]
    this.#bridges.clear()
    await Promise.all([...bridges.map(async (bridge) => bridge.retire(graceMs)), ...this.#retiring])
  }

  #opener(spec: McpServerSpec, upstream: Upstream): OpenChannel | undefined {
    const { name, transport } = spec
    const { clock, pools, startServer } = this.#parts
    if (transport.kind === 'sse') return sseChannels(transport.url, upstream, pools)
    if (transport.kind !== 'stdio' || startServer === undefined) return undefined
    return withBackOff((events) => startServer({ name, transport }, events), name, clock)
  }
}
