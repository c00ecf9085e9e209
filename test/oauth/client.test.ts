// The key under which tokens are shared: equal clients meet, different ones never do.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Secret } from '../../src/core/secret.ts'
import { splitScopes, tokenKey } from '../../src/oauth/client.ts'
import type { OAuthClient } from '../../src/oauth/client.ts'
import { readSigningKey } from '../../src/oauth/signing-key.ts'
import { createKey } from './token-fixtures.ts'

const base: OAuthClient = {
  tokenUrl: new URL('https://as.example/token'),
  clientId: 'id',
  clientSecret: new Secret('s'),
  authStyle: 0,
  scopes: ['a', 'b'],
  params: [['audience', 'x']],
}

const jwk = createKey('k').privateKey.export({ format: 'jwk' })
const key = readSigningKey(JSON.stringify(jwk))
if ('problem' in key) throw new Error(key.problem)

test('another key, its name or its audience, and another certificate or its key, make another key', () => {
  const certificate = { certificate: 'c', key: new Secret('k') }
  const keys = [
    { authentication: { key, audience: 'x' } },
    { authentication: { key, audience: 'y' } },
    { authentication: { key: { ...key, kid: 'k' }, audience: 'x' } },
    { authentication: { key: { ...key, thumbprint: 'other' }, audience: 'x' } },
    { certificate },
    { certificate: { ...certificate, certificate: 'd' } },
    { certificate: { ...certificate, key: new Secret('l') } },
  ].map((change) => tokenKey({ ...base, ...change }))
  expect(new Set(keys).size).toBe(keys.length)
})

test('the order of scopes and parameters does not matter', () => {
  const other = { ...base, scopes: ['b', 'a'], params: [['audience', 'x'] as const] }
  expect(tokenKey(other)).toBe(tokenKey(base))
})

test('a longer URL and a shorter id that read the same make another key', () => {
  const moved = { ...base, tokenUrl: new URL('https://as.example/tokeni'), clientId: 'd' }
  expect(tokenKey(moved)).not.toBe(tokenKey(base))
})

test.each([
  { tokenUrl: new URL('https://as.example/token2') },
  { clientId: 'idb' },
  { clientSecret: new Secret('t') },
  { authStyle: 1 as const },
  { scopes: ['a'] },
  { scopes: ['ab'] },
  { scopes: ['a', 'b', '8:audience=x'], params: [] },
  { params: [['resource', 'x'] as const] },
  { defaultExpiresIn: 1 },
  { authentication: { key, audience: 'x' } },
  { certificate: { certificate: 'c', key: new Secret('k') } },
])('%j makes another key', (change) => {
  expect(tokenKey({ ...base, ...change })).not.toBe(tokenKey(base))
})

test('no two different clients share a key', () => {
  const text = fc.string({ maxLength: 4 })
  const pairs = fc.array(fc.tuple(text, text), { maxLength: 3 })
  const client = fc.record({
    clientId: text,
    secret: text,
    scopes: fc.uniqueArray(text, { maxLength: 3 }),
    params: pairs,
  })
  const shape = (value: {
    clientId: string
    secret: string
    scopes: string[]
    params: [string, string][]
  }) =>
    JSON.stringify([
      value.clientId,
      value.secret,
      value.scopes.toSorted(),
      value.params.map((pair) => JSON.stringify(pair)).toSorted(),
    ])
  const keyOf = ({ secret, ...rest }: Parameters<typeof shape>[0]) =>
    tokenKey({ ...base, ...rest, clientSecret: new Secret(secret) })
  fc.assert(
    fc.property(client, client, (one, two) => {
      expect(keyOf(one) === keyOf(two)).toBe(shape(one) === shape(two))
    }),
  )
})

test('scopes are split on commas and white space, each once', () => {
  expect(splitScopes('mcp:read,mcp:write')).toEqual(['mcp:read', 'mcp:write'])
  expect(splitScopes(' a, b\tc,,a\n')).toEqual(['a', 'b', 'c'])
  expect(splitScopes('')).toEqual([])
})
