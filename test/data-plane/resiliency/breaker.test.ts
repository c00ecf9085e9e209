// The states of a circuit breaker, moved by a clock that stands still until it is told.
import { describe, expect, it } from 'vitest'

import type { BreakerSpec } from '../../../src/core/resiliency.ts'
import { Breaker, type Passage } from '../../../src/data-plane/resiliency/breaker.ts'
import { Breakers } from '../../../src/data-plane/resiliency/breakers.ts'
import { createFakeClock } from '../../support/fake-clock.ts'

const spec: BreakerSpec = { maxRequests: 1, intervalMs: 0, timeoutMs: 30_000, cacheSize: 2 }

function breakerWith(parts: Partial<BreakerSpec> = {}) {
  const clock = createFakeClock()
  const isTripped = ({ consecutiveFailures }: { consecutiveFailures: number }): boolean =>
    consecutiveFailures > 1
  const breaker = new Breaker({ ...spec, ...parts }, isTripped, () => clock.monotonic())
  const enter = (): Passage => {
    const passage = breaker.enter()
    if (passage === undefined) throw new Error('the breaker let nothing through')
    return passage
  }
  const call = (isSuccess: boolean): void => breaker.leave(enter(), isSuccess)
  return { clock, breaker, enter, call }
}

describe('a circuit breaker', () => {
  it('opens when it trips, tries again after its time, and closes with a success', () => {
    const { clock, breaker, call } = breakerWith()
    call(false)
    expect(breaker.state).toBe('closed')
    call(false)
    expect(breaker.state).toBe('open')
    expect(breaker.enter()).toBeUndefined()
    clock.advance(29)
    expect(breaker.remainingMs).toBe(1000)
    expect(breaker.enter()).toBeUndefined()
    clock.advance(1)
    expect(breaker.state).toBe('half-open')
    call(true)
    expect(breaker.state).toBe('closed')
  })

  it('opens again with the first failure of those that try it', () => {
    const { clock, breaker, call } = breakerWith({ maxRequests: 2 })
    call(false)
    call(false)
    clock.advance(30)
    call(true)
    expect(breaker.state).toBe('half-open')
    call(false)
    expect(breaker.state).toBe('open')
  })

  it('lets as many try it as it may, and takes back those that say nothing', () => {
    const { clock, breaker, enter, call } = breakerWith()
    call(false)
    call(false)
    clock.advance(30)
    const passage = enter()
    expect(breaker.enter()).toBeUndefined()
    breaker.forget(passage)
    breaker.leave(enter(), true)
    expect(breaker.state).toBe('closed')
  })

  it('learns nothing from calls that began before it changed', () => {
    const { clock, breaker, enter, call } = breakerWith()
    const early = enter()
    call(false)
    call(false)
    clock.advance(30)
    expect(breaker.state).toBe('half-open')
    breaker.leave(early, true)
    expect(breaker.state).toBe('half-open')
  })

  it('forgets what it counted after its interval', () => {
    const { clock, breaker, call } = breakerWith({ intervalMs: 10_000 })
    call(false)
    clock.advance(10)
    call(false)
    expect(breaker.state).toBe('closed')
    call(false)
    expect(breaker.state).toBe('open')
  })
})

describe('the breakers of a target', () => {
  it('are one for each path, and the one that was not used for longest goes', () => {
    const group = new Breakers(() => 0).group('app', spec)
    const first = group.get('/a')
    const second = group.get('/b')
    expect(group.get('/a')).toBe(first)
    group.get('/c')
    expect(group.get('/a')).toBe(first)
    expect(group.get('/b')).not.toBe(second)
  })

  it('stay while their policy is the same, also when it is that of all targets', () => {
    const breakers = new Breakers(() => 0)
    const named = breakers.group('app', spec)
    const other = breakers.group('other', spec)
    breakers.retain({ names: [], targets: { app: { breaker: spec } }, fallback: { breaker: spec } })
    expect(breakers.group('app', spec)).toBe(named)
    expect(breakers.group('other', spec)).toBe(other)
    breakers.retain({ names: [], targets: { app: { breaker: { ...spec, maxRequests: 9 } } } })
    expect(breakers.group('app', spec)).not.toBe(named)
    expect(breakers.group('other', spec)).not.toBe(other)
  })

  it('open after more than five failures in a row, unless they say otherwise', () => {
    const group = new Breakers(() => 0).group('app', { ...spec, cacheSize: 9 })
    const opensAfter = (path: string): number => {
      for (let failures = 1; ; failures += 1) {
        const passage = group.get(path).enter()
        if (passage === undefined) return failures - 1
        group.get(path).leave(passage, false)
      }
    }
    expect(opensAfter('/a')).toBe(6)
    const own = new Breakers(() => 0).group('app', { ...spec, trip: 'totalFailures == 2' })
    own.get('/a').leave(own.get('/a').enter() ?? { generation: -1 }, false)
    expect(own.get('/a').state).toBe('closed')
    own.get('/a').leave(own.get('/a').enter() ?? { generation: -1 }, false)
    expect(own.get('/a').state).toBe('open')
  })
})
