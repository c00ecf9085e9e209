// Loading keys ahead of the first request, at the start and at every reload that brings a new user of the set.
import { expect, test } from 'vitest'
import { inTurn, reply } from '../support/scripted-authorization-server.ts'
import { createWorld, first, signal } from './key-set-fixture.ts'
import { createKey, jwksOf } from './token-fixtures.ts'

test('a fresh set is handed out without asking the issuer', async () => {
  const world = await createWorld(reply(200, jwksOf(first)))
  const loaded = await world.keys.load(signal)
  for (let reload = 0; reload < 20; reload += 1) {
    expect(await world.keys.load(signal)).toEqual(loaded)
    world.clock.advance(20)
  }
  expect(loaded).toMatchObject({ ok: true, loaded: { skipped: 0 } })
  expect(world.fetches()).toBe(1)
})

test('a set that is due is renewed in the background, and served meanwhile', async () => {
  const world = await createWorld(reply(200, jwksOf(first)))
  const loaded = await world.keys.load(signal)
  world.clock.advance(500)
  expect(await world.keys.load(signal)).toEqual(loaded)
  await expect.poll(() => world.fetches()).toBe(2)
})

test('a set past its lifetime is asked for again, and what comes of it is said', async () => {
  const world = await createWorld(inTurn(reply(200, jwksOf(first)), reply(500, '')))
  const loaded = await world.keys.load(signal)
  world.clock.advance(601)
  expect(await world.keys.load(signal)).toMatchObject({ ok: false })
  expect(await world.keys.load(signal), 'the next attempt is not due').toEqual(loaded)
  expect(world.fetches()).toBe(2)
})

test('after a failure nothing is asked before the next attempt is due, and the failure is said again', async () => {
  const world = await createWorld(inTurn(reply(404, ''), reply(200, jwksOf(first))))
  const failure = await world.keys.load(signal)
  expect(failure).toMatchObject({ ok: false, problem: expect.stringContaining('404') as string })
  expect(await world.keys.load(signal)).toEqual(failure)
  expect(world.fetches()).toBe(1)
  world.clock.advance(1)
  expect(await world.keys.load(signal)).toMatchObject({ ok: true })
})

test('a set at its limits is taken: 100 keys, 512 KiB', async () => {
  const { keys } = jwksOf(first, ...Array.from({ length: 99 }, (_, n) => createKey(`k${n}`)))
  const bare = JSON.stringify({ keys, padding: '' })
  const text = JSON.stringify({ keys, padding: ' '.repeat(512 * 1024 - bare.length) })
  const world = await createWorld(reply(200, text))
  expect(await world.keys.load(signal)).toMatchObject({ ok: true, loaded: { skipped: 0 } })
  expect(await world.judge(first)).toBe('accepted')
})
