// The steps of a run of one or several apps: all is checked and applied first, then come sidecars, then commands.
import { McpAuthError } from '../core/errors.ts'
import type { AppRun } from './app-run.ts'
import type { BoundedOutput } from './bounded-output.ts'
import { checkCommandOf } from './command-check.ts'
import type { DevConsole } from './console.ts'
import { startEnvServer, type EnvServer } from './env-server.ts'
import { follow } from './follow.ts'
import { changeLine, DevManifests, manifestPaths } from './manifests.ts'
import type { DevRunOptions, DevRunWorld } from './run-options.ts'
import type { SignalWatch } from './signals.ts'
import { reportAppId, warnOfTypo } from './start-report.ts'
import { fingerprint } from './watch.ts'

/** How long output that nobody reads is waited for at the end, in ms. */
const flushLimit = 500
/** How long a look at the control plane may block this process while it serves, in ms. */
const followLockWait = 50

export interface RunParts {
  readonly console: DevConsole
  readonly err: BoundedOutput
  readonly signals: SignalWatch
  /** Settles with the exit code of the run. */
  readonly ended: PromiseWithResolvers<number>
  /** What has to run before anything is applied. */
  readonly prepare?: (project: string) => Promise<void>
  readonly startCommands: () => Promise<void>
  /** Where the environments of the apps are served, if they are. */
  readonly envServerPort: number | undefined
  /** Ends what `prepare` has started. */
  readonly close?: () => Promise<void>
}

/** Runs to the end. Throws McpAuthError for everything that keeps the run from starting. */
export async function completed(run: RunSteps): Promise<number> {
  try {
    return await run.execute()
  } catch (error) {
    if (error instanceof McpAuthError && run.console.ended(error)) return error.exitCode
    throw error
  } finally {
    await run.close()
  }
}

export class RunSteps {
  readonly console: DevConsole
  readonly #apps: readonly AppRun[]
  readonly #options: readonly DevRunOptions[]
  readonly #world: DevRunWorld
  readonly #parts: RunParts
  readonly #stopFollowing = new AbortController()
  #project = ''
  #starting: Promise<void> = Promise.resolve()
  #following: Promise<unknown> = Promise.resolve()
  #manifests: DevManifests | undefined
  #manifestsSeen = ''
  #envServer: EnvServer | undefined

  constructor(apps: readonly AppRun[], world: DevRunWorld, parts: RunParts) {
    this.#apps = apps
    this.#options = apps.map(({ options }) => options)
    this.#world = world
    this.#parts = parts
    this.console = parts.console
  }

