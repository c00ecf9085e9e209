// The key set against a real JWKS endpoint that rotates, fails, stalls, lies and floods.
import { expect, test } from 'vitest'
import { endless, held, inTurn, reply, silence } from '../support/scripted-authorization-server.ts'
import type { Script } from '../support/scripted-authorization-server.ts'
import { createWorld, first, second, signal } from './key-set-fixture.ts'
import { createKey, jwksOf, signToken } from './token-fixtures.ts'

test('a thousand requests before the first keys make one fetch', async () => {
  const world = await createWorld(reply(200, jwksOf(first)))
  const verdicts = await Promise.all(Array.from({ length: 1000 }, () => world.judge(first)))
  expect(new Set(verdicts)).toEqual(new Set(['accepted']))
  expect(world.fetches()).toBe(1)
})

test('two hundred rotations under load reject nothing', async () => {
  let current = first
  let previous = first
  const world = await createWorld((request, response) =>
    reply(200, jwksOf(previous, current))(request, response),
  )
  for (let round = 0; round < 200; round += 1) {
    previous = current
    current = createKey(`rotation-${round}`)
    const verdicts = await Promise.all([
      world.judge(current),
      world.judge(previous),
      world.judge(current),
    ])
    expect(verdicts).toEqual(['accepted', 'accepted', 'accepted'])
  }
  expect(world.fetches()).toBeLessThanOrEqual(402)
})

test('a rotation of keys without names is seen, and strangers are still refused', async () => {
  const { kid: _first, ...plain } = first.jwk
  const { kid: _second, ...renewed } = second.jwk
  const world = await createWorld(
    inTurn(reply(200, { keys: [plain] }), reply(200, { keys: [renewed] })),
  )
  const nameless = { ...first, kid: undefined as unknown as string }
  expect(await world.judge(nameless)).toBe('accepted')
  expect(await world.judge({ ...nameless, privateKey: second.privateKey })).toBe('accepted')
  expect(await world.judge(nameless)).toBe('signature')
})

test('a flood of unknown names makes a bounded number of fetches and hides no rotation for long', async () => {
  let published = jwksOf(first)
  const world = await createWorld((request, response) => reply(200, published)(request, response))
  await world.keys.load(signal)
  for (let index = 0; index < 500; index += 1) {
    // From the third name on the issuer is not asked: that is no verdict about the token.
    expect(await world.judge(first, `unknown-${index}`)).toBe(index < 2 ? 'kid' : 'keys')
  }
  expect(await world.judge(first, 'unknown-1'), 'denied by the issuer').toBe('kid')
  expect(world.fetches()).toBeLessThanOrEqual(3)
  published = jwksOf(first, second)
  expect(await world.judge(second), 'a good token of a fresh key').toBe('keys')
  world.clock.advance(31)
  await Promise.all(Array.from({ length: 200 }, (_, index) => world.judge(first, `flood-${index}`)))
  expect(await world.judge(second)).toBe('accepted')
  expect(await world.judge(first)).toBe('accepted')
  expect(world.fetches()).toBeLessThanOrEqual(5)
})

test('who cannot be judged amid a flood is told when to come again, and then is', async () => {
  let published = jwksOf(first)
  const world = await createWorld((request, response) => reply(200, published)(request, response))
  await world.keys.load(signal)
  world.clock.advance(12)
  for (const kid of ['a', 'b', 'c']) await world.judge(first, kid)
  published = jwksOf(first, second)
  world.clock.advance(8)
  const exp = world.clock.now() / 1000 + 600
  const token = signToken(second, { iss: 'https://as.example', aud: 'mcp', exp })
  const verdict = await world.verifier.verify(token, { signal })
  expect(verdict).toEqual({ accepted: false, reason: 'keys', retryAfterSeconds: 22 })
  expect(await world.judge(first)).toBe('accepted')
  world.clock.advance(21.9)
  expect(await world.verifier.verify(token, { signal })).toMatchObject({ retryAfterSeconds: 1 })
  world.clock.advance(0.1)
  expect(await world.verifier.verify(token, { signal })).toMatchObject({ accepted: true })
})

