import { expect, test } from 'vitest'

import { appHealthSpec, isTooSlow } from '../../src/core/app-health.ts'

test('checks are off unless enabled, and what is said later stands', () => {
  expect(appHealthSpec({})).toBeUndefined()
  expect(appHealthSpec({ enabled: true }, { enabled: false })).toBeUndefined()
  expect(appHealthSpec({ enabled: true })).toEqual({
    path: '/healthz',
    intervalSeconds: 5,
    timeoutMs: 500,
    threshold: 3,
  })
  expect(appHealthSpec({ path: '/a', threshold: 7 }, { enabled: true, path: '/b' })).toMatchObject({
    path: '/b',
    threshold: 7,
  })
})

test('a check must fit between two', () => {
  expect(isTooSlow({})).toBe(false)
  expect(isTooSlow({ timeoutMs: 5000 })).toBe(false)
  expect(isTooSlow({ timeoutMs: 5001 })).toBe(true)
  expect(isTooSlow({ intervalSeconds: 1, timeoutMs: 1001 })).toBe(true)
})
