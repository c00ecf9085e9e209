// Settings of a run file that stand in `common` and in an app alike, merged already → options.
import type { AppHealthSettings } from '../core/app-health.ts'
import type { RunFile } from '../core/generated/types.ts'
import type { LogDestination } from './run-options.ts'

type Common = NonNullable<RunFile['common']>

export function logOptions(given: Common) {
  return {
    enableApiLogging: given.enableApiLogging ?? false,
    appLogDestination: logDestination(given.appLogDestination) ?? 'console',
    sidecarLogDestination: logDestination(given.daprdLogDestination) ?? 'console',
  } as const
}

/** Catalyst says `all` where Dapr says `fileAndConsole`. */
export function logDestination(
  given: LogDestination | 'all' | undefined,
): LogDestination | undefined {
  return given === 'all' ? 'fileAndConsole' : given
}

/** Only what is written: the rest is as the App ID has it. */
export function healthOptions(given: Common): AppHealthSettings {
  const settings = {
    enabled: given.enableAppHealthCheck,
    path: given.appHealthCheckPath,
    intervalSeconds: given.appHealthProbeInterval,
    timeoutMs: given.appHealthProbeTimeout,
    threshold: given.appHealthThreshold,
  }
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))
}

export function pathsOf({ resourcesPath, resourcesPaths }: Common): readonly string[] {
  return resourcesPaths ?? (resourcesPath === undefined ? [] : [resourcesPath])
}
