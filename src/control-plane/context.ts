// What every part of the control plane works with: the open database, its vault, and the outside world as arguments.
import type { Clock } from '../core/clock.ts'
import type { Database } from './database.ts'
import type { Vault } from './vault.ts'

export interface StoreContext {
  readonly database: Database
  readonly vault: Vault
  readonly clock: Clock
  readonly random: (size: number) => Buffer
  readonly env: Readonly<Record<string, string | undefined>>
  /** Base of relative paths in secret stores, as in Dapr. */
  readonly cwd: string
  /** Identifies a running process: differs when the pid was reused, undefined when it is gone. */
  readonly processStart: (pid: number) => string | undefined
}

/** A project as the tables know it. */
export interface ProjectRow {
  readonly id: number
  readonly name: string
}

/** Counts one change of what is configured; only inside a write. Returns the new revision. */
export function nextRevision(context: StoreContext): number {
  context.database.run('UPDATE state SET revision = revision + 1')
  return currentRevision(context)
}

export function currentRevision(context: StoreContext): number {
  return context.database.get<{ revision: number }>('SELECT revision FROM state')?.revision ?? 0
}

/** ISO 8601, UTC. */
export function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
