// `mcpauth dev run`: apply, start the sidecar, start the command, keep both in step with changes, end together.
import { statSync } from 'node:fs'

import { McpAuthError } from '../core/errors.ts'
import type { AppSnapshot } from '../core/snapshot.ts'
import { Sidecar } from '../data-plane/sidecar.ts'
import { middlewares } from '../middleware/index.ts'
import { boundedOutput, type BoundedOutput } from './bounded-output.ts'
import { hasOtherProblems, reportChanges, runningNow, type Running } from './change-report.ts'
import { startChild, type Child } from './child.ts'
import { checkCommand } from './command-check.ts'
import { devConsole, type DevConsole } from './console.ts'
import { childEnvironment } from './environment.ts'
import { follow } from './follow.ts'
import { changeLine, DevManifests, manifestPaths } from './manifests.ts'
import { onPort } from './ports.ts'
import { newSocketPath, sweepSockets } from './private-sockets.ts'
import type { DevRunOptions, DevRunWorld } from './run-options.ts'
import { stopGrace, watchSignals, type SignalWatch } from './signals.ts'
import {
  reportAppId,
  reportHandlers,
  reportPipelineProblems,
  warnOfOpenDoor,
  warnOfTypo,
} from './start-report.ts'
import { fingerprint } from './watch.ts'

/** How long the start waits for first tokens and keys, in ms; then the command starts and the failure is shown. */
const warmUpLimit = 10_000
/** How long output that nobody reads is waited for at the end, in ms. */
const flushLimit = 500
/** How long a look at the control plane may block this process while it serves, in ms. */
const followLockWait = 50

/**
 * Runs until the command ends, or without a command until a signal. Resolves with the exit code: the command's own, 130
 * after SIGINT, 0 after `POST /v1.0/shutdown`. Throws McpAuthError for everything that keeps it from starting.
 */
export async function runDev(options: DevRunOptions, world: DevRunWorld): Promise<number> {
  const run = new DevRun(options, world)
  try {
    return await run.execute()
  } catch (error) {
    if (error instanceof McpAuthError && run.console.ended(error)) return error.exitCode
    throw error
  } finally {
    await run.close()
  }
}

class DevRun {
  readonly console: DevConsole
  readonly #options: DevRunOptions
  readonly #world: DevRunWorld
  readonly #signals: SignalWatch
  readonly #err: BoundedOutput
  readonly #stopFollowing = new AbortController()
  readonly #ended = Promise.withResolvers<number>()
  #project = ''
  #sidecar: Sidecar | undefined
  #child: Child | undefined
  #session: string | undefined
  #starting: Promise<void> = Promise.resolve()
  #following: Promise<unknown> = Promise.resolve()
  #manifests: DevManifests | undefined
  /** What the terminal was told last of the sidecar. */
  #running: Running | undefined
  #version = 0
  #manifestsSeen = ''

