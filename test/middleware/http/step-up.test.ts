// A resource that wants more scopes: the client asks for them a few times, a user is told how, and everything else goes through.
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'
import { Secret } from '../../../src/core/secret.ts'
import { openControlPlane } from '../../../src/control-plane/control-plane.ts'
import { oauth2 } from '../../../src/middleware/http/oauth2.ts'
import { readUserLogin } from '../../../src/middleware/http/user-login.ts'
import {
  startScriptedAuthorizationServer,
  reply,
  type RecordedRequest,
} from '../../support/scripted-authorization-server.ts'
import { temporaryFolder } from '../../support/temp-home.ts'
import { createContext, createExchange, createHead } from '../exchange-fixture.ts'

/** Gives every token the scopes that it is asked for, except `never`. */
async function world(settings: Record<string, string> = {}) {
  const server = await startScriptedAuthorizationServer()
  onTestFinished(() => server[Symbol.asyncDispose]())
  const scopeOf = ({ form }: RecordedRequest) => form.get('scope') ?? ''
  server.on('/token', (request, response) => {
    const scope = scopeOf(request)
    const token = { access_token: `token:${scope.replaceAll(' ', '+')}`, token_type: 'Bearer' }
    const isRefused = scope.includes('never')
    const answer = isRefused ? { error: 'invalid_scope' } : { ...token, scope, expires_in: 60 }
    reply(isRefused ? 400 : 200, answer)(request, response)
  })
  const { origin } = server
  const metadata = { clientID: 'c', clientSecret: 's', tokenURL: `${origin}/token`, ...settings }
  const handler = oauth2.provision(metadata, createContext())
  onTestFinished(() => handler.close?.())
  const call = async (scope: string | undefined, change = {}) => {
    const exchange = createExchange(change)
    await handler.onRequest?.(exchange)
    const before = exchange.headers.get('authorization')
    const params = scope === undefined ? '' : `, scope="${scope}"`
    const challenge = `Bearer error="insufficient_scope"${params}`
    const head = createHead(403, ['www-authenticate', challenge])
    const verdict = await handler.onResponse?.(exchange, head)
    return { verdict, before, after: exchange.headers.get('authorization'), head }
  }
  return { server, handler, call, asked: () => server.requests.map(scopeOf) }
}

test('asks for the union, sends the request once more, and keeps the wider token', async () => {
  const { call, asked } = await world({ scopes: 'a' })
  expect(await call('b')).toMatchObject({
    verdict: 'retry',
    before: 'Bearer token:a',
    after: 'Bearer token:a+b',
  })
  expect(await call('c')).toMatchObject({ before: 'Bearer token:a+b', after: 'Bearer token:a+b+c' })
  expect(asked()).toEqual(['a', 'a b', 'a b c'])
})

test('a refusal of scopes that the token has goes through, and so does one that names none', async () => {
  const { call, asked } = await world({ scopes: 'a' })
  expect((await call('a')).verdict).toBeUndefined()
  expect((await call(undefined)).verdict).toBeUndefined()
  expect(asked()).toEqual(['a'])
})

test('a client that may not have them asks once, and the refusal goes through', async () => {
  const { call, asked } = await world({ scopes: 'a' })
  expect((await call('never')).verdict).toBeUndefined()
  expect((await call('never')).verdict).toBeUndefined()
  expect(asked()).toEqual(['a', 'a never'])
  expect((await call('b')).verdict).toBe('retry')
})

test('a resource that wants another scope each time is followed a few times only', async () => {
  const { call, asked } = await world()
  const verdicts: unknown[] = []
  for (let count = 0; count < 8; count += 1) verdicts.push((await call(`s${count}`)).verdict)
  expect(verdicts.filter((verdict) => verdict === 'retry')).toHaveLength(5)
  expect(verdicts.slice(5)).toEqual([undefined, undefined, undefined])
  expect(asked()).toHaveLength(6)
})

test('a request that cannot be sent again is not, and the next one has the scopes', async () => {
  const { call } = await world({ scopes: 'a' })
  expect((await call('b', { replayable: false })).verdict).toBeUndefined()
  expect((await call('b')).before).toBe('Bearer token:a+b')
})

test('another 403, and an answer without a token of ours, are left alone', async () => {
  const { handler, asked } = await world({ pathFilter: '^/only' })
  const exchange = createExchange()
  await handler.onRequest?.(exchange)
  const challenge = ['www-authenticate', 'Bearer error="insufficient_scope", scope="b"']
  expect(handler.onResponse?.(exchange, createHead(403, challenge))).toBeUndefined()
  const { handler: other } = await world()
  const mine = createExchange()
  await other.onRequest?.(mine)
  expect(other.onResponse?.(mine, createHead(403))).toBeUndefined()
  expect(other.onResponse?.(mine, createHead(200))).toBeUndefined()
  expect(asked()).toEqual([])
})

test.each([
  ['files:write mcp:read', "mcpauth login component-name --scopes 'files:write mcp:read'"],
  ["$(reboot) '", 'mcpauth login component-name'],
])('a login that is not good for %s says what to run', async (scope, command) => {
  const home = join(temporaryFolder(), 'home')
  const plane = openControlPlane({ home, clock: systemClock, env: {} })
  onTestFinished(() => plane.close())
  const grants = plane.grants.store('default')
  const context = { ...createContext(), clock: { ...systemClock }, grants }
  const metadata = {
    grantType: 'authorization_code',
    clientID: 'c',
    authURL: 'https://as.example/authorize',
    tokenURL: 'https://as.example/token',
  }
  const key = readUserLogin(metadata, context)?.key
  if (key === undefined) throw new Error('no login')
  const expiresAt = systemClock.now() + 3_600_000
  const tokens = { accessToken: new Secret('t'), lifetimeMs: 3_600_000, expiresAt }
  grants.save(key, { ...tokens, tokenUrl: metadata.tokenURL }, 'component')
  const handler = oauth2.provision(metadata, context)
  onTestFinished(() => handler.close?.())
  const exchange = createExchange()
  await handler.onRequest?.(exchange)
  const challenge = `Bearer error="insufficient_scope", scope="${scope}"`
  const head = createHead(403, ['www-authenticate', challenge])
  expect(handler.onResponse?.(exchange, head)).toBeUndefined()
  expect(head.headers.get('mcpauth-login')).toBe(command)
})
