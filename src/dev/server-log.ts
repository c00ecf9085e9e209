// What a stdio server writes beside its protocol, as lines of the log: clipped, printable, without its secrets, not too many.
import type { Clock } from '../core/clock.ts'
import { printable } from '../core/quote.ts'
import { redacted } from '../core/secret.ts'

/** In UTF-16 code units. */
const longestLine = 2_000
/** Lines that are shown at once, and how many more there may be in each second. */
const burst = 200
const perSecond = 50

export class ServerLog {
  readonly #write: (line: string) => void
  readonly #clock: Clock
  readonly #secrets: readonly string[]
  #budget = burst
  #countedAt: number
  #leftOut = 0

  constructor(write: (line: string) => void, secrets: readonly string[], clock: Clock) {
    this.#write = write
    this.#clock = clock
    this.#countedAt = clock.monotonic()
    // A longer one may hold a shorter one; one of several lines is written line by line.
    this.#secrets = secrets
      .flatMap((secret) => [secret, ...secret.split(/\r?\n/)])
      .filter((text) => text !== '')
      .toSorted((one, other) => other.length - one.length)
  }

  line(text: string): void {
    const now = this.#clock.monotonic()
    this.#budget = Math.min(burst, this.#budget + ((now - this.#countedAt) / 1000) * perSecond)
    this.#countedAt = now
    if (this.#budget < 1) {
      this.#leftOut += 1
      return
    }
    this.#budget -= 1
    if (this.#leftOut > 0) this.#write(`(${this.#leftOut} lines were left out)`)
    this.#leftOut = 0
    this.#write(this.#fit(text))
  }

  #fit(text: string): string {
    let safe = text.trimEnd()
    for (const secret of this.#secrets) safe = safe.replaceAll(secret, redacted)
    const line = printable(safe.replaceAll('\t', ' '))
    return line.length > longestLine ? `${line.slice(0, longestLine - 1)}…` : line
  }
}
