// What the list of commands knows of each.
import type { Command } from '../command.ts'

export interface CommandGroup {
  readonly path: string
  readonly summary: string
}

export interface CommandEntry extends CommandGroup {
  /** Imports the file named after the words. */
  readonly load: () => Promise<Command>
  /** A group that, without a word after it, is this command; others then show their help. */
  readonly runsAlone?: boolean
}
