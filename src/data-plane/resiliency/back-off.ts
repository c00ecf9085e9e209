// How long to wait before a call is tried again; undefined: it is not.
import type { RetrySpec } from '../../core/resiliency.ts'

/** As in Dapr (cenkalti/backoff through kit/retry). */
const initialMs = 500
const factor = 1.5
const jitter = 0.5
const longestInAllMs = 15 * 60_000

export interface Progress {
  /** Retries so far. */
  readonly retries: number
  /** Time since the first attempt began, in ms. */
  readonly elapsedMs: number
}

/** In ms. `random` gives fractions from 0 up to 1. */
export function nextPause(
  retry: RetrySpec,
  { retries, elapsedMs }: Progress,
  random: () => number,
): number | undefined {
  const { policy, maxRetries, durationMs, maxIntervalMs } = retry
  if (maxRetries >= 0 && retries >= maxRetries) return undefined
  if (policy === 'constant') return durationMs
  const step = Math.min(initialMs * factor ** retries, maxIntervalMs)
  const pause = step * (1 - jitter + 2 * jitter * random())
  return elapsedMs + pause > longestInAllMs ? undefined : pause
}