test('one unknown name again and again makes one fetch in half a minute', async () => {
  const world = await createWorld(reply(200, jwksOf(first)))
  await world.keys.load(signal)
  for (let index = 0; index < 50; index += 1)
    expect(await world.judge(first, 'unknown')).toBe('kid')
  expect(world.fetches()).toBe(2)
})

test('a name published while a fetch is under way is found', async () => {
  const late = held(reply(200, jwksOf(first)))
  const world = await createWorld(
    inTurn(reply(200, jwksOf(first)), late.script, reply(200, jwksOf(first, second))),
  )
  await world.keys.load(signal)
  const early = world.judge(first, 'unknown')
  await expect.poll(() => world.fetches()).toBe(2)
  const verdict = world.judge(second)
  late.release()
  expect(await verdict).toBe('accepted')
  expect(await early).toBe('kid')
})

const faults: [string, Script][] = [
  ['an error', reply(500, 'no')],
  ['not found', reply(404, 'no')],
  ['HTML', reply(200, '<html></html>', { 'content-type': 'text/html' })],
  ['an empty set', reply(200, { keys: [] })],
  ['no set', reply(200, { key: [] })],
  ['an array', reply(200, [])],
  ['a set of useless members', reply(200, { keys: [null, 1, 'x', {}, { kty: 'oct', k: 'AA' }] })],
  ['too many keys', reply(200, { keys: Array.from({ length: 101 }, () => first.jwk) })],
  [
    'a set of more than 512 KiB',
    reply(200, { keys: [first.jwk], padding: ' '.repeat(512 * 1024) }),
  ],
  ['a set with its private half', reply(200, { keys: [{ ...first.jwk, d: 'AQAB' }] })],
  [
    'a redirect',
    (_request, response) => void response.writeHead(302, { location: '/other' }).end(),
  ],
  ['a body without end', endless],
  ['a compressed body', reply(200, jwksOf(first), { 'content-encoding': 'gzip' })],
  ['a cut connection', (_request, response) => void response.destroy()],
  ['silence', silence],
]

test.each(faults)(
  'never loaded because of %s: nobody is judged, and the next attempt waits',
  async (_name, script) => {
    const world = await createWorld(script, { timeoutMs: 200 })
    world.server.on('/other', reply(200, jwksOf(first)))
    expect(await world.judge(first)).toBe('keys')
    expect(await world.judge(first)).toBe('keys')
    expect(world.fetches()).toBe(1)
    expect(world.server.count('/other')).toBe(0)
    expect(world.keys.retryAfterSeconds).toBeGreaterThanOrEqual(1)
    world.server.on('/jwks', reply(200, jwksOf(first)))
    world.clock.advance(61)
    expect(await world.judge(first)).toBe('accepted')
  },
)

test.each(faults)('known keys survive %s', async (_name, script) => {
  const world = await createWorld(inTurn(reply(200, jwksOf(first)), script), { timeoutMs: 200 })
  expect(await world.judge(first)).toBe('accepted')
  world.clock.advance(601)
  expect(await world.judge(first)).toBe('accepted')
  const generation = world.keys.generation
  world.clock.advance(0.5)
  for (let index = 0; index < 20; index += 1) {
    expect(await world.judge(first)).toBe('accepted')
    // The issuer cannot be asked: that is no verdict about the token.
    expect(await world.judge(first, 'unknown')).toBe('keys')
  }
  expect(world.keys.generation).toBe(generation)
  expect(world.fetches()).toBe(2)
})

test('an issuer that failed when it was asked has not denied a key, however often it may be asked', async () => {
  const world = await createWorld(
    inTurn(reply(200, jwksOf(first)), reply(500, ''), reply(500, ''), reply(200, jwksOf(first))),
  )
  expect(await world.judge(first)).toBe('accepted')
  for (const kid of ['a', 'b', 'c', 'd']) {
    expect(await world.judge(first, kid)).toBe('keys')
    world.clock.advance(2)
  }
  expect(world.fetches()).toBe(3)
})