  constructor(options: DevRunOptions, world: DevRunWorld) {
    this.#options = options
    this.#world = world
    this.#err = boundedOutput(world.stderr)
    this.console = devConsole(options, world, this.#err)
    this.#signals = watchSignals((listener) => world.onSignal(listener))
  }

  async execute(): Promise<number> {
    const { interrupted } = this.#signals
    this.#starting = this.#start()
    await Promise.race([this.#starting, interrupted])
    return Promise.race([this.#ended.promise, interrupted])
  }

  async close(): Promise<void> {
    this.#stopFollowing.abort()
    // An interrupted start ends at its next step; what it has opened by then is closed below.
    await this.#starting.catch(() => {})
    await this.#child?.stop(stopGrace)
    this.#forgetSession()
    await this.#sidecar?.stop(this.#child === undefined ? stopGrace : 0)
    await this.#following
    await this.#err.flush(flushLimit)
    this.#signals.stop()
  }

  /** A store that cannot be written now must not cost the exit code: the next start sweeps sessions of ended processes. */
  #forgetSession(): void {
    if (this.#session === undefined) return
    try {
      this.#world.controlPlane.sessions.remove(this.#session)
    } catch (error) {
      if (!(error instanceof McpAuthError)) throw error
    }
  }

  async #start(): Promise<void> {
    // Before anything is applied for the sake of a command that cannot be.
    await this.#step('command', () => this.#checkCommand())
    await this.#step('project', () => this.#findProject())
    await this.#step('App ID', () => this.#refuseSecond())
    await this.#step('resources', () => this.#apply())
    const sidecar = await this.#step('sidecar', () => this.#startSidecar())
    await this.#warmUp(sidecar)
    // A busy store must not hold up the requests this process serves: it is asked again soon.
    this.#world.controlPlane.setLockWait(followLockWait)
    this.#following = this.#follow().catch((error: unknown) => this.#ended.reject(error))
    await this.#step('command', () => this.#startCommand(sidecar))
  }

  /**
   * The step that fails is marked; the error itself is reported once, by whoever ends the run. Nothing is begun or said
   * after an interrupt, which is no failure.
   */
  async #step<T>(name: string, work: () => T | Promise<T>): Promise<T> {
    const { checklist } = this.console
    const { interruption } = this.#signals
    interruption.throwIfAborted()
    checklist.begin(name)
    try {
      return await work()
    } catch (error) {
      if (!interruption.aborted) checklist.failed(name, 'failed')
      throw error
    }
  }

  #checkCommand(): void {
    const { appDirPath: cwd, command, env: extra } = this.#options
    checkFolder(cwd)
    const [file] = command
    if (file !== undefined) checkCommand(file, { cwd, env: { ...this.#world.env, ...extra } })
  }

  #findProject(): void {
    this.#project = this.#world.controlPlane.resolveProject(this.#options.project).name
    this.console.checklist.done('project', this.#project)
  }

  /** Before anything of it is changed under the one that runs, and before its ports are found taken. */
  #refuseSecond(): void {
    this.#world.controlPlane.sessions.refuseSecond(this.#project, this.#options.appId)
  }

  async #apply(): Promise<void> {
    const { checklist } = this.console
    this.#manifestsSeen = await fingerprint(manifestPaths(this.#options))
    this.#manifests = new DevManifests(this.#options, this.#world, {
      project: this.#project,
      report: (diagnostics, sources) => this.console.diagnostics(diagnostics, sources),
      vanished: (line) => checklist.done('reloaded', line),
    })
    const { changes, unchanged, appId } = await this.#manifests.apply()
    this.#signals.interruption.throwIfAborted()
    reportAppId(checklist, appId)
    if (appId.action === 'created') {
      const others = this.#world.controlPlane.appIds.list(this.#project).map(({ name }) => name)
      warnOfTypo(checklist, this.#options.appId, others)
    }
    const rest = unchanged === 0 ? [] : [`${unchanged} unchanged`]
    checklist.done('resources', [...changes, ...rest].join(', ') || 'as applied before')
  }

  async #startSidecar(): Promise<Sidecar> {
    const { controlPlane, home, clock, version, pid } = this.#world
    const options = this.#options
    this.#version = controlPlane.dataVersion()
    const snapshot = this.#snapshot()
    await sweepSockets(home, clock.now())
    const socketPath = newSocketPath(home)
    const sidecar = await onPort(options, (httpPort) =>
      Sidecar.start(snapshot, {
        clock,
        logger: this.console.logger,
        accessLog: this.console.accessLog,
        version,
        middlewares,
        httpPort,
        ...(options.ingressPort === undefined ? {} : { ingressPort: options.ingressPort }),
        socketPath,
        maxBodyBytes: options.maxBodyBytes,
        allowedUrls: options.allowedUrls,
        onShutdown: (force) => this.#shutDown(force),
      }),
    )
    this.#sidecar = sidecar
    this.#running = runningNow(sidecar)
    const { httpPort, ingressPort } = sidecar
    this.#session = controlPlane.sessions.register({
      project: this.#project,
      appId: options.appId,
      pid,
      socketPath,
      httpPort,
      ...(ingressPort === undefined ? {} : { ingressPort }),
      startedAt: clock.now(),
    })
    return sidecar
  }

  async #warmUp(sidecar: Sidecar): Promise<void> {
    const { checklist } = this.console
    reportPipelineProblems(checklist, sidecar)
    const { httpPipeline, appHttpPipeline } = sidecar
    if (httpPipeline.handlers.length + appHttpPipeline.handlers.length > 0) {
      checklist.begin('handlers')
    }
    const { interruption } = this.#signals
    const limit = AbortSignal.any([AbortSignal.timeout(warmUpLimit), interruption])
    const reports = await this.console.quietly(() => sidecar.warmUp(limit))
    interruption.throwIfAborted()
    reportHandlers(checklist, reports)
    const ingress =
      sidecar.ingressPort === undefined ? '' : `, ingress http://127.0.0.1:${sidecar.ingressPort}`
    checklist.done('sidecar', `http://127.0.0.1:${sidecar.httpPort}${ingress}`)
    warnOfOpenDoor(checklist, this.#options.appId, sidecar)
  }

  async #startCommand(sidecar: Sidecar): Promise<void> {
    const { checklist } = this.console
    const { appId, appPort, appDirPath, command, env: extra } = this.#options
    const { env: inherited, stdin, stdout, stderr } = this.#world
    const [file, ...args] = command
    if (file === undefined) {
      checklist.done('command', 'none: the sidecar runs alone until it is interrupted')
      return
    }
    const { secretVariables: withheld, apiToken } = this.#snapshot()
    this.#child = await startChild({
      command: [file, ...args],
      cwd: appDirPath,
      env: childEnvironment({
        inherited,
        extra,
        withheld,
        appId,
        httpPort: sidecar.httpPort,
        appPort,
        apiToken: apiToken.reveal(),
      }),
      prefix: `== APP - ${appId} == `,
      stdin,
      stdout,
      stderr,
    })
    this.#signals.watch(this.#child)
    checklist.done('command', command.join(' '))
    void this.#child.exited.then((code) => this.#ended.resolve(code))
  }

  #snapshot(): AppSnapshot {
    const { appId, appPort } = this.#options
    const options = appPort === undefined ? {} : { appPort }
    return this.#world.controlPlane.snapshot(this.#project, appId, options)
  }

  /** The snapshot of a version; one that cannot be had is told once, unless it only has to be waited for. */
  #snapshotOf(version: number): AppSnapshot {
    const before = this.#version
    this.#version = version
    try {
      return this.#snapshot()
    } catch (error) {
      if (error instanceof McpAuthError && error.code === 'STORE_BUSY') this.#version = before
      throw error
    }
  }

  #follow(): Promise<void> {
    const followed = {
      manifests: { paths: manifestPaths(this.#options), seen: this.#manifestsSeen },
      apply: () => this.#applyEdit(),
      reload: () => this.#reload(),
      checklist: this.console.checklist,
    }
    return follow(followed, this.#stopFollowing.signal)
  }

  async #applyEdit(): Promise<readonly string[]> {
    if (this.#manifests === undefined) return []
    const { changes, appId } = await this.#manifests.apply()
    return appId.action === 'unchanged' ? changes : [...changes, changeLine(appId)]
  }

  async #reload(): Promise<void> {
    const version = this.#world.controlPlane.dataVersion()
    if (version === this.#version || this.#sidecar === undefined) return
    const snapshot = this.#snapshotOf(version)
    const sidecar = this.#sidecar
    const reports = await this.console.quietly(() => sidecar.reload(snapshot))
    const before = this.#running
    this.#running = runningNow(sidecar)
    const { checklist } = this.console
    const isOther = before !== undefined && reportChanges(checklist, before, this.#running)
    if (before !== undefined && hasOtherProblems(before, this.#running)) {
      reportPipelineProblems(checklist, sidecar)
    }
    reportHandlers(checklist, reports)
    if (isOther) warnOfOpenDoor(checklist, this.#options.appId, sidecar)
  }

  /** Dapr exits non-zero when it was forced (pkg/api/http/shutdown.go). */
  #shutDown(force: boolean): void {
    void (async () => {
      await this.#child?.stop(force ? 0 : stopGrace)
      this.#ended.resolve(force ? 1 : 0)
    })()
  }
}

function checkFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return
  throw new McpAuthError('COMMAND_NOT_STARTED', `The folder ${path} does not exist.`, {
    hint: 'Correct --app-dir-path, which is where the command starts.',
  })
}
