// Work that ends at a signal.
import { McpAuthError } from '../core/errors.ts'
import type { CommandContext } from './context.ts'

/** Throws INTERRUPTED when a signal came before the work was done. */
export async function untilInterrupted<Result>(
  { world }: CommandContext,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const stopped = new AbortController()
  const forget = world.onSignal(() => stopped.abort())
  try {
    const result = await work(stopped.signal)
    if (stopped.signal.aborted) throw new McpAuthError('INTERRUPTED', 'Interrupted.')
    return result
  } finally {
    forget()
  }
}
