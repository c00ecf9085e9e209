// A clock that stands still until it is moved.
import type { Clock } from '../../src/core/clock.ts'

export interface FakeClock extends Clock {
  /** Moves both clocks. */
  advance(seconds: number): void
  /** Moves the wall clock alone, as an administrator or NTP does. */
  jump(seconds: number): void
}

export function createFakeClock(): FakeClock {
  let wall = 1_800_000_000_000
  let mono = 5000
  return {
    now: () => wall,
    monotonic: () => mono,
    advance(seconds) {
      wall += seconds * 1000
      mono += seconds * 1000
    },
    jump(seconds) {
      wall += seconds * 1000
    },
  }
}
