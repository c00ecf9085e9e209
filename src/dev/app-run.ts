// One app of `dev run`: its sidecar, its command, and how both follow the control plane and end.
import { McpAuthError } from '../core/errors.ts'
import { Secret } from '../core/secret.ts'
import type { AppSnapshot } from '../core/snapshot.ts'
import type { StartServer } from '../data-plane/bridge/channel.ts'
import { proxiesFrom } from '../data-plane/proxies.ts'
import { Sidecar } from '../data-plane/sidecar.ts'
import { middlewares } from '../middleware/index.ts'
import { hasOtherProblems, reportChanges, runningNow, type Running } from './change-report.ts'
import { startChild, type Child, type ChildOptions } from './child.ts'
import type { DevConsole } from './console.ts'
import {
  childEnvironment,
  injectedEnvironment,
  serverEnvironment,
  type AppIdentityValues,
} from './environment.ts'
import { afterLogins } from './missing-logins.ts'
import { onPort } from './ports.ts'
import { newSocketPath, sweepSockets } from './private-sockets.ts'
import { currentSvidIssuer } from './idp/svid-issuer.ts'
import { McpHealthWatch, type Sight } from './mcp-health-watch.ts'
import type { DevRunOptions, DevRunWorld } from './run-options.ts'
import { reportServerCommands } from './server-commands.ts'
import { serverStarter } from './server-process.ts'
import { stopGrace } from './signals.ts'
import {
  reportHandlers,
  reportHealth,
  reportHealthChange,
  reportMcpServers,
  reportPipelineProblems,
  warnOfOpenDoor,
} from './start-report.ts'

/** How long the start waits for first tokens and keys, in ms; then the command starts and the failure is shown. */
const warmUpLimit = 10_000

export interface AppSurroundings {
  readonly console: DevConsole
  /** Input and output of the command. */
  readonly streams: Pick<ChildOptions, 'prefix' | 'stdin' | 'stdout' | 'stderr' | 'log'>
  /** Called for `POST /v1.0/shutdown` after the command has ended, with what Dapr exits with then. */
  readonly onShutdown: (exitCode: number) => void
}

export class AppRun {
  readonly options: DevRunOptions
  readonly console: DevConsole
  readonly #world: DevRunWorld
  readonly #streams: AppSurroundings['streams']
  readonly #onShutdown: AppSurroundings['onShutdown']
  #project = ''
  #sidecar: Sidecar | undefined
  #child: Child | undefined
  #session: string | undefined
  readonly #health = new McpHealthWatch((server, sight) => this.#recordHealth(server, sight))
  /** What the terminal was told last of the sidecar. */
  #running: Running | undefined
  #version = 0
  /** What the sidecar runs on. */
  #current: AppSnapshot | undefined

  constructor(options: DevRunOptions, world: DevRunWorld, surroundings: AppSurroundings) {
    this.options = options
    this.#world = world
    this.console = surroundings.console
    this.#streams = surroundings.streams
    this.#onShutdown = surroundings.onShutdown
  }

