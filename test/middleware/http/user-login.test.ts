// A handler whose token is that of a user: nothing goes out before the login, and a login is taken over while it runs.
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'
import { Secret } from '../../../src/core/secret.ts'
import { openControlPlane } from '../../../src/control-plane/control-plane.ts'
import { oauth2 } from '../../../src/middleware/http/oauth2.ts'
import { readUserLogin } from '../../../src/middleware/http/user-login.ts'
import {
  reply,
  startScriptedAuthorizationServer,
} from '../../support/scripted-authorization-server.ts'
import { temporaryFolder } from '../../support/temp-home.ts'
import { createContext, createExchange, createHead } from '../exchange-fixture.ts'

async function world() {
  const server = await startScriptedAuthorizationServer()
  const home = join(temporaryFolder(), 'home')
  const plane = openControlPlane({ home, clock: systemClock, env: {} })
  const store = plane.grants.store('default')
  const context = { ...createContext(), grants: store }
  const metadata = {
    grantType: 'authorization_code',
    clientID: 'c',
    authURL: `${server.origin}/authorize`,
    tokenURL: `${server.origin}/token`,
  }
  const handler = oauth2.provision(metadata, context)
  onTestFinished(async () => {
    handler.close?.()
    plane.close()
    await server[Symbol.asyncDispose]()
  })
  const logIn = (accessToken: string, change = {}): void => {
    const key = readUserLogin(metadata, context)?.key
    if (key === undefined) throw new Error('no login')
    const lifetimeMs = 3_600_000
    const expiresAt = context.clock.now() + lifetimeMs
    const tokens = { accessToken: new Secret(accessToken), lifetimeMs, expiresAt }
    const { tokenURL: tokenUrl } = metadata
    store.save(key, { ...tokens, tokenUrl, ...change }, context.name)
  }
  return { server, context, handler, logIn, clock: context.clock }
}

const authorization = (exchange: ReturnType<typeof createExchange>) =>
  exchange.headers.values('authorization')

test('nothing goes out before the login, which is taken over without a restart and costs no tick', async () => {
  const { server, handler, logIn, clock } = await world()
  const [step] = (await handler.warmUp?.(new AbortController().signal)) ?? []
  expect(step).toMatchObject({ ok: false, what: 'login', login: 'component-name' })
  const refused = await handler.onRequest?.(createExchange())
  expect(refused).toMatchObject({ status: 502 })
  expect(refused?.body).toContain('LOGIN_REQUIRED')
  expect(refused?.body).toContain('mcpauth login component-name')

  logIn('first')
  clock.advance(1)
  const exchange = createExchange({ headers: ['authorization', 'Bearer own'] })
  expect(await handler.onRequest?.(exchange)).toBeUndefined()
  expect(authorization(exchange)).toEqual(['Bearer first'])
  const warm = createExchange()
  expect(handler.onRequest?.(warm)).toBeUndefined()
  expect(authorization(warm)).toEqual(['Bearer first'])
  expect(server.requests).toHaveLength(0)
})

test('a token that the upstream refuses is renewed, and the request sent once more', async () => {
  const { server, handler, logIn, clock } = await world()
  server.on('/token', reply(200, { access_token: 'second', token_type: 'Bearer', expires_in: 60 }))
  logIn('first', { refreshToken: new Secret('refresh') })
  const exchange = createExchange()
  await handler.onRequest?.(exchange)
  clock.advance(31)
  expect(await handler.onResponse?.(exchange, createHead(401))).toBe('retry')
  expect(authorization(exchange)).toEqual(['Bearer second'])
  expect(server.requests[0]?.form.get('refresh_token')).toBe('refresh')
})
