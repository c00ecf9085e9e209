// A clock that is wrong by so much, for an authorization server whose tokens come from the future or the past.
import type { Clock } from '../../core/clock.ts'
import { parseSeconds } from '../../core/setting-values.ts'

/** Seconds of a year; more helps nobody. */
const most = 366 * 24 * 3600

/** Seconds of `10m`, `-1h30m` or `+90`; undefined of anything else, and of more than a year. */
export function parseClockOffset(text: string): number | undefined {
  const [, sign = '', amount = ''] = /^([+-]?)(.*)$/s.exec(text) ?? []
  const seconds = parseSeconds(amount)
  if (seconds === undefined || seconds > most) return undefined
  return sign === '-' ? -seconds : seconds
}

/** `clock`, ahead by so many seconds. */
export function shiftedClock(clock: Clock, seconds: number): Clock {
  return { now: () => clock.now() + seconds * 1000, monotonic: () => clock.monotonic() }
}
