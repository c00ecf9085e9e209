// Token buckets: how much one caller may, and that no name or number of callers leads around it.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { rateLimit } from '../../../src/middleware/http/ratelimit.ts'
import { TokenBuckets } from '../../../src/middleware/token-buckets.ts'
import { real, twoSidecars } from '../../data-plane/two-sidecars.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { createContext, createExchange } from '../exchange-fixture.ts'

const limit = (rate: string) => real('ratelimit', { maxRequestsPerSecond: rate })

describe.for([
  ['httpPipeline', { one: { httpPipeline: [limit('0.01')] } }],
  ['appHttpPipeline', { two: { appHttpPipeline: [limit('0.01')] } }],
] as const)('in %s', ([, change]) => {
  it('answers 429 with what to wait for, and the app is not reached', async () => {
    const { through, apps } = await twoSidecars(change)
    expect((await fetch(through('two', '/a'))).status).toBe(200)
    const headers = { 'x-forwarded-for': '192.0.2.7', 'x-real-ip': '192.0.2.7' }
    const answer = await fetch(through('two', '/b'), { headers })
    expect(answer.status).toBe(429)
    expect(await answer.json()).toEqual({
      errorCode: 'RATE_LIMITED',
      message: 'You have reached maximum request limit.',
    })
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(95)
    expect(answer.headers.get('x-rate-limit-limit')).toBe('0.01')
    expect(answer.headers.get('x-rate-limit-duration')).toBe('1')
    expect(apps.two.seen).toHaveLength(1)
  })
})

it('counts each App ID, and each address of the ingress, for itself', async () => {
  const { through, ingress, two } = await twoSidecars({ two: { appHttpPipeline: [limit('0.01')] } })
  const itself = `${two.url}/v1.0/invoke/two/method/a`
  for (const expected of [200, 429]) {
    expect((await fetch(through('two', '/a'))).status).toBe(expected)
    expect((await fetch(ingress('/a'))).status).toBe(expected)
    expect((await fetch(itself)).status).toBe(expected)
  }
})

it('takes as many at once as a second has, 100 unless it says otherwise', () => {
  const context = createContext()
  const handler = rateLimit.provision({}, context)
  const ask = () => (handler.onRequest?.(createExchange()) === undefined ? 1 : 0)
  const burst = (count: number) => Array.from({ length: count }, ask).filter(Boolean).length
  expect(burst(150)).toBe(100)
  context.clock.advance(0.05)
  expect(burst(10)).toBe(5)
})

it('that cannot be used is a 503', async () => {
  const { through, apps } = await twoSidecars({ two: { appHttpPipeline: [limit('0')] } })
  expect((await fetch(through('two', '/a'))).status).toBe(503)
  expect(apps.two.seen).toEqual([])
})

describe('buckets', () => {
  it('agree with a bucket that is counted by hand', () => {
    const steps = fc.array(fc.nat({ max: 900 }), { maxLength: 60 })
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 8 }), (pauses, burst) => {
        const clock = createFakeClock()
        const perSecond = 4
        const buckets = new TokenBuckets(clock, perSecond, burst)
        let tokens = burst
        for (const pause of pauses) {
          clock.advance(pause / 1000)
          tokens = Math.min(burst, tokens + (pause * perSecond) / 1000)
          const wait = buckets.take('a')
          expect(wait === 0).toBe(tokens >= 1)
          if (wait === 0) tokens -= 1
          else expect(wait).toBeCloseTo(((1 - tokens) * 1000) / perSecond, 3)
        }
      }),
    )
  })

  it('of more callers than are counted are one, until others are full again', () => {
    const clock = createFakeClock()
    const buckets = new TokenBuckets(clock, 1, 1)
    for (let n = 0; n < 10_000; n += 1) expect(buckets.take(`caller ${n}`)).toBe(0)
    expect(buckets.take('one too many')).toBe(0)
    expect(buckets.take('and another')).toBeGreaterThan(0)
    expect(buckets.take('caller 1')).toBeGreaterThan(0)
    clock.advance(1)
    expect(buckets.take('and another')).toBe(0)
    expect(buckets.take('a third')).toBe(0)
  })
})
