// Tokens got for tokens of callers: how many are remembered, and how many are asked for at once.
import { expect, test } from 'vitest'
import { silentLogger } from '../../src/core/logger.ts'
import { Secret } from '../../src/core/secret.ts'
import { ExchangedTokens } from '../../src/oauth/exchanged-tokens.ts'
import type { MintResult } from '../../src/oauth/token-response.ts'
import { createFakeClock } from '../support/fake-clock.ts'

const { signal } = new AbortController()

function world(limits: { most?: number; mostAtOnce?: number }) {
  const asked: string[] = []
  const gate = Promise.withResolvers<void>()
  const tokens = new ExchangedTokens({
    mintFor: (subject) => async (): Promise<MintResult> => {
      asked.push(subject.reveal())
      await gate.promise
      const value = new Secret(`for-${subject.reveal()}`)
      return { ok: true, token: { value, scope: undefined, lifetimeSeconds: 600 } }
    },
    clock: createFakeClock(),
    random: () => 0.5,
    logger: silentLogger,
    endpoint: 'https://as.example/token',
    ...limits,
  })
  return { tokens, asked, open: gate.resolve }
}

test('the one that was not asked for longest is forgotten, and whoever waits for it gets it', async () => {
  const { tokens, asked, open } = world({ most: 2 })
  const waiting = tokens.of('a').obtain(signal)
  for (const subject of ['b', 'a', 'c', 'd']) void tokens.of(subject).obtain(signal)
  open()
  expect(await waiting).toMatchObject({ ok: true })
  expect(asked).toEqual(['a', 'b', 'c', 'd'])
  expect(tokens.of('d').current()?.value.reveal()).toBe('for-d')
  expect(tokens.of('c').current()?.value.reveal()).toBe('for-c')
  expect(tokens.of('a').current()).toBeUndefined()
})

test('no more are asked for at once than may be; the rest is told to come again', async () => {
  const { tokens, asked, open } = world({ mostAtOnce: 2 })
  const waiting = ['a', 'b'].map((subject) => tokens.of(subject).obtain(signal))
  const third = await tokens.of('c').obtain(signal)
  expect(third).toMatchObject({ ok: false, error: { code: 'TOKEN_ENDPOINT_UNAVAILABLE' } })
  open()
  expect(await Promise.all(waiting)).toMatchObject([{ ok: true }, { ok: true }])
  expect(asked).toEqual(['a', 'b'])
  expect(await tokens.of('d').obtain(signal)).toMatchObject({ ok: true })
})

test('an end gives up what is asked for', async () => {
  const { tokens, open } = world({})
  const waiting = tokens.of('a').obtain(signal)
  tokens.close()
  expect(await tokens.of('a').obtain(signal)).toMatchObject({ ok: false })
  open()
  await waiting
})
