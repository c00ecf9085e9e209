// The token_exchange grant: what each caller's token is exchanged for, and that it goes nowhere else.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeJwt } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'
import type { Exchange, Reply } from '../../../src/core/exchange.ts'
import { Secret } from '../../../src/core/secret.ts'
import { oauth2 } from '../../../src/middleware/http/oauth2.ts'
import { startExchangeServer, type ExchangeServer } from '../../support/exchange-grant.ts'
import { temporaryFolder } from '../../support/temp-home.ts'
import { createContext, createExchange, createHead } from '../exchange-fixture.ts'

const urn = (name: string) => `urn:ietf:params:oauth:token-type:${name}`

/** Of this moment, as the server's is, and moved by the test. */
function movedClock() {
  let moved = 0
  return {
    now: () => systemClock.now() + moved,
    monotonic: () => systemClock.monotonic() + moved,
    advance: (seconds: number) => void (moved += seconds * 1000),
  }
}

function handlerOf(
  server: ExchangeServer,
  change: Record<string, string | Secret> = {},
  clock = movedClock(),
) {
  const metadata = {
    grantType: 'token_exchange',
    clientID: 'machine',
    clientSecret: new Secret('s'),
    tokenURL: server.tokenUrl,
    audience: 'orders',
    ...change,
  }
  const handler = oauth2.provision(metadata, { ...createContext(), clock })
  onTestFinished(() => handler.close?.())
  const send = async (exchange: Exchange): Promise<Reply | undefined> =>
    handler.onRequest?.(exchange)
  return { handler, send, clock }
}

const call = (token?: string) =>
  createExchange(token === undefined ? {} : { headers: ['Authorization', `Bearer ${token}`] })

const sent = (exchange: Exchange) => exchange.headers.values('authorization')
const tokenIn = (exchange: Exchange) => sent(exchange)[0]?.replace(/^Bearer /, '') ?? ''

test("each caller's token is exchanged once, whoever calls at the same time", async () => {
  const server = await startExchangeServer()
  const { handler, send } = handlerOf(server, { scopes: 'a,b', requestedTokenType: 'jwt' })
  const [alice, bob] = [server.subject('alice'), server.subject('bob')]
  const calls = Array.from({ length: 100 }, (_, index) => call(index % 2 === 0 ? alice : bob))
  expect(await Promise.all(calls.map((one) => send(one)))).toEqual(calls.map(() => undefined))
  for (const [index, one] of calls.entries()) {
    expect(sent(one)).toHaveLength(1)
    expect(decodeJwt(tokenIn(one))).toMatchObject({
      sub: index % 2 === 0 ? 'alice' : 'bob',
      aud: 'orders',
      client_id: 'machine',
    })
  }
  expect(server.exchanges).toHaveLength(2)
  expect(server.exchanges[0]).toMatchObject({
    subject_token: alice,
    subject_token_type: urn('access_token'),
    requested_token_type: urn('jwt'),
    audience: 'orders',
    scope: 'a b',
  })
  const warm = call(alice)
  expect(handler.onRequest?.(warm)).toBeUndefined()
  expect(tokenIn(warm)).toBe(tokenIn(calls[0] ?? warm))
})

test('a request without a token, or with two, goes nowhere', async () => {
  const server = await startExchangeServer()
  const { send } = handlerOf(server)
  const missing = await send(call())
  expect(missing).toMatchObject({ status: 401, reason: 'SUBJECT_TOKEN_MISSING' })
  expect(missing?.headers).toContain('www-authenticate')
  const basic = createExchange({ headers: ['authorization', 'Basic eDp5'] })
  expect(await send(basic)).toMatchObject({ status: 401, reason: 'SUBJECT_TOKEN_MISSING' })
  const token = server.subject('alice')
  const twice = ['authorization', `Bearer ${token}`, 'Authorization', `Bearer ${token}`]
  expect(await send(createExchange({ headers: twice }))).toMatchObject({ status: 400 })
  expect(server.exchanges).toHaveLength(0)
})

test('a token that is refused is the fault of its caller alone', async () => {
  const server = await startExchangeServer()
  const { send } = handlerOf(server)
  for (const bad of ['nonsense', 'other-nonsense']) {
    const refused = await send(call(bad))
    expect(refused).toMatchObject({
      status: 401,
      reason: 'SUBJECT_TOKEN_REFUSED: invalid_request',
    })
    expect(refused?.headers.join()).toContain('error="invalid_token"')
    expect(refused?.body).not.toContain(bad)
    expect(await send(call(bad))).toMatchObject({ status: 401 })
  }
  expect(server.outcomes).toEqual(['invalid_request', 'invalid_request'])
  const good = call(server.subject('alice'))
  expect(await send(good)).toBeUndefined()
  expect(decodeJwt(tokenIn(good)).sub).toBe('alice')
})