test('failing fetches back off, up to a minute', async () => {
  const world = await createWorld(reply(503, ''))
  const waits: number[] = []
  for (let attempt = 0; attempt < 9; attempt += 1) {
    await world.judge(first)
    waits.push(world.keys.retryAfterSeconds)
    world.clock.advance(world.keys.retryAfterSeconds)
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
  expect(world.fetches()).toBe(9)
})

test('Retry-After of the key server is kept', async () => {
  const world = await createWorld(reply(429, '', { 'retry-after': '40' }))
  await world.judge(first)
  expect(world.keys.retryAfterSeconds).toBe(40)
})

test('stale keys serve for a day and not longer', async () => {
  const world = await createWorld(inTurn(reply(200, jwksOf(first)), reply(500, '')))
  expect(await world.judge(first)).toBe('accepted')
  world.clock.advance(23 * 3600)
  expect(await world.judge(first)).toBe('accepted')
  world.clock.advance(2 * 3600)
  expect(await world.judge(first)).toBe('keys')
})

test('renewal happens in the background at 80 % of the lifetime, which is clamped', async () => {
  const brief = reply(200, jwksOf(first), { 'cache-control': 'public, max-age=1' })
  const world = await createWorld(brief)
  expect(await world.judge(first)).toBe('accepted')
  world.clock.advance(47)
  expect(world.keys.ready({ signal })).toBe(true)
  expect(world.fetches()).toBe(1)
  world.clock.advance(2)
  expect(world.keys.ready({ signal })).toBe(true)
  await expect.poll(() => world.fetches()).toBe(2)
})

test('a withdrawn key is refused after the lifetime even if nothing happened in between', async () => {
  const world = await createWorld(
    inTurn(reply(200, jwksOf(first, second)), reply(200, jwksOf(second))),
  )
  expect(await world.judge(first)).toBe('accepted')
  world.clock.advance(601)
  expect(await world.judge(first)).toBe('kid')
  expect(await world.judge(second)).toBe('accepted')
})

test('a token that was accepted is refused again when its key is withdrawn', async () => {
  const world = await createWorld(
    inTurn(reply(200, jwksOf(first, second)), reply(200, jwksOf(second))),
  )
  const exp = world.clock.now() / 1000 + 3600
  const token = signToken(first, { iss: 'https://as.example', aud: 'mcp', exp })
  expect(await world.verifier.verify(token, { signal })).toMatchObject({ accepted: true })
  world.clock.advance(601)
  expect(await world.verifier.verify(token, { signal })).toMatchObject({ reason: 'kid' })
  // Now the keys are fresh, and the first verdict must not come back from memory.
  expect(await world.verifier.verify(token, { signal })).toMatchObject({ reason: 'kid' })
})

test('jumps of the wall clock neither freeze nor hurry the set', async () => {
  const world = await createWorld(reply(200, jwksOf(first)))
  expect(await world.judge(first)).toBe('accepted')
  for (const jump of [-86_400, 86_400, 3600]) {
    world.clock.jump(jump)
    expect(await world.judge(first)).toBe('accepted')
  }
  expect(world.fetches()).toBe(1)
})

test('one caller that leaves does not disturb the others', async () => {
  const gate = held(reply(200, jwksOf(first)))
  const world = await createWorld(gate.script)
  const leaving = new AbortController()
  const iat = world.clock.now() / 1000
  const payload = { iss: 'https://as.example', aud: 'mcp', exp: iat + 60 }
  const left = world.verifier.verify(signToken(first, payload), leaving)
  const stays = world.judge(first)
  leaving.abort()
  expect(await left).toMatchObject({ accepted: false, reason: 'keys' })
  gate.release()
  expect(await stays).toBe('accepted')
  expect(world.fetches()).toBe(1)
})
