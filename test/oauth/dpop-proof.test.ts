// Proofs of possession: what RFC 9449 §4.3 lets through, and what a thief can do with what was overheard.
import { exportJWK, generateKeyPair } from 'jose'
import { describe, expect, test } from 'vitest'

import { DpopNonces } from '../../src/oauth/dpop-nonces.ts'
import { ProofCheck } from '../../src/oauth/dpop-proof.ts'
import { ProofReplays } from '../../src/oauth/proof-replays.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { dpopClient } from './dpop-fixture.ts'
import { encode, hmacOf } from './token-fixtures.ts'

const url = 'https://mcp.test/mcp'
const token = 'the-token'
const client = await dpopClient()
const thief = await dpopClient()

function world({ nonces = false, most = 100, clockSkew = 5 } = {}) {
  const clock = createFakeClock()
  const replays = new ProofReplays(most)
  const handedOut = new DpopNonces(clock)
  const check = new ProofCheck({
    clock,
    clockSkew,
    replays,
    nonces: nonces ? handedOut : undefined,
  })
  const now = clock.now() / 1000
  const about = { method: 'POST', url, token, jkt: client.jkt }
  const prove = (claims: object = {}, header: object = {}, by = client) =>
    by.prove({ url, token }, { iat: now, ...claims }, header)
  const judge = async (proof: string | Promise<string>) => check.problemOf([await proof], about)
  return { clock, check, now, about, prove, judge, nonces: handedOut }
}

test.each(['ES256', 'ES384', 'ES512', 'RS256', 'PS256', 'EdDSA'])(
  'a good one by %s',
  async (alg) => {
    const { check, about, now } = world()
    const other = await dpopClient(alg)
    const proof = await other.prove({ url, token }, { iat: now })
    expect(check.problemOf([proof], { ...about, jkt: other.jkt })).toBeUndefined()
  },
)

describe('about another request:', () => {
  test.each<[string, object, string | undefined]>([
    ['method', { htm: 'GET' }, 'method'],
    ['method in lower case', { htm: 'post' }, 'method'],
    ['no method', { htm: undefined }, 'method'],
    ['host', { htu: 'https://evil.test/mcp' }, 'url'],
    ['scheme', { htu: 'http://mcp.test/mcp' }, 'url'],
    ['path', { htu: 'https://mcp.test/mcp/' }, 'url'],
    ['path in capitals', { htu: 'https://mcp.test/MCP' }, 'url'],
    ['userinfo', { htu: 'https://mcp.test@evil.test/mcp' }, 'url'],
    ['a relative URL', { htu: '/mcp' }, 'url'],
    ['a list of URLs', { htu: [url] }, 'url'],
    ['no URL', { htu: undefined }, 'url'],
    ['the same URL in other words', { htu: 'HTTPS://MCP.test:443/x/../mcp?q#f' }, undefined],
    ['token', { ath: Buffer.from('x').toString('base64url') }, 'token'],
    ['no token', { ath: undefined }, 'token'],
    ['long ago', { iat: 1_799_999_935 }, 'time'],
    ['a while ago', { iat: 1_799_999_936 }, undefined],
    ['soon', { iat: 1_800_000_005 }, undefined],
    ['later', { iat: 1_800_000_006 }, 'time'],
    ['never', { iat: undefined }, 'time'],
    ['a time as text', { iat: '1800000000' }, 'time'],
    ['no id', { jti: undefined }, 'format'],
    ['an empty id', { jti: '' }, 'format'],
    ['an endless id', { jti: 'x'.repeat(257) }, 'format'],
    ['an id that is no text', { jti: 1 }, 'format'],
  ])('%s', async (_name, claims, problem) => {
    const { prove, judge, now } = world()
    expect(now).toBe(1_800_000_000)
    expect(await judge(prove(claims))).toBe(problem)
  })
})

