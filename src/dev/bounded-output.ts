// Lines of ours on a stream whose reader may stand still: what waits for it is bounded.
import type { Writable } from 'node:stream'

export interface BoundedOutput {
  readonly isTerminal: boolean
  /** Writes a line; drops it, and counts, while too much waits for the reader. */
  write(text: string): void
  /** Resolves when everything is written, or after `ms`. */
  flush(ms: number): Promise<void>
}

/** More than this is not kept for a reader that does not read, in bytes. */
const maxWaiting = 1024 * 1024

export function boundedOutput(stream: Writable & { readonly isTTY?: boolean }): BoundedOutput {
  let dropped = 0
  return {
    isTerminal: stream.isTTY === true,
    write(text) {
      if (stream.writableLength > maxWaiting) {
        dropped += 1
        return
      }
      if (dropped > 0) stream.write(`warning: ${dropped} lines were not written\n`)
      dropped = 0
      stream.write(text)
    },
    flush: (ms) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, ms)
        stream.write('', () => {
          clearTimeout(timer)
          resolve()
        })
      }),
  }
}
