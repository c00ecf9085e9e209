// The cached token: sharing, renewal ahead, back-off, and the promises that must hold for any schedule of failures.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { silentLogger } from '../../src/core/logger.ts'
import { Secret } from '../../src/core/secret.ts'
import type { Mint } from '../../src/oauth/token-request.ts'
import type { MintResult } from '../../src/oauth/token-response.ts'
import { TokenSource } from '../../src/oauth/token-source.ts'
import { createFakeClock } from '../support/fake-clock.ts'

const patient = new AbortController().signal

function createWorld(
  answers: readonly MintResult[] = [],
  options: { random?: number; waitMs?: number; maxWaiters?: number } = {},
) {
  const clock = createFakeClock()
  const waiting: ((result: MintResult) => void)[] = []
  let mints = 0
  let hold = false
  const mint: Mint = (signal) => {
    mints += 1
    const answer = answers[mints - 1] ?? issued(`token-${mints}`)
    if (!hold) return Promise.resolve(answer)
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve(failed('unavailable')))
      waiting.push((result) => resolve(result))
    })
  }
  const random = () => options.random ?? 0.5
  const endpoint = 'https://as.example/token'
  const source = new TokenSource({
    mint,
    clock,
    logger: silentLogger,
    endpoint,
    ...options,
    random,
  })
  const value = async (signal = patient): Promise<string> => {
    const result = await source.obtain(signal)
    return result.ok ? result.token.value.reveal() : result.error.code
  }
  return {
    clock,
    source,
    value,
    mints: () => mints,
    holdBack: () => void (hold = true),
    settle(result: MintResult) {
      hold = false
      for (const resolve of waiting.splice(0)) resolve(result)
    },
  }
}

function issued(value: string, lifetimeSeconds = 3600): MintResult {
  return { ok: true, token: { value: new Secret(value), scope: undefined, lifetimeSeconds } }
}

function failed(
  kind: 'refused' | 'unavailable' | 'timeout',
  retryAfterSeconds?: number,
): MintResult {
  const wait = retryAfterSeconds === undefined ? {} : { retryAfterSeconds }
  return { ok: false, kind, problem: 'failed', ...wait }
}

test('a thousand concurrent callers make one request, and again when the token has expired', async () => {
  const world = createWorld()
  const values = await Promise.all(Array.from({ length: 1000 }, () => world.value()))
  expect(new Set(values)).toEqual(new Set(['token-1']))
  world.clock.advance(3600)
  const renewed = await Promise.all(Array.from({ length: 1000 }, () => world.value()))
  expect(new Set(renewed)).toEqual(new Set(['token-2']))
  expect(world.mints()).toBe(2)
})

test('asking ahead of the first request, as every reload may do, asks nobody while there is an answer', async () => {
  const good = createWorld()
  const failing = createWorld([failed('unavailable', 60)])
  for (let reload = 0; reload < 20; reload += 1) {
    expect(await good.value()).toBe('token-1')
    expect(await failing.value()).toBe('TOKEN_ENDPOINT_UNAVAILABLE')
    good.clock.advance(1)
    failing.clock.advance(1)
  }
  expect([good.mints(), failing.mints()]).toEqual([1, 1])
})

test('the first caller leaving fails nobody else', async () => {
  const world = createWorld()
  world.holdBack()
  const leaving = new AbortController()
  const left = world.value(leaving.signal)
  const stays = world.value()
  leaving.abort()
  expect(await left).toBe('TOKEN_ENDPOINT_TIMEOUT')
  world.settle(issued('t'))
  expect(await stays).toBe('t')
  expect(world.mints()).toBe(1)
})

test('a caller waits only so long, and only so many may wait', async () => {
  const world = createWorld([], { waitMs: 20, maxWaiters: 2 })
  world.holdBack()
  const verdicts = await Promise.all([world.value(), world.value(), world.value()])
  expect(verdicts.toSorted()).toEqual([
    'TOKEN_ENDPOINT_TIMEOUT',
    'TOKEN_ENDPOINT_TIMEOUT',
    'TOKEN_ENDPOINT_UNAVAILABLE',
  ])
  world.settle(issued('late'))
  expect(await world.value()).toBe('late')
})

test('the token is renewed in the background ahead of its expiry, and the current one serves meanwhile', async () => {
  const world = createWorld()
  await world.value()
  world.clock.advance(3600 - 360 - 180 - 1)
  expect(world.source.current()?.value.reveal()).toBe('token-1')
  expect(world.mints()).toBe(1)
  world.clock.advance(2)
  expect(world.source.current()?.value.reveal()).toBe('token-1')
  expect(world.mints()).toBe(2)
  await world.value()
  expect(world.source.current()?.value.reveal()).toBe('token-2')
})

test('an outage does not matter while the token is valid', async () => {
  const outage = Array.from({ length: 50 }, () => failed('unavailable'))
  const world = createWorld([issued('token-1', 3600), ...outage])
  await world.value()
  for (let elapsed = 0; elapsed < 3590; elapsed += 10) {
    expect(await world.value()).toBe('token-1')
    world.clock.advance(10)
  }
  world.clock.advance(10)
  expect(await world.value()).toBe('TOKEN_ENDPOINT_UNAVAILABLE')
})

