// A verifier that trusts several issuers: each token is judged by the keys of the issuer that it names, and by no others.
import { expect, test } from 'vitest'

import { silentLogger } from '../../src/core/logger.ts'
import { parseJwks } from '../../src/oauth/jwks.ts'
import { KeySet } from '../../src/oauth/key-set.ts'
import { AccessTokenVerifier } from '../../src/oauth/verifier.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createKey, jwksOf, signToken, type SigningKey } from './token-fixtures.ts'

const signal = new AbortController().signal
const one = 'https://one.test'
const two = 'https://two.test'
// The same name for both, as it happens.
const keys = { [one]: createKey('k'), [two]: createKey('k') }

async function world() {
  const clock = createFakeClock()
  const published = new Map<string, SigningKey>(Object.entries(keys))
  const loads = new Map<string, number>()
  const keySet = (issuer: string): KeySet =>
    new KeySet({
      clock,
      logger: silentLogger,
      load: async () => {
        loads.set(issuer, (loads.get(issuer) ?? 0) + 1)
        const key = published.get(issuer)
        if (key === undefined) return { ok: false, problem: 'down' }
        const parsed = parseJwks(JSON.stringify(jwksOf(key)))
        if (!parsed.ok) return parsed
        return { ok: true, loaded: { ...parsed, from: issuer, lifetimeMs: 600_000 } }
      },
    })
  const verifier = new AccessTokenVerifier({
    keys: new Map([one, two].map((issuer) => [issuer, keySet(issuer)])),
    rules: { audiences: ['mcp'], clockSkew: 60 },
    clock,
    read: ({ iss }) => iss,
  })
  const judge = async (iss: string, key: SigningKey): Promise<unknown> => {
    const token = signToken(key, { iss, aud: 'mcp', exp: clock.now() / 1000 + 6000 })
    const verdict = await verifier.verify(token, { signal })
    return verdict.accepted ? verdict.reading : verdict.reason
  }
  return { judge, published, clock, loads }
}

test('a key of one issuer signs for that one alone', async () => {
  const { judge } = await world()
  for (let times = 0; times < 2; times += 1) {
    expect(await judge(one, keys[one])).toBe(one)
    expect(await judge(two, keys[two])).toBe(two)
    expect(await judge(one, keys[two])).toBe('signature')
    expect(await judge(two, keys[one])).toBe('signature')
  }
})

test('an issuer that nobody configured is never asked', async () => {
  const { judge, loads } = await world()
  expect(await judge('https://three.test', keys[one])).toBe('issuer')
  expect([...loads]).toEqual([])
})

test('one issuer that is down takes nothing from the other', async () => {
  const { judge, published, loads } = await world()
  published.delete(two)
  expect(await judge(two, keys[two])).toBe('keys')
  expect(await judge(one, keys[one])).toBe(one)
  expect(loads.get(one)).toBe(1)
})

test('a known token falls with the key of its own issuer', async () => {
  const { judge, published, clock } = await world()
  expect([await judge(one, keys[one]), await judge(two, keys[two])]).toEqual([one, two])
  published.set(one, createKey('other'))
  clock.advance(601)
  expect(await judge(two, keys[two])).toBe(two)
  expect(await judge(one, keys[one])).toBe('kid')
})
