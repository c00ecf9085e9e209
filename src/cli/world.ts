// The process as the command line sees it. Only main.ts makes the real one.
import type { Clock } from '../core/clock.ts'

export interface World {
  /** Without the program itself. */
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly platform: NodeJS.Platform
  /** The user's home folder, where the platform's data folder lies. */
  readonly userHome: string
  readonly pid: number
  readonly clock: Clock
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  /**
   * Calls back for SIGINT, SIGTERM and SIGHUP instead of ending the process, and for SIGPIPE when nobody reads standard
   * output or error any more; returns how to stop that.
   */
  onSignal(listener: (name: NodeJS.Signals) => void): () => void
}