test('a token that has ended is not even shown, and none outlives the one it was got for', async () => {
  const server = await startExchangeServer()
  const { send } = handlerOf(server)
  const ended = await send(call(server.subject('alice', -1)))
  expect(ended).toMatchObject({ status: 401 })
  expect(ended?.body).toContain('has ended')
  expect(server.exchanges).toHaveLength(0)
  // The server gives tokens for ten minutes.
  const { send: sendShort, clock } = handlerOf(server, { subjectTokenType: 'jwt' })
  const token = server.subject('alice', 120)
  expect(await sendShort(call(token))).toBeUndefined()
  clock.advance(121)
  expect(await sendShort(call(token))).toMatchObject({ status: 401 })
  expect(server.exchanges).toHaveLength(1)
})

test('in another header, the token of the caller is taken off all the same', async () => {
  const server = await startExchangeServer()
  const { send } = handlerOf(server, { authHeaderName: 'X-Token' })
  const exchange = call(server.subject('alice'))
  expect(await send(exchange)).toBeUndefined()
  expect(sent(exchange)).toEqual([])
  expect(exchange.headers.get('x-token')).toMatch(/^Bearer eyJ/)
})

test('what an upstream refuses is exchanged again for the same caller', async () => {
  const server = await startExchangeServer()
  const grantType = 'urn:ietf:params:oauth:grant-type:token-exchange'
  const { handler, clock } = handlerOf(server, { grantType })
  const exchange = call(server.subject('alice'))
  await handler.onRequest?.(exchange)
  const first = tokenIn(exchange)
  clock.advance(31)
  expect(await handler.onResponse?.(exchange, createHead(401))).toBe('retry')
  expect(tokenIn(exchange)).not.toBe(first)
  expect(decodeJwt(tokenIn(exchange)).sub).toBe('alice')
  expect(server.exchanges).toHaveLength(2)
})

test('one token for all callers comes from a file that is read again, with an actor', async () => {
  const server = await startExchangeServer()
  const file = join(temporaryFolder(), 'token')
  writeFileSync(file, `${server.subject('workload-1')}\n`)
  const settings = {
    subjectTokenFile: file,
    subjectTokenType: 'jwt',
    actorToken: new Secret('actor'),
    actorTokenType: 'id_token',
  }
  const { handler } = handlerOf(server, settings)
  const step = await handler.warmUp?.(new AbortController().signal)
  expect(step).toMatchObject([{ what: 'first token', ok: true }])
  const exchange = createExchange({ headers: ['authorization', 'Bearer own'] })
  expect(handler.onRequest?.(exchange)).toBeUndefined()
  expect(decodeJwt(tokenIn(exchange)).sub).toBe('workload-1')
  expect(server.exchanges[0]).toMatchObject({
    subject_token_type: urn('jwt'),
    actor_token: 'actor',
    actor_token_type: urn('id_token'),
  })
  handler.close?.()
  writeFileSync(file, server.subject('workload-2'))
  const { send } = handlerOf(server, settings)
  const later = createExchange()
  await send(later)
  expect(decodeJwt(tokenIn(later)).sub).toBe('workload-2')
})

test('without the file nothing goes out, and the reason is said', async () => {
  const server = await startExchangeServer()
  for (const file of [join(temporaryFolder(), 'absent'), temporaryFolder()]) {
    const { send } = handlerOf(server, { subjectTokenFile: file })
    const answer = await send(createExchange())
    expect(answer).toMatchObject({ status: 503 })
    expect(answer?.body).toContain(file)
  }
  expect(server.outcomes).toEqual([])
})

test.for([
  [{ subjectToken: 't', subjectTokenFile: '/t' }, /subjectTokenFile stands beside/],
  [{ subjectTokenFile: 'relative' }, /subjectTokenFile is not an absolute path/],
  [{ subjectTokenType: 'jwe' }, /subjectTokenType is no token type/],
  [{ actorTokenType: 'jwt' }, /actorTokenType goes with/],
  [
    { grantType: 'client_credentials', subjectTokenFile: '/t' },
    /subjectTokenFile is not for the grant client_credentials/,
  ],
] as [Record<string, string>, RegExp][])('%o is refused', async ([change, message]) => {
  const server = await startExchangeServer()
  expect(() => handlerOf(server, change)).toThrow(message)
})
