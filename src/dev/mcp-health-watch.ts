// Looks again and again whether the MCP servers of a running sidecar can be reached, and tells what has changed.
import { setTimeout as delay } from 'node:timers/promises'

import type { McpServerSpec } from '../core/snapshot.ts'
import { probe } from '../data-plane/mcp-probe.ts'

/** `problem` undefined: it can be reached. */
export type Sight = { readonly problem: string | undefined } | 'gone'

/** Pauses between two looks at one server, in ms. */
interface Pauses {
  readonly reachable: number
  readonly unreachable: number
}

const usualPauses: Pauses = { reachable: 30_000, unreachable: 5_000 }

export class McpHealthWatch {
  readonly #tell: (server: string, sight: Sight) => boolean
  readonly #pauses: Pauses
  readonly #watched = new Map<string, { readonly url: string; readonly stop: AbortController }>()

  /** `tell` hears of changes only; false when it could not take one in, which is told again then. */
  constructor(tell: (server: string, sight: Sight) => boolean, pauses: Pauses = usualPauses) {
    this.#tell = tell
    this.#pauses = pauses
  }

  /** From now on these are looked at, as far as they are called over the network at all. */
  follow(servers: readonly McpServerSpec[]): void {
    const wanted = new Map(servers.flatMap(urlOf))
    for (const [name, { url, stop }] of this.#watched) {
      if (wanted.get(name) === url) continue
      stop.abort()
      this.#watched.delete(name)
      this.#tell(name, 'gone')
    }
    for (const [name, url] of wanted) {
      if (this.#watched.has(name)) continue
      const stop = new AbortController()
      this.#watched.set(name, { url, stop })
      void this.#watch(name, new URL(url), stop.signal)
    }
  }

  stop(): void {
    for (const { stop } of this.#watched.values()) stop.abort()
    this.#watched.clear()
  }

  async #watch(name: string, url: URL, signal: AbortSignal): Promise<void> {
    let told: Sight | undefined
    while (!signal.aborted) {
      // One look after the other is the point.
      // oxlint-disable-next-line no-await-in-loop
      const problem = await probe(url, signal)
      if (signal.aborted) return
      const isNews = told === undefined || told === 'gone' || told.problem !== problem
      if (isNews && this.#tell(name, { problem })) told = { problem }
      const pause = problem === undefined ? this.#pauses.reachable : this.#pauses.unreachable
      // oxlint-disable-next-line no-await-in-loop
      await delay(pause, undefined, { signal, ref: false }).catch(() => {})
    }
  }
}

/** What cannot be called anyway is not looked at, nor is what has no address. */
function urlOf({ name, isEnabled, problem, transport }: McpServerSpec): [string, string][] {
  if (!isEnabled || problem !== undefined || transport.kind === 'stdio') return []
  return URL.canParse(transport.url) ? [[name, transport.url]] : []
}
