// The attack catalogue on claims, with both edges of every clock comparison.
import { describe, expect, test } from 'vitest'
import { signToken } from './token-fixtures.ts'
import { createWorld, es256, good, judge, rules, world } from './verifier-fixture.ts'

describe('judges claims', () => {
  const { now } = world
  const skew = rules.clockSkew

  test.each([
    ['exp at the edge', { exp: now - skew + 1 }, 'accepted'],
    ['exp past the edge', { exp: now - skew }, 'expired'],
    ['exp long ago', { exp: -1 }, 'expired'],
    ['exp with a fraction', { exp: now + 0.5 }, 'accepted'],
    ['no exp', { exp: undefined }, 'claims'],
    ['exp as text', { exp: String(now + 60) }, 'claims'],
    ['exp null', { exp: null }, 'claims'],
    ['nbf at the edge', { nbf: now + skew }, 'accepted'],
    ['nbf past the edge', { nbf: now + skew + 1 }, 'not-yet-valid'],
    ['nbf as text', { nbf: '0' }, 'claims'],
    ['iat at the edge', { iat: now + skew }, 'accepted'],
    ['iat in the future', { iat: now + skew + 1 }, 'not-yet-valid'],
    ['no iat', { iat: undefined }, 'accepted'],
    ['iat as text', { iat: 'now' }, 'claims'],
    ['audiences', { aud: ['other', 'mcp-server'] }, 'accepted'],
    ['bound to a key', { cnf: { jkt: 'x' } }, 'confirmation'],
    ['bound to a certificate', { cnf: { 'x5t#S256': 'x' } }, 'confirmation'],
    ['jti as number', { jti: 1 }, 'claims'],
    ['sub as array', { sub: ['a'] }, 'claims'],
  ] as [string, object, string][])('%s', async (_name, change, verdict) => {
    expect(await judge(signToken(es256, { ...good, ...change }))).toBe(verdict)
  })

  test('an infinite exp', async () => {
    const payload = JSON.stringify({ ...good, exp: 0 }).replace('"exp":0', '"exp":1e400')
    expect(await judge(signToken(es256, payload))).toBe('claims')
  })

  test.each([
    'https://as.example/',
    'HTTPS://as.example',
    'http://as.example',
    'https://as.example.evil.test',
    'https://as.example:443',
    ' https://as.example',
    '',
    null,
    ['https://as.example'],
    undefined,
  ])('iss %j', async (iss) => {
    expect(await judge(signToken(es256, { ...good, iss }))).toBe('issuer')
  })

  test.each([
    'mcp',
    'mcp-server2',
    'MCP-server',
    'mcp-server ',
    'mcp-server/',
    'a mcp-server',
    'a,mcp-server',
    '',
    [],
    [['mcp-server']],
    { 'mcp-server': 1 },
    null,
    true,
    undefined,
    [1, 'mcp-server'],
  ])('aud %j', async (aud) => {
    expect(await judge(signToken(es256, { ...good, aud }))).toBe('audience')
  })

  test('lifetimes, when they are limited', async () => {
    const short = await createWorld({ maxLifetime: 600 })
    expect(await judge(signToken(es256, good), short)).toBe('accepted')
    expect(await judge(signToken(es256, { ...good, exp: good.exp + 1 }), short)).toBe('lifetime')
    expect(await judge(signToken(es256, { ...good, exp: good.exp * 1000 }), short)).toBe('lifetime')
    expect(await judge(signToken(es256, { ...good, iat: undefined, exp: now + 601 }), short)).toBe(
      'lifetime',
    )
  })

  test('a cached token again when time moves, either way', async () => {
    const moving = await createWorld()
    const token = signToken(es256, { ...good, nbf: now })
    expect(await judge(token, moving)).toBe('accepted')
    moving.clock.jump(-skew - 1)
    expect(await judge(token, moving)).toBe('not-yet-valid')
    moving.clock.jump(2 * skew)
    expect(await judge(token, moving)).toBe('accepted')
    moving.clock.jump(600 + skew)
    expect(await judge(token, moving)).toBe('expired')
  })
})

describe('several audiences', async () => {
  const both = await createWorld({ audiences: ['mcp-server', 'https://mcp.test/mcp'] })
  test.each<[unknown, string]>([
    ['mcp-server', 'accepted'],
    ['https://mcp.test/mcp', 'accepted'],
    [['x', 'https://mcp.test/mcp'], 'accepted'],
    ['mcp-server https://mcp.test/mcp', 'audience'],
    ['mcp-server,https://mcp.test/mcp', 'audience'],
    ['https://mcp.test/mcp/', 'audience'],
    [['mcp-server', 1], 'audience'],
  ])('%j', async (aud, verdict) => {
    expect(await judge(signToken(es256, { ...good, aud }), both)).toBe(verdict)
  })
})

describe('required claims', async () => {
  const strict = await createWorld({
    requiredClaims: [{ name: 'tenant', value: 'acme' }, { name: 'jti' }],
  })
  test.each<[object, string]>([
    [{ tenant: 'acme', jti: 'x' }, 'accepted'],
    [{ tenant: ['other', 'acme'], jti: '' }, 'accepted'],
    [{ tenant: 'acme' }, 'required-claim'],
    [{ tenant: 'ACME', jti: 'x' }, 'required-claim'],
    [{ tenant: 'acme2', jti: 'x' }, 'required-claim'],
    [{ tenant: ['acme other'], jti: 'x' }, 'required-claim'],
    [{ tenant: { acme: 1 }, jti: 'x' }, 'required-claim'],
    [{ tenant: [['acme']], jti: 'x' }, 'required-claim'],
    [{ tenant: null, jti: 'x' }, 'required-claim'],
    [{ jti: 'x' }, 'required-claim'],
  ])('%j', async (claims, verdict) => {
    expect(await judge(signToken(es256, { ...good, ...claims }), strict)).toBe(verdict)
  })

  test('of other types are compared as they are written, and none is inherited', async () => {
    const flags = await createWorld({
      requiredClaims: [
        { name: 'verified', value: 'true' },
        { name: 'level', value: '2' },
      ],
    })
    const token = (claims: object) => signToken(es256, { ...good, ...claims })
    expect(await judge(token({ verified: true, level: 2 }), flags)).toBe('accepted')
    expect(await judge(token({ verified: 'true', level: '2' }), flags)).toBe('accepted')
    expect(await judge(token({ verified: 1, level: 2 }), flags)).toBe('required-claim')
    const inherited = await createWorld({ requiredClaims: [{ name: 'constructor' }] })
    expect(await judge(token({}), inherited)).toBe('required-claim')
  })
})
