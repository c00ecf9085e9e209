// Time as an argument, so that tests need no sleeping.

/** `now` is wall time in ms since the epoch (token claims); `monotonic` is ms that never jump (caches, back-off). */
export interface Clock {
  now(): number
  monotonic(): number
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
}