describe('by somebody else:', () => {
  test('with a key of their own', async () => {
    const { prove, judge } = world()
    expect(await judge(prove({}, {}, thief))).toBe('key')
  })

  test('under the name of the key', async () => {
    const { prove, judge } = world()
    expect(await judge(prove({}, { jwk: client.jwk }, thief))).toBe('signature')
  })

  test('without a signature, or with a secret that everybody has', async () => {
    const { judge, prove } = world()
    const [, payload = ''] = (await prove()).split('.')
    const none = encode({ alg: 'none', typ: 'dpop+jwt', jwk: client.jwk })
    expect(await judge(`${none}.${payload}.`)).toBe('format')
    expect(await judge(`${none}.${payload}.AA`)).toBe('key')
    const head = encode({ alg: 'HS256', typ: 'dpop+jwt', jwk: client.jwk })
    const mac = hmacOf(`${head}.${payload}`, client.jwk.x ?? '').toString('base64url')
    expect(await judge(`${head}.${payload}.${mac}`)).toBe('key')
  })

  test('with a key that says more than it should', async () => {
    const { prove, judge } = world()
    const pair = await generateKeyPair('ES256', { extractable: true })
    const secret = await exportJWK(pair.privateKey)
    expect(await judge(prove({}, { jwk: secret }))).toBe('key')
    expect(await judge(prove({}, { jwk: undefined }))).toBe('key')
    expect(await judge(prove({}, { jwk: { kty: 'oct', k: 'AA' } }))).toBe('key')
    expect(await judge(prove({}, { jwk: { ...client.jwk, use: 'enc' } }))).toBe('key')
    expect(await judge(prove({}, { jwk: { ...client.jwk, alg: 'ES384' } }))).toBe('key')
  })

  test('of another kind', async () => {
    const { prove, judge } = world()
    expect(await judge(prove({}, { typ: 'JWT' }))).toBe('type')
    expect(await judge(prove({}, { typ: undefined }))).toBe('type')
    expect(await judge(prove({}, { b64: true }))).toBe('type')
    expect(await judge('not.a.proof')).toBe('format')
    expect(await judge(`${await prove()}, ${await prove()}`)).toBe('format')
  })
})

test('none, or more than one', async () => {
  const { check, about, prove } = world()
  expect(check.problemOf([], about)).toBe('missing')
  expect(check.problemOf([await prove(), await prove()], about)).toBe('repeated')
})

describe('used before', () => {
  test('it is refused for as long as it could be good', async () => {
    const { clock, now, prove, judge } = world()
    const [past, present, future] = [
      await prove({ iat: now - 60 }),
      await prove(),
      await prove({ iat: now + 5 }),
    ]
    for (const proof of [past, present, future]) expect(await judge(proof)).toBeUndefined()
    for (let second = 0; second < 75; second += 1) {
      for (const proof of [past, present, future])
        expect(await judge(proof)).toMatch(/replayed|time/)
      clock.advance(1)
    }
  })

  test('only proofs that were good are remembered', async () => {
    const { judge, prove } = world({ most: 1 })
    const same = { jti: 'same' }
    expect(await judge(prove(same, { jwk: client.jwk }, thief))).toBe('signature')
    expect(await judge(prove({ ...same, htm: 'GET' }))).toBe('method')
    expect(await judge(prove(same))).toBeUndefined()
    expect(await judge(prove(same))).toBe('replayed')
  })

  test('when no more can be remembered, none is let through until one is too old', async () => {
    const { judge, prove, clock, now } = world({ most: 2 })
    expect(await judge(prove())).toBeUndefined()
    expect(await judge(prove())).toBeUndefined()
    expect(await judge(prove())).toBe('too many')
    clock.advance(120)
    expect(await judge(prove({ iat: now + 120 }))).toBeUndefined()
  })
})

describe('where nonces are wanted', () => {
  test('one of ours is, of the last minutes', async () => {
    const { judge, prove, nonces, clock, now } = world({ nonces: true })
    const nonce = nonces.current()
    expect(await judge(prove())).toBe('nonce')
    expect(await judge(prove({ nonce: `${nonce}x` }))).toBe('nonce')
    expect(await judge(prove({ nonce: new DpopNonces(clock).current() }))).toBe('nonce')
    expect(await judge(prove({ nonce }))).toBeUndefined()
    clock.advance(120)
    expect(nonces.current()).not.toBe(nonce)
    expect(await judge(prove({ nonce, iat: now + 120 }))).toBeUndefined()
    clock.advance(120)
    expect(await judge(prove({ nonce, iat: now + 240 }))).toBe('nonce')
  })
})
