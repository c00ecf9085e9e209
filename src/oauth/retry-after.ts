// How long to stay away after a failure: exponential back-off, and what Retry-After asks for.

const longest = 300

/** Seconds that a Retry-After header asks for (RFC 9110 §10.2.3), within 1..300; undefined when it says nothing. */
export function retryAfterSeconds(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined
  const text = value.trim()
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - nowMs) / 1000
  if (Number.isNaN(seconds)) return undefined
  return Math.min(longest, Math.max(1, Math.ceil(seconds)))
}

export interface Backoff {
  readonly firstMs: number
  readonly capMs: number
}

/** Milliseconds to wait after `failures` failures in a row (1 = the first). */
export function backoffMs(backoff: Backoff, failures: number): number {
  return Math.min(backoff.capMs, backoff.firstMs * 2 ** Math.min(failures - 1, 30))
}
