// Pauses between attempts, as Dapr has them.
import { expect, it } from 'vitest'

import type { RetrySpec } from '../../../src/core/resiliency.ts'
import { nextPause } from '../../../src/data-plane/resiliency/back-off.ts'

const retry: RetrySpec = {
  policy: 'constant',
  durationMs: 200,
  maxIntervalMs: 1000,
  maxRetries: 2,
}
const pauses = (spec: RetrySpec, random: number, elapsedMs = 0): (number | undefined)[] =>
  [0, 1, 2, 3].map((retries) => nextPause(spec, { retries, elapsedMs }, () => random))

it('are the same each time, as often as may be', () => {
  expect(pauses(retry, 0.9)).toEqual([200, 200, undefined, undefined])
  expect(pauses({ ...retry, maxRetries: 0 }, 0)).toEqual(Array.from({ length: 4 }))
  expect(nextPause({ ...retry, maxRetries: -1 }, { retries: 1e6, elapsedMs: 1e9 }, () => 0)).toBe(
    200,
  )
})

it('grow by half, up to the longest, give or take half', () => {
  const growing: RetrySpec = { ...retry, policy: 'exponential', maxRetries: -1 }
  expect(pauses(growing, 0.5)).toEqual([500, 750, 1000, 1000])
  expect(pauses(growing, 0)).toEqual([250, 375, 500, 500])
  expect(nextPause(growing, { retries: 1e6, elapsedMs: 0 }, () => 0.5)).toBe(1000)
})

it('end after a quarter of an hour when they grow', () => {
  const growing: RetrySpec = { ...retry, policy: 'exponential', maxRetries: -1 }
  expect(nextPause(growing, { retries: 5, elapsedMs: 15 * 60_000 }, () => 0.5)).toBeUndefined()
})
