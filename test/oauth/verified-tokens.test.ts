// What the verifier remembers of a token, and how long.
import { expect, test, vi } from 'vitest'
import { createWorld, good, judge, es256 } from './verifier-fixture.ts'
import { signToken } from './token-fixtures.ts'

test('a verdict is remembered until exp; what lives on the skew alone is verified each time', async () => {
  const world = await createWorld({ clockSkew: 60 })
  const keyLookups = vi.spyOn(world.keys, 'candidates')
  const token = signToken(es256, { ...good, exp: world.now + 100 })
  const lookupsOf = async (times: number): Promise<number> => {
    keyLookups.mockClear()
    for (let time = 0; time < times; time += 1) expect(await judge(token, world)).toBe('accepted')
    return keyLookups.mock.calls.length
  }
  expect(await lookupsOf(3)).toBe(1)
  world.clock.advance(99)
  expect(await lookupsOf(3)).toBe(0)
  world.clock.advance(1)
  expect(await lookupsOf(3)).toBe(3)
  world.clock.advance(60)
  expect(await judge(token, world)).toBe('expired')
})
