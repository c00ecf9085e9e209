// Tokens that only their issuer can read: how often it is asked, what counts as a yes, and what happens when it is silent.
import { describe, expect, onTestFinished, test } from 'vitest'

import type { JsonObject } from '../../src/core/json.ts'
import { silentLogger } from '../../src/core/logger.ts'
import { Secret } from '../../src/core/secret.ts'
import { createControlSender } from '../../src/oauth/control-request.ts'
import { createIntrospect } from '../../src/oauth/introspection.ts'
import { OpaqueTokenJudge } from '../../src/oauth/opaque-tokens.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import {
  endless,
  held,
  reply,
  startScriptedAuthorizationServer,
  type Script,
} from '../support/scripted-authorization-server.ts'

const waiter = { signal: new AbortController().signal }
const send = createControlSender()

async function world(script?: Script, rememberSeconds = 60) {
  const server = await startScriptedAuthorizationServer()
  const clock = createFakeClock()
  const now = clock.now() / 1000
  const good = { active: true, aud: 'mcp', sub: 'client', exp: now + 600, token_type: 'Bearer' }
  server.on('/introspect', script ?? reply(200, good))
  const client = { clientId: 'r:s', clientSecret: new Secret('s/+ 1') }
  const endpoint = { url: new URL(`${server.origin}/introspect`), client }
  const judge = new OpaqueTokenJudge<JsonObject>({
    introspect: createIntrospect(endpoint, { send, clock }),
    rules: { issuers: ['https://as.test'], audiences: ['mcp'], clockSkew: 60 },
    clock,
    logger: silentLogger,
    read: (claims) => claims,
    rememberSeconds,
  })
  onTestFinished(async () => {
    judge.close()
    await server[Symbol.asyncDispose]()
  })
  const verdict = async (token: string): Promise<string> => {
    const result = await judge.verify(token, waiter)
    return result.accepted ? 'accepted' : result.reason
  }
  const asked = (): number => server.count('/introspect')
  return { server, clock, judge, verdict, asked, now, good }
}

test('the issuer is asked as RFC 7662 wants, by its client', async () => {
  const { verdict, server } = await world()
  expect(await verdict('a+b/c=')).toBe('accepted')
  const [request] = server.requests
  expect(request?.method).toBe('POST')
  expect(request?.form.get('token')).toBe('a+b/c=')
  const [id, secret] = Buffer.from(request?.headers.authorization?.slice(6) ?? '', 'base64')
    .toString()
    .split(':')
  expect([id, secret]).toEqual(['r%3As', 's%2F%2B+1'])
})

describe('the issuer is asked once', () => {
  test('for as long as its answer counts, and then again', async () => {
    const { verdict, judge, clock, asked } = await world()
    expect([await verdict('a'), await verdict('a')]).toEqual(['accepted', 'accepted'])
    expect(judge.verify('a', waiter)).not.toBeInstanceOf(Promise)
    clock.advance(59)
    await verdict('a')
    expect(asked()).toBe(1)
    clock.advance(1)
    await verdict('a')
    expect(asked()).toBe(2)
  })

  test('by all who wait, of whom one that leaves disturbs nobody', async () => {
    const gate = held(reply(200, { active: true, aud: 'mcp', exp: 4e9 }))
    const { judge, asked } = await world(gate.script)
    const leaving = new AbortController()
    const left = judge.verify('a', leaving)
    const others = Array.from({ length: 50 }, async () => judge.verify('a', waiter))
    leaving.abort()
    expect(await left).toMatchObject({ reason: 'introspection' })
    gate.release()
    expect((await Promise.all(others)).every(({ accepted }) => accepted)).toBe(true)
    expect(asked()).toBe(1)
  })

  test('about a token that is not active, for half a minute', async () => {
    const { verdict, clock, asked } = await world(reply(200, { active: false }))
    expect([await verdict('a'), await verdict('a')]).toEqual(['inactive', 'inactive'])
    clock.advance(29)
    await verdict('a')
    expect(asked()).toBe(1)
    clock.advance(1)
    await verdict('a')
    expect(asked()).toBe(2)
  })

  test('and every time where nothing is to be remembered', async () => {
    const { verdict, asked } = await world(undefined, 0)
    for (let times = 0; times < 3; times += 1) expect(await verdict('a')).toBe('accepted')
    expect(asked()).toBe(3)
  })
})