  /** Starts it, and records it as that of the App ID in `project`. */
  async startSidecar(project: string): Promise<void> {
    this.#project = project
    const { controlPlane, home, clock, version, pid } = this.#world
    const options = this.options
    this.#version = controlPlane.dataVersion()
    const snapshot = this.#snapshot()
    this.#current = snapshot
    await sweepSockets(home, clock.now())
    const socketPath = newSocketPath(home)
    const sidecar = await onPort(options, (httpPort) =>
      Sidecar.start(snapshot, {
        clock,
        logger: this.console.logger,
        accessLog: this.console.accessLog,
        version,
        middlewares,
        grants: controlPlane.grants.store(this.#project),
        httpPort,
        ...(options.ingressPort === undefined ? {} : { ingressPort: options.ingressPort }),
        publicUrl: options.publicUrl,
        socketPath,
        maxBodyBytes: options.maxBodyBytes,
        maxHeaderBytes: options.maxHeaderBytes,
        proxies: options.useEnvProxy === true ? proxiesFrom(this.#world.env) : undefined,
        allowedUrls: options.allowedUrls,
        svidIssuer: () => currentSvidIssuer(home, project),
        startServer: this.#serverStarter(),
        onShutdown: (force) => this.#shutDown(force),
        onHealthChange: (change) => reportHealthChange(this.console.checklist, change),
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
    this.#health.follow(snapshot.mcpServers)
  }

  /** Gets first tokens and keys, or reports why not. `interruption` ends it. */
  async warmUp(interruption: AbortSignal): Promise<void> {
    const sidecar = this.#sidecar
    if (sidecar === undefined) return
    const { checklist } = this.console
    reportPipelineProblems(checklist, sidecar)
    const { httpPipeline, appHttpPipeline } = sidecar
    if (httpPipeline.handlers.length + appHttpPipeline.handlers.length > 0) {
      checklist.begin('handlers')
    }
    const limit = AbortSignal.any([AbortSignal.timeout(warmUpLimit), interruption])
    const started = await this.console.quietly(() => sidecar.warmUp(limit))
    interruption.throwIfAborted()
    const reports = await afterLogins(started, {
      world: this.#world,
      project: this.#project,
      mode: this.options.login ?? 'auto',
      checklist,
      interruption,
      again: () => this.console.quietly(() => sidecar.warmUp(interruption)),
    })
    reportHandlers(checklist, reports.handlers)
    reportMcpServers(checklist, reports.mcpServers)
    const { publicUrl } = this.options
    const known = publicUrl === undefined ? '' : `, known as ${publicUrl}`
    const ingress =
      sidecar.ingressPort === undefined
        ? ''
        : `, ingress http://127.0.0.1:${sidecar.ingressPort}${known}`
    checklist.done('sidecar', `http://127.0.0.1:${sidecar.httpPort}${ingress}`)
    reportHealth(checklist, this.#running?.health, this.options)
    if (this.#current !== undefined) reportServerCommands(checklist, this.#current)
    warnOfOpenDoor(checklist, this.options.appId, sidecar)
  }

  /** Starts the command, and resolves with it; with undefined when there is none. */
  async startCommand(): Promise<Child | undefined> {
    const sidecar = this.#sidecar
    const { checklist } = this.console
    const { appDirPath, command, env: extra } = this.options
    const { env: inherited } = this.#world
    const [file, ...args] = command
    if (file === undefined || sidecar === undefined) {
      checklist.done('command', 'none: the sidecar runs alone until it is interrupted')
      return undefined
    }
    const snapshot = this.#snapshot()
    const { secretVariables: withheld } = snapshot
    this.#child = await startChild({
      command: [file, ...args],
      cwd: appDirPath,
      env: childEnvironment({ inherited, extra, withheld, ...this.#identity(sidecar, snapshot) }),
      ...this.#streams,
    })
    checklist.done('command', command.join(' '))
    return this.#child
  }

  /** What its sidecar gives the command; undefined while there is none. */
  environment(): Record<string, string> | undefined {
    const sidecar = this.#sidecar
    if (sidecar === undefined) return undefined
    return injectedEnvironment(this.#identity(sidecar, this.#snapshot()))
  }

  #identity({ httpPort }: Sidecar, { apiToken }: AppSnapshot): AppIdentityValues {
    const { appId, appPort } = this.options
    return { appId, httpPort, appPort, apiToken: apiToken.reveal() }
  }

  /** Takes over what the control plane holds now, if it changed. */
  async reload(): Promise<void> {
    const version = this.#world.controlPlane.dataVersion()
    if (version === this.#version || this.#sidecar === undefined) return
    const snapshot = this.#snapshotOf(version)
    const sidecar = this.#sidecar
    const known = this.#current
    this.#current = snapshot
    const reports = await this.console.quietly(() => sidecar.reload(snapshot))
    if (this.#session !== undefined) this.#health.follow(snapshot.mcpServers)
    const before = this.#running
    this.#running = runningNow(sidecar)
    const { checklist } = this.console
    const isOther = before !== undefined && reportChanges(checklist, before, this.#running)
    if (before !== undefined && hasOtherProblems(before, this.#running)) {
      reportPipelineProblems(checklist, sidecar)
    }
    reportHandlers(checklist, reports.handlers)
    reportMcpServers(checklist, reports.mcpServers)
    reportServerCommands(checklist, snapshot, known)
    if (isOther) warnOfOpenDoor(checklist, this.options.appId, sidecar)
  }

  async stopCommand(): Promise<void> {
    await this.#child?.stop(stopGrace)
  }

  /** Ends the command, then the sidecar. */
  async close(): Promise<void> {
    await this.stopCommand()
    this.#health.stop()
    this.#forgetSession()
    await this.#sidecar?.stop(this.#child === undefined ? stopGrace : 0)
  }

  /** A store that cannot be written now must not cost the exit code: the next start sweeps sessions of ended processes. */
  #forgetSession(): void {
    if (this.#session === undefined) return
    try {
      this.#world.controlPlane.sessions.remove(this.#session)
      this.#session = undefined
    } catch (error) {
      if (!(error instanceof McpAuthError)) throw error
    }
  }

  #serverStarter(): StartServer {
    const { clock, env } = this.#world
    return serverStarter({
      clock,
      environment: () => serverEnvironment(env, this.#current?.secretVariables ?? []),
      output: (server, line) => this.console.serverOutput(server, line),
    })
  }

  /** A store that cannot be written now must not end a run. */
  #recordHealth(server: string, sight: Sight): boolean {
    if (this.#session === undefined) return true
    const { mcpHealth } = this.#world.controlPlane
    try {
      if (sight === 'gone') mcpHealth.forget(this.#session, server)
      else mcpHealth.record(this.#session, server, sight.problem)
      return true
    } catch (error) {
      if (!(error instanceof McpAuthError)) throw error
      return false
    }
  }

  #snapshot(): AppSnapshot {
    const { appId, appPort, env, health } = this.options
    // As daprd, which inherits the environment of `dapr run` and what a run file adds to it.
    const appToken = env['APP_API_TOKEN'] ?? this.#world.env['APP_API_TOKEN'] ?? ''
    const options = {
      health,
      ...(appPort === undefined ? {} : { appPort }),
      ...(appToken === '' ? {} : { appToken: new Secret(appToken) }),
    }
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

  #shutDown(force: boolean): void {
    void (async () => {
      await this.#child?.stop(force ? 0 : stopGrace)
      // Dapr exits non-zero when it was forced (pkg/api/http/shutdown.go).
      this.#onShutdown(force ? 1 : 0)
    })()
  }
}
