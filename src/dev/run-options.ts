// What `mcpauth dev run` was asked for, and the world it runs in.
import type { AppHealthSettings } from '../core/app-health.ts'
import type { Clock } from '../core/clock.ts'
import type { ControlPlane } from '../control-plane/control-plane.ts'
import type { ChecklistStyle } from './checklist.ts'

/** `auto`: log in now; `wait`: wait for `mcpauth login` elsewhere; `never`: fail. Without a terminal all fail. */
export type LoginMode = 'auto' | 'wait' | 'never'

/** Files lie in the folder of the app, below .dapr/logs. */
export type LogDestination = 'console' | 'file' | 'fileAndConsole'

export interface DevRunOptions {
  /** Undefined: the active project. */
  readonly project: string | undefined
  readonly appId: string
  readonly appPort: number | undefined
  /** File that holds one Configuration, to be attached to the App ID. */
  readonly config: string | undefined
  /** Name of a Configuration to be attached to it instead. */
  readonly appConfig?: string | undefined
  readonly resourcesPaths: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly appDirPath: string
  /** Undefined: 3500, or a free one when that is taken. */
  readonly daprHttpPort: number | undefined
  readonly ingressPort: number | undefined
  /** URL of the root of the ingress, without a slash at the end; undefined: that of the listener. */
  readonly publicUrl?: string | undefined
  readonly maxBodyBytes: number
  /** Undefined: as a sidecar has it. */
  readonly maxHeaderBytes?: number | undefined
  /** Call HTTPEndpoints through the proxies that the environment names. */
  readonly useEnvProxy?: boolean
  /** How the health of the app is checked, where that is other than the App ID says. */
  readonly health: AppHealthSettings
  readonly allowedUrls: ReadonlySet<string>
  /** Also log calls to the sidecar's own API. */
  readonly enableApiLogging: boolean
  readonly logFormat: 'text' | 'json'
  /** Where the output of the command goes; `console` unless given. */
  readonly appLogDestination?: LogDestination | undefined
  /** What happens at the start when nobody is logged in for a Component; `auto` unless given. */
  readonly login?: LoginMode
  /** Empty: the sidecar alone runs. */
  readonly command: readonly string[]
}

/** What belongs to the run, not to one of its apps. */
export interface RunWideOptions {
  /** Where the environments of the apps are served; 0: a free port. Undefined: nowhere. */
  readonly envServerPort?: number | undefined
}

/** The process around a run; only the command line reads the real one. */
export interface DevRunWorld {
  readonly controlPlane: ControlPlane
  readonly home: string
  readonly version: string
  readonly clock: Clock
  readonly env: Readonly<Record<string, string | undefined>>
  readonly pid: number
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  readonly style: ChecklistStyle & { error(text: string): string; warning(text: string): string }
  /** Calls back for SIGINT, SIGTERM, SIGHUP, and SIGPIPE when nobody reads the output any more; returns how to stop that. */
  onSignal(listener: (name: NodeJS.Signals) => void): () => void
}