test('an answer counts no longer than the token lives', async () => {
  const { verdict, clock, server, now } = await world()
  server.on('/introspect', reply(200, { active: true, aud: 'mcp', exp: now + 10 }))
  expect(await verdict('a')).toBe('accepted')
  server.on('/introspect', reply(200, { active: false }))
  clock.advance(10)
  expect(await verdict('a')).toBe('inactive')
})

test.each<[object, string]>([
  [{}, 'accepted'],
  [{ exp: undefined, token_type: undefined }, 'accepted'],
  [{ iss: 'https://as.test' }, 'accepted'],
  [{ token_type: 'DPoP' }, 'accepted'],
  [{ typ: 'Bearer', token_use: 'access' }, 'accepted'],
  [{ iss: 'https://as.test/' }, 'issuer'],
  [{ iss: 7 }, 'issuer'],
  [{ aud: undefined }, 'audience'],
  [{ aud: 'mcp2' }, 'audience'],
  [{ exp: 1 }, 'expired'],
  [{ exp: 'soon' }, 'claims'],
  [{ nbf: 4e9 }, 'not-yet-valid'],
  [{ cnf: { jkt: 'x' } }, 'confirmation'],
  [{ token_type: 'refresh_token' }, 'type'],
  [{ token_type: 'N_A' }, 'type'],
  [{ typ: 'Refresh' }, 'type'],
  [{ typ: 'ID' }, 'type'],
  [{ token_use: 'id' }, 'type'],
])('active with %j is %s', async (change, reason) => {
  const { verdict, server, good } = await world()
  server.on('/introspect', reply(200, { ...good, ...change }))
  expect(await verdict('a')).toBe(reason)
})

describe('no verdict', () => {
  test.each<[string, Script]>([
    ['an error', reply(500, {})],
    ['a refused client', reply(401, { error: 'invalid_client' })],
    ['no JSON', reply(200, 'active')],
    ['a list', reply(200, '[{"active":true}]')],
    ['text for true', reply(200, { active: 'true', aud: 'mcp' })],
    ['nothing about being active', reply(200, { aud: 'mcp', exp: 4e9 })],
    ['two answers in one', reply(200, '{"active":false,"active":true,"aud":"mcp"}')],
    ['a redirect', reply(302, '', { location: '/elsewhere' })],
    ['too much', endless],
  ])('follows from %s', async (_name, script) => {
    const { verdict } = await world(script)
    expect(await verdict('a')).toBe('introspection')
  })

  test('costs one question until it is time to try again, and known tokens nothing', async () => {
    const { verdict, server, clock, asked, good } = await world()
    expect(await verdict('known')).toBe('accepted')
    server.on('/introspect', reply(503, {}, { 'retry-after': '7' }))
    for (const token of ['a', 'b', 'a']) expect(await verdict(token)).toBe('introspection')
    expect(asked()).toBe(2)
    expect(await verdict('known')).toBe('accepted')
    clock.advance(6)
    expect(await verdict('a')).toBe('introspection')
    expect(asked()).toBe(2)
    clock.advance(1)
    server.on('/introspect', reply(200, good))
    expect(await verdict('a')).toBe('accepted')
  })

  test('is all that made-up tokens get beyond 64 at a time', async () => {
    const gate = held(reply(200, { active: false }))
    const { judge, asked } = await world(gate.script)
    const verdicts = Array.from({ length: 200 }, (_, index) => judge.verify(`x${index}`, waiter))
    expect(verdicts.filter((verdict) => verdict instanceof Promise)).toHaveLength(64)
    await expect.poll(asked).toBe(64)
    gate.release()
    for (const verdict of verdicts) await verdict
  })
})

test('what is too long for a token is not asked about', async () => {
  const { verdict, asked } = await world()
  expect(await verdict('x'.repeat(8193))).toBe('format')
  expect(asked()).toBe(0)
})