  async execute(): Promise<number> {
    const { signals, ended } = this.#parts
    const { interrupted } = signals
    this.#starting = this.#start()
    await Promise.race([this.#starting, interrupted])
    return Promise.race([ended.promise, interrupted])
  }

  async close(): Promise<void> {
    const { close, err, signals } = this.#parts
    this.#stopFollowing.abort()
    // An interrupted start ends at its next step; what it has opened by then is closed below.
    await this.#starting.catch(() => {})
    // A command that ends may still call another app.
    await Promise.all(this.#apps.map(async (app) => app.stopCommand()))
    await Promise.all(this.#apps.map(async (app) => app.close()))
    await this.#envServer?.close()
    await close?.()
    await this.#following
    await err.flush(flushLimit)
    signals.stop()
  }

  async #start(): Promise<void> {
    const { prepare, startCommands, ended } = this.#parts
    // Before anything is applied for the sake of a command that cannot be.
    await this.#step('command', () =>
      this.#each(({ options }) => checkCommandOf(options, this.#world)),
    )
    await this.#step('project', () => this.#findProject())
    await this.#step('App ID', () => this.#each(({ options }) => this.#refuseSecond(options)))
    if (prepare !== undefined) await this.#step('idp', () => prepare(this.#project))
    await this.#step('resources', () => this.#apply())
    await this.#step('sidecar', () => this.#startSidecars())
    // Each was started before it could know of those that started after it.
    if (this.#apps.length > 1) await Promise.all(this.#apps.map(async (app) => app.reload()))
    const { signals, envServerPort } = this.#parts
    if (envServerPort !== undefined) {
      await this.#step('env server', () => this.#serveEnvironments(envServerPort))
    }
    const { interruption } = signals
    await Promise.all(this.#apps.map(async (app) => app.warmUp(interruption)))
    // A busy store must not hold up the requests this process serves: it is asked again soon.
    this.#world.controlPlane.setLockWait(followLockWait)
    this.#following = this.#follow().catch((error: unknown) => ended.reject(error))
    await this.#step('command', startCommands)
  }

  /**
   * The step that fails is marked; the error itself is reported once, by whoever ends the run. Nothing is begun or said
   * after an interrupt, which is no failure.
   */
  async #step<T>(name: string, work: () => T | Promise<T>): Promise<T> {
    const { checklist } = this.console
    const { interruption } = this.#parts.signals
    interruption.throwIfAborted()
    checklist.begin(name)
    try {
      return await work()
    } catch (error) {
      if (!interruption.aborted) checklist.failed(name, 'failed')
      throw error
    }
  }

  #each(work: (app: AppRun) => void): void {
    for (const app of this.#apps) work(app)
  }

  #findProject(): void {
    const project = this.#options[0]?.project
    this.#project = this.#world.controlPlane.resolveProject(project).name
    this.console.checklist.done('project', this.#project)
  }

  /** Before anything of it is changed under the one that runs, and before its ports are found taken. */
  #refuseSecond({ appId }: DevRunOptions): void {
    this.#world.controlPlane.sessions.refuseSecond(this.#project, appId)
  }

  async #apply(): Promise<void> {
    const { checklist } = this.console
    this.#manifestsSeen = await fingerprint(manifestPaths(...this.#options))
    this.#manifests = new DevManifests(this.#options, this.#world, {
      project: this.#project,
      report: (diagnostics, sources) => this.console.diagnostics(diagnostics, sources),
      vanished: (line) => checklist.done('reloaded', line),
    })
    const { changes, unchanged, appIds } = await this.#manifests.apply()
    this.#parts.signals.interruption.throwIfAborted()
    const own = new Set(appIds.map(({ resource }) => resource.name))
    for (const appId of appIds) {
      reportAppId(checklist, appId)
      if (appId.action !== 'created') continue
      const all = this.#world.controlPlane.appIds.list(this.#project).map(({ name }) => name)
      // What stands beside it in one file is no slip.
      const others = all.filter((name) => name === appId.resource.name || !own.has(name))
      warnOfTypo(checklist, appId.resource.name, others)
    }
    const rest = unchanged === 0 ? [] : [`${unchanged} unchanged`]
    checklist.done('resources', [...changes, ...rest].join(', ') || 'as applied before')
  }

  /** All of them have started, or failed to, before the first failure is thrown: what started must be closed. */
  async #startSidecars(): Promise<void> {
    const starts = this.#apps.map(async (app) => app.startSidecar(this.#project))
    const failed = (await Promise.allSettled(starts)).find(({ status }) => status === 'rejected')
    if (failed?.status === 'rejected') throw failed.reason
  }

  async #serveEnvironments(port: number): Promise<void> {
    const find = (appId: string) => this.#apps.find(({ options }) => options.appId === appId)
    this.#envServer = await startEnvServer(port, (appId) => find(appId)?.environment())
    const { url } = this.#envServer
    const urls = this.#options.map(({ appId }) => `${url}/${appId}`)
    this.console.checklist.done('env server', `${urls.join(', ')} (with API tokens)`)
  }

  #follow(): Promise<void> {
    const followed = {
      manifests: { paths: manifestPaths(...this.#options), seen: this.#manifestsSeen },
      apply: () => this.#applyEdit(),
      reload: async () => {
        await Promise.all(this.#apps.map(async (app) => app.reload()))
      },
      checklist: this.console.checklist,
    }
    return follow(followed, this.#stopFollowing.signal)
  }

  async #applyEdit(): Promise<readonly string[]> {
    if (this.#manifests === undefined) return []
    const { changes, appIds } = await this.#manifests.apply()
    const own = appIds.filter(({ action }) => action !== 'unchanged')
    return [...changes, ...own.map((step) => changeLine(step))]
  }
}
