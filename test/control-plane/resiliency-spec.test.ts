// What the Resiliency resources in scope of an App ID come to, policy by policy.
import { expect, it } from 'vitest'

import type { JsonObject } from '../../src/core/json.ts'
import type { ResiliencySpec } from '../../src/core/resiliency.ts'
import { readTexts } from '../../src/manifest/read.ts'
import { open, temporaryHome } from './builders.ts'

function specOf(...documents: JsonObject[]): ResiliencySpec | undefined {
  const plane = open(temporaryHome())
  const texts = documents.map((parts, index) => ({
    file: `${index}.json`,
    text: JSON.stringify({
      apiVersion: 'dapr.io/v1alpha1',
      kind: 'Resiliency',
      metadata: { name: `r${index}` },
      ...parts,
    }),
  }))
  const { resources, diagnostics } = readTexts(texts)
  expect(diagnostics).toEqual([])
  plane.appIds.create('default', 'client', {})
  expect(plane.apply('default', resources).applied).toBe(true)
  return plane.snapshot('default', 'client').resiliency
}

it('is nothing without any, and without one in scope', () => {
  expect(specOf()).toBeUndefined()
  expect(specOf({ spec: {}, scopes: ['other'] })).toBeUndefined()
})

it('has every field, and the defaults of Dapr where there is none', () => {
  const policies = {
    timeouts: { fast: '1500', none: '0s' },
    retries: {
      own: {
        policy: 'exponential',
        duration: '1s',
        maxInterval: '2m',
        maxRetries: 0,
        matching: { httpStatusCodes: '429, 501-503' },
      },
      bare: {},
    },
    circuitBreakers: {
      own: { maxRequests: 3, interval: '10s', timeout: '1m', trip: 'requests > 1' },
      bare: {},
    },
  }
  const apps = {
    a: { timeout: 'fast', retry: 'own', circuitBreaker: 'own', circuitBreakerCacheSize: 7 },
    b: { timeout: 'none', retry: 'bare', circuitBreaker: 'bare' },
    c: {},
  }
  expect(specOf({ spec: { policies, targets: { apps } } })).toEqual({
    names: ['r0'],
    targets: {
      a: {
        timeoutMs: 1500,
        retry: {
          policy: 'exponential',
          durationMs: 1000,
          maxIntervalMs: 120_000,
          maxRetries: 0,
          statusCodes: [
            [429, 429],
            [501, 503],
          ],
        },
        breaker: {
          maxRequests: 3,
          intervalMs: 10_000,
          timeoutMs: 60_000,
          trip: 'requests > 1',
          cacheSize: 7,
        },
      },
      b: {
        retry: { policy: 'constant', durationMs: 5000, maxIntervalMs: 60_000, maxRetries: -1 },
        breaker: { maxRequests: 1, intervalMs: 0, timeoutMs: 60_000, cacheSize: 100 },
      },
      c: {},
    },
  })
})

it.for([
  ['timeouts', 'Timeout', '1s', '2s', { timeoutMs: 1000 }],
  ['retries', 'Retry', { maxRetries: 1 }, { maxRetries: 2 }, { retry: { maxRetries: 1 } }],
  [
    'circuitBreakers',
    'CircuitBreaker',
    { maxRequests: 4 },
    { maxRequests: 5 },
    { breaker: { maxRequests: 4 } },
  ],
] as const)(
  'takes default policies by their names: %s',
  ([section, what, first, second, expected]) => {
    const spec = (policies: JsonObject): ResiliencySpec | undefined =>
      specOf({ spec: { policies: { [section]: policies } } })
    const both = { [`Default${what}Policy`]: second, [`DefaultApp${what}Policy`]: first }
    expect(spec(both)?.fallback).toMatchObject(expected)
    expect(spec({ [`Default${what}Policy`]: first })?.fallback).toMatchObject(expected)
    expect(spec({ [`DefaultComponent${what}Policy`]: first })?.fallback).toBeUndefined()
  },
)

it('is that of the later by name where two are about one target', () => {
  const about = (timeout: string) => ({
    spec: { policies: { timeouts: { t: timeout } }, targets: { apps: { a: { timeout: 't' } } } },
  })
  expect(specOf(about('1s'), about('2s'))).toEqual({
    names: ['r0', 'r1'],
    targets: { a: { timeoutMs: 2000 } },
  })
})
