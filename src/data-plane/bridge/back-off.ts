// Keeps a server that fails again and again from being started again and again.
import type { Clock } from '../../core/clock.ts'
import { McpAuthError } from '../../core/errors.ts'
import type { ChannelEvents, OpenChannel } from './channel.ts'

/** Pauses after the second failure in a row, doubled each time up to the second, in ms. */
const firstPause = 500
const longestPause = 30_000
/** Failures that lie further apart are not in a row, in ms. */
const forgetAfter = 60_000

/** The first failure costs nothing; during the pauses after further ones nothing is opened, and ERR_MCP_PROCESS_FAILED thrown. */
export function withBackOff(open: OpenChannel, name: string, clock: Clock): OpenChannel {
  let failures = 0
  let lastFailure = Number.NEGATIVE_INFINITY
  let pausedUntil = Number.NEGATIVE_INFINITY

  const noteFailure = (startedAt: number): void => {
    // Those that ran side by side fail for one reason.
    if (startedAt < lastFailure) return
    const now = clock.monotonic()
    failures = now - lastFailure > forgetAfter ? 1 : failures + 1
    lastFailure = now
    const pause = failures < 2 ? 0 : Math.min(firstPause * 2 ** (failures - 2), longestPause)
    pausedUntil = now + pause
  }

  return async (events, carriage) => {
    const startedAt = clock.monotonic()
    if (startedAt < pausedUntil) {
      const seconds = Math.ceil((pausedUntil - startedAt) / 1000)
      throw new McpAuthError(
        'ERR_MCP_PROCESS_FAILED',
        `The process of the MCP server ${name} failed ${failures} times in a row, and is not started again for ${seconds} s.`,
        { hint: 'What it writes to standard error is in the log of the sidecar.' },
      )
    }
    const watched: ChannelEvents = {
      ...events,
      ended: (error) => {
        noteFailure(startedAt)
        events.ended(error)
      },
    }
    try {
      return await open(watched, carriage)
    } catch (error) {
      noteFailure(startedAt)
      throw error
    }
  }
}
