// Asks an application again and again whether it is healthy, as Dapr does (dapr pkg/apphealth); calls wait for a yes.
import { setTimeout as delay } from 'node:timers/promises'

import type { AppHealthSpec } from '../core/app-health.ts'
import { McpAuthError } from '../core/errors.ts'
import { upstreamError } from './upstream-error.ts'
import type { Upstream, UpstreamPools } from './upstreams.ts'

const notThere: ReadonlySet<string> = new Set(['UPSTREAM_UNREACHABLE', 'UPSTREAM_HOST_UNKNOWN'])

export interface HealthChange {
  readonly isHealthy: boolean
  /** What the check found, such as `GET /healthz answered 500`. */
  readonly detail: string
}

/** `starting`: nobody listens there yet. */
type State = 'starting' | 'healthy' | 'unhealthy'

/** An application that does not listen yet is looked for this often, in ms, as daprd looks for its app's port. */
const startInterval = 100
/** More of an answer is not read, in bytes: its status says all. */
const bodyLimit = 64 * 1024

export interface HealthCheck {
  readonly spec: AppHealthSpec
  readonly app: Upstream
}

export class AppHealth {
  readonly check: HealthCheck
  readonly #pools: UpstreamPools
  readonly #report: (change: HealthChange) => void
  readonly #stop = new AbortController()
  #state: State
  #detail: string
  /** Failed checks in a row. */
  #failures = 0

  /** Starts to ask. `previous` hands over what it knows when it asked the same. */
  constructor(
    check: HealthCheck,
    pools: UpstreamPools,
    report: (change: HealthChange) => void,
    previous?: AppHealth,
  ) {
    this.check = check
    this.#pools = pools
    this.#report = report
    const isSame = previous !== undefined && previous.#url === this.#url
    this.#state = isSame ? previous.#state : 'starting'
    this.#detail = isSame ? previous.#detail : `GET ${check.spec.path} has not been answered yet`
    void this.#run()
  }

  get isHealthy(): boolean {
    return this.#state === 'healthy'
  }

  /** Why calls are not delivered now, if they are not. `appId` is whose application it is. */
  problem(appId: string): McpAuthError | undefined {
    if (this.isHealthy) return undefined
    const message = `The app of ${appId} is not healthy, and gets no calls until it is.`
    return new McpAuthError('APP_UNHEALTHY', message, { detail: this.#detail })
  }

  stop(): void {
    this.#stop.abort()
  }

  get #url(): string {
    const { app, spec } = this.check
    return `${app.origin}${app.basePath}${spec.path}`
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    try {
      while (!signal.aborted) {
        await this.#ask()
        const interval = this.check.spec.intervalSeconds * 1000
        const pause = this.#state === 'starting' ? Math.min(startInterval, interval) : interval
        await delay(pause, undefined, { signal, ref: false })
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  async #ask(): Promise<void> {
    const { path, threshold } = this.check.spec
    const answer = await this.#answer()
    if (this.#stop.signal.aborted) return
    this.#detail = `GET ${path} ${answer.detail}`
    if (answer.isOk) {
      this.#failures = 0
      this.#become('healthy')
      return
    }
    if (this.#state === 'starting' && !answer.isThere) return
    this.#failures += 1
    if (this.#state === 'starting' || this.#failures >= threshold) this.#become('unhealthy')
  }

  #become(state: 'healthy' | 'unhealthy'): void {
    if (this.#state === state) return
    this.#state = state
    this.#report({ isHealthy: this.isHealthy, detail: this.#detail })
  }

  async #answer(): Promise<{ isOk: boolean; isThere: boolean; detail: string }> {
    const { app, spec } = this.check
    const limit = AbortSignal.timeout(spec.timeoutMs)
    const signal = AbortSignal.any([limit, this.#stop.signal])
    try {
      const path = `${app.basePath}${spec.path}`
      const { statusCode, body } = await this.#pools
        .get(app)
        .request({ method: 'GET', path, signal })
      await body.dump({ limit: bodyLimit, signal })
      const isOk = statusCode >= 200 && statusCode < 300
      return { isOk, isThere: true, detail: `answered ${statusCode}` }
    } catch (error) {
      if (limit.aborted) {
        return { isOk: false, isThere: true, detail: `did not answer within ${spec.timeoutMs} ms` }
      }
      const failure = upstreamError(error instanceof Error ? error : new Error('failed'), app)
      const isThere = !notThere.has(failure.code)
      return { isOk: false, isThere, detail: `failed: ${failure.message}` }
    }
  }
}