test('passing failures back off from a second to a minute', async () => {
  const world = createWorld(Array.from({ length: 9 }, () => failed('unavailable')))
  const waits: number[] = []
  for (let attempt = 0; attempt < 9; attempt += 1) {
    await world.value()
    const again = await world.source.obtain(patient)
    const wait = again.ok ? 0 : again.retryAfterSeconds
    waits.push(wait)
    world.clock.advance(wait)
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
  expect(world.mints()).toBe(9)
  expect(await world.value()).toBe('token-10')
})

test('a lasting refusal is probed after a minute, doubling to ten', async () => {
  const world = createWorld(Array.from({ length: 6 }, () => failed('refused', 3)))
  const waits: number[] = []
  for (let attempt = 0; attempt < 6; attempt += 1) {
    expect(await world.value()).toBe('TOKEN_ENDPOINT_REFUSED')
    const again = await world.source.obtain(patient)
    const wait = again.ok ? 0 : again.retryAfterSeconds
    waits.push(wait)
    world.clock.advance(wait)
  }
  expect(waits).toEqual([60, 120, 240, 480, 600, 600])
  expect(await world.value()).toBe('token-7')
})

test('Retry-After decides when to come back', async () => {
  const world = createWorld([failed('unavailable', 120)])
  await world.value()
  world.clock.advance(119)
  expect(await world.value()).toBe('TOKEN_ENDPOINT_UNAVAILABLE')
  expect(world.mints()).toBe(1)
  world.clock.advance(1)
  expect(await world.value()).toBe('token-2')
})

test('a wall clock that jumps ahead ends the token, one that jumps back does not prolong it', async () => {
  const world = createWorld()
  await world.value()
  world.clock.jump(86_400)
  expect(await world.value()).toBe('token-2')
  world.clock.jump(-172_800)
  expect(await world.value()).toBe('token-2')
  world.clock.advance(3600)
  expect(await world.value()).toBe('token-3')
})

test('a refused token is replaced, at most every half minute', async () => {
  const world = createWorld()
  const first = await world.source.obtain(patient)
  if (!first.ok) throw first.error
  expect(world.source.reject(first.token)).toBe(false)
  world.clock.advance(30)
  expect(world.source.reject(first.token)).toBe(true)
  expect(await world.value()).toBe('token-2')
  // A request that was sent with the old token finds the new one.
  expect(world.source.reject(first.token)).toBe(true)
  expect(await world.value()).toBe('token-2')
  expect(world.mints()).toBe(2)
})

test('closing gives up the request in flight and lets nobody wait', async () => {
  const world = createWorld()
  world.holdBack()
  const waiting = world.value()
  world.source.close()
  expect(await waiting).toBe('TOKEN_ENDPOINT_UNAVAILABLE')
  expect(await world.value()).toBe('TOKEN_ENDPOINT_UNAVAILABLE')
})

const answer = fc.oneof(
  fc.integer({ min: 1, max: 4000 }).map((life) => ({ life })),
  fc
    .constantFrom('unavailable' as const, 'timeout' as const, 'refused' as const)
    .map((kind) => ({ kind })),
)
const steps = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 80 })

test('for any schedule: no token past its limit, no more requests than the intervals allow', async () => {
  const property = fc.asyncProperty(
    fc.array(answer, { maxLength: 80 }),
    steps,
    fc.double({ min: 0, max: 0.999, noNaN: true }),
    async (plan, pauses, random) => {
      const expiry = new Map<string, number>()
      const begun: number[] = []
      const clock = createFakeClock()
      const mint: Mint = async () => {
        const next = plan[begun.length] ?? { life: 60 }
        begun.push(clock.monotonic())
        if ('kind' in next) return failed(next.kind)
        const name = `t${begun.length}`
        expiry.set(name, clock.monotonic() + next.life * 1000)
        return issued(name, next.life)
      }
      const source = new TokenSource({
        mint,
        clock,
        random: () => random,
        logger: silentLogger,
        endpoint: 'e',
      })
      for (const pause of pauses) {
        const results = await Promise.all([source.obtain(patient), source.obtain(patient)])
        for (const result of results) {
          if (!result.ok) continue
          expect(clock.monotonic()).toBeLessThan(expiry.get(result.token.value.reveal()) ?? 0)
        }
        clock.advance(pause / 4)
      }
      // The shortest interval is half of a life of one second.
      for (const [index, at] of begun.entries()) {
        if (index > 0) expect(at - (begun[index - 1] ?? 0)).toBeGreaterThanOrEqual(400)
      }
    },
  )
  await fc.assert(property, { numRuns: 150 })
})

test('after any outage the first success comes within the longest back-off', async () => {
  const property = fc.asyncProperty(
    fc.integer({ min: 1, max: 40 }),
    fc.double({ min: 0, max: 0.999, noNaN: true }),
    async (outage, random) => {
      const world = createWorld(
        Array.from({ length: outage }, () => failed('unavailable')),
        { random },
      )
      while (world.mints() < outage) {
        await world.value()
        world.clock.advance(1)
      }
      world.clock.advance(60)
      expect(await world.value()).toBe(`token-${outage + 1}`)
    },
  )
  await fc.assert(property, { numRuns: 50 })
})
