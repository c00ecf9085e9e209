// A log file that cannot fill the disk: at its limit it takes the place of the one before it, and a new one begins.
import { appendFile, closeSync, fstatSync, openSync, renameSync } from 'node:fs'
import { Writable } from 'node:stream'

/** With the one before it, twice as much is kept, in bytes. */
const defaultLimit = 32 * 1024 * 1024

/**
 * Writes to `path` (0600), which ends in `.log`; what it held at the limit is kept as `.1.log`. A write that fails is
 * dropped, so that a full disk neither ends the run nor holds up the command. Throws what the system says when the file
 * cannot be opened at first.
 */
export class LogFile extends Writable {
  readonly #path: string
  readonly #limit: number
  #descriptor: number | undefined
  #size: number

  constructor(path: string, limit = defaultLimit) {
    super()
    this.#path = path
    this.#limit = limit
    this.#descriptor = openSync(path, 'a', 0o600)
    this.#size = fstatSync(this.#descriptor).size
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    if (this.#size > 0 && this.#size + chunk.length > this.#limit) this.#begin()
    if (this.#descriptor === undefined) return done()
    this.#size += chunk.length
    appendFile(this.#descriptor, chunk, () => done())
  }

  override _final(done: () => void): void {
    this.#close()
    done()
  }

  #begin(): void {
    this.#close()
    try {
      renameSync(this.#path, this.#path.replace(/\.log$/, '.1.log'))
    } catch {
      // Windows renames no file that somebody else has open: what it held is lost instead of kept.
    }
    try {
      this.#descriptor = openSync(this.#path, 'w', 0o600)
      this.#size = 0
    } catch {
      // Tried again with the next line.
    }
  }

  #close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
  }
}
