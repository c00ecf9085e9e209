// `dev run --dry-run`: what would be applied and started, found out without doing any of it.
import { appHealthSpec, type AppHealthSpec } from '../core/app-health.ts'
import { boundedOutput } from './bounded-output.ts'
import { checkCommandOf } from './command-check.ts'
import { devConsole } from './console.ts'
import { injectedEnvironment } from './environment.ts'
import { changeLine, DevManifests } from './manifests.ts'
import type { AppOptions, RunFileOptions } from './run-file.ts'
import type { DevRunOptions, DevRunWorld, RunWideOptions } from './run-options.ts'

export interface DryRunOptions extends RunWideOptions, Pick<RunFileOptions, 'idp'> {
  readonly apps: readonly (DevRunOptions & Partial<AppOptions>)[]
}

export interface DryRun {
  readonly project: string
  /** `kind/name created|configured`, App IDs with their Configuration. */
  readonly applied: readonly string[]
  readonly unchanged: number
  readonly apps: readonly DryRunApp[]
  /** `name/key` of secrets that would be generated and stored. */
  readonly secrets: readonly string[]
  readonly idpPort?: number
  readonly envServerPort?: number
}

export interface DryRunApp {
  readonly appId: string
  /** Empty: the sidecar alone runs. */
  readonly command: readonly string[]
  readonly folder: string
  readonly appPort?: number
  /** 0: a free one. Undefined: 3500, or a free one. */
  readonly sidecarPort?: number
  readonly ingressPort?: number
  /** Names alone: values may be secrets. */
  readonly environment: readonly string[]
  readonly healthCheck?: AppHealthSpec
  /** Name of the Configuration that is attached, or the file that holds it. */
  readonly configuration?: string
  readonly appLog: string
  readonly sidecarLog: string
}

/** Throws what would keep the run from starting, as far as that can be told without starting anything. */
export async function dryRun(options: DryRunOptions, world: DevRunWorld): Promise<DryRun> {
  const { apps, idp, envServerPort } = options
  const { controlPlane } = world
  for (const app of apps) checkCommandOf(app, world)
  const project = controlPlane.resolveProject(apps[0]?.project).name
  for (const { appId } of apps) controlPlane.sessions.refuseSecond(project, appId)
  const stored = new Set(controlPlane.secrets.list(project).map(({ name }) => name))
  const clients = (idp?.clients ?? []).filter((name) => !stored.has(name))
  const secrets = clients.map((name) => `${name}/clientSecret`)
  const [first] = apps
  const manifests = new DevManifests(apps, world, {
    project,
    report: (diagnostics, sources) => {
      if (first === undefined) return
      devConsole(first, world, boundedOutput(world.stderr)).diagnostics(diagnostics, sources)
    },
    vanished: () => {},
  })
  const { changes, unchanged, appIds } = await manifests.plan(new Set(secrets))
  const ids = appIds.filter(({ action }) => action !== 'unchanged').map(changeLine)
  return {
    project,
    applied: [...changes, ...ids],
    unchanged: unchanged + appIds.length - ids.length,
    apps: apps.map(appOf),
    secrets,
    ...(idp === undefined ? {} : { idpPort: idp.port }),
    ...(envServerPort === undefined ? {} : { envServerPort }),
  }
}

function appOf(app: DryRunOptions['apps'][number]): DryRunApp {
  const { appId, command, appDirPath, appPort, daprHttpPort, ingressPort, health } = app
  const healthCheck = appHealthSpec(health)
  const configuration = app.appConfig ?? app.config
  const injected = injectedEnvironment({ appId, httpPort: 0, appPort, apiToken: '' })
  return {
    appId,
    command,
    folder: appDirPath,
    ...(appPort === undefined ? {} : { appPort }),
    ...(daprHttpPort === undefined ? {} : { sidecarPort: daprHttpPort }),
    ...(ingressPort === undefined ? {} : { ingressPort }),
    environment: Object.keys({ ...injected, ...app.env }),
    ...(healthCheck === undefined ? {} : { healthCheck }),
    ...(configuration === undefined ? {} : { configuration }),
    appLog: app.appLogDestination ?? 'console',
    sidecarLog: app.sidecarLogDestination ?? 'console',
  }
}
