// One token request against a real endpoint: what is sent, and how every kind of answer is understood.
import { expect, onTestFinished, test } from 'vitest'
import { Secret } from '../../src/core/secret.ts'
import type { OAuthClient } from '../../src/oauth/client.ts'
import { createControlSender } from '../../src/oauth/control-request.ts'
import { createMint } from '../../src/oauth/token-request.ts'
import {
  endless,
  inTurn,
  reply,
  silence,
  startScriptedAuthorizationServer,
} from '../support/scripted-authorization-server.ts'
import type { Script } from '../support/scripted-authorization-server.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createKey, signToken } from './token-fixtures.ts'

const signal = new AbortController().signal
const send = createControlSender()
const canary = 'canary: s%cret+ü&=/'

async function createWorld(script: Script, change: Partial<OAuthClient> = {}) {
  const server = await startScriptedAuthorizationServer()
  onTestFinished(() => server[Symbol.asyncDispose]())
  server.on('/token', script)
  const clock = createFakeClock()
  const client: OAuthClient = {
    tokenUrl: new URL(`${server.origin}/token`),
    clientId: 'id:1',
    clientSecret: new Secret(canary),
    authStyle: 2,
    scopes: ['a', 'b'],
    params: [['resource', 'https://mcp.example']],
    ...change,
  }
  const mint = createMint(client, { send, clock, timeoutMs: 300 })
  return { server, clock, mint: () => mint(signal) }
}

const token = { access_token: 'tok', token_type: 'Bearer', expires_in: 3600 }

test('sends the grant with form-encoded Basic credentials', async () => {
  const { server, mint } = await createWorld(reply(200, { ...token, scope: 'a' }))
  expect(await mint()).toMatchObject({ ok: true, token: { scope: 'a', lifetimeSeconds: 3600 } })
  const [request] = server.requests
  const [id = '', secret = ''] = Buffer.from(
    request?.headers.authorization?.slice(6) ?? '',
    'base64',
  )
    .toString()
    .split(':')
  expect([decodeURIComponent(id), decodeURIComponent(secret.replaceAll('+', ' '))]).toEqual([
    'id:1',
    canary,
  ])
  expect(Object.fromEntries(request?.form ?? [])).toEqual({
    grant_type: 'client_credentials',
    scope: 'a b',
    resource: 'https://mcp.example',
  })
  expect(request?.headers['accept-encoding']).toBe('identity')
})

test('sends credentials in the body, and no empty scope', async () => {
  const { server, mint } = await createWorld(reply(200, token), {
    authStyle: 1,
    scopes: [],
    params: [],
  })
  await mint()
  expect(server.requests[0]?.headers.authorization).toBeUndefined()
  expect(Object.fromEntries(server.requests[0]?.form ?? [])).toEqual({
    grant_type: 'client_credentials',
    client_id: 'id:1',
    client_secret: canary,
  })
})

const onlyBody: Script = (request, response) =>
  (request.form.has('client_secret') ? reply(200, token) : reply(401, { error: 'invalid_client' }))(
    request,
    response,
  )

test('finds the way of authenticating once and keeps it', async () => {
  const { server, mint } = await createWorld(onlyBody, { authStyle: 0 })
  expect(await mint()).toMatchObject({ ok: true })
  expect(server.requests).toHaveLength(2)
  expect(await mint()).toMatchObject({ ok: true })
  expect(server.requests).toHaveLength(3)
})

test('probes no second time when both ways are refused', async () => {
  const { server, mint } = await createWorld(reply(401, { error: 'invalid_client' }), {
    authStyle: 0,
  })
  await mint()
  expect(server.requests).toHaveLength(2)
  for (let attempt = 0; attempt < 4; attempt += 1) await mint()
  expect(server.requests).toHaveLength(6)
})

test('does not probe when the refusal shows that the client was recognized', async () => {
  const { server, mint } = await createWorld(reply(400, { error: 'invalid_scope' }), {
    authStyle: 0,
  })
  expect(await mint()).toMatchObject({ kind: 'refused', error: 'invalid_scope' })
  expect(server.requests).toHaveLength(1)
})

test.each([
  ['expires_in as text', { ...token, expires_in: '60' }, 60],
  ['no expires_in', { access_token: 'tok', token_type: 'bearer' }, 300],
  ['nonsense in expires_in', { ...token, expires_in: 'soon' }, 300],
  ['expires_in null', { ...token, expires_in: null }, 300],
  ['a very long life', { ...token, expires_in: 1e12 }, 86_400],
  ['no token_type', { access_token: 'tok', expires_in: 60 }, 60],
])('%s', async (_name, body, lifetimeSeconds) => {
  const { mint } = await createWorld(reply(200, body))
  expect(await mint()).toMatchObject({ ok: true, token: { lifetimeSeconds } })
})

test('a configured lifetime for answers that name none', async () => {
  const { mint } = await createWorld(reply(200, { access_token: 'tok' }), { defaultExpiresIn: 77 })
  expect(await mint()).toMatchObject({ token: { lifetimeSeconds: 77 } })
})

test('a form-encoded answer', async () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
  const { mint } = await createWorld(
    reply(200, 'access_token=tok&expires_in=90&token_type=bearer', form),
  )
  expect(await mint()).toMatchObject({ ok: true, token: { lifetimeSeconds: 90 } })
})

test('a JWT does not outlive its own exp', async () => {
  const clock = createFakeClock()
  const jwt = signToken(createKey('k'), { exp: clock.now() / 1000 + 40 })
  const { mint } = await createWorld(reply(200, { ...token, access_token: jwt }))
  expect(await mint()).toMatchObject({ ok: true, token: { lifetimeSeconds: 40 } })
  const old = signToken(createKey('k'), { exp: clock.now() / 1000 - 40 })
  const expired = await createWorld(reply(200, { ...token, access_token: old }))
  expect(await expired.mint()).toMatchObject({ ok: false, kind: 'unavailable' })
})

const failures: [string, Script, string][] = [
  ['invalid_client', reply(400, { error: 'invalid_client', error_description: canary }), 'refused'],
  ['403', reply(403, 'no'), 'refused'],
  ['404', reply(404, '<html>'), 'refused'],
  ['200 with an error', reply(200, { error: 'invalid_target' }), 'refused'],
  ['a DPoP token', reply(200, { ...token, token_type: 'DPoP' }), 'refused'],
  [
    'a redirect',
    (_q, response) => void response.writeHead(307, { location: '/elsewhere' }).end(),
    'refused',
  ],
  ['a compressed answer', reply(200, token, { 'content-encoding': 'gzip' }), 'refused'],
  ['408', reply(408, ''), 'unavailable'],
  ['425', reply(425, ''), 'unavailable'],
  ['429', reply(429, ''), 'unavailable'],
  ['500', reply(500, canary), 'unavailable'],
  ['temporarily_unavailable', reply(400, { error: 'temporarily_unavailable' }), 'unavailable'],
  ['no JSON', reply(200, `${canary}{`), 'unavailable'],
  ['an array', reply(200, []), 'unavailable'],
  ['no token', reply(200, { token_type: 'Bearer' }), 'unavailable'],
  ['a token with a line break', reply(200, { ...token, access_token: 'a\r\nx: y' }), 'unavailable'],
  ['a token that has expired', reply(200, { ...token, expires_in: 0 }), 'unavailable'],
  ['a cut connection', (_q, response) => void response.destroy(), 'unavailable'],
  ['a body without end', endless, 'unavailable'],
  ['silence', silence, 'timeout'],
]

test.each(failures)('%s is understood', async (_name, script, kind) => {
  const { server, mint } = await createWorld(script)
  server.on('/elsewhere', reply(200, token))
  const result = await mint()
  expect(result).toMatchObject({ ok: false, kind })
  expect(JSON.stringify(result)).not.toContain('canary')
  expect(server.count('/elsewhere')).toBe(0)
})

test('an error code that is no code is not repeated', async () => {
  for (const error of ['<script>', 'x'.repeat(65), canary, 7, ['a']]) {
    const { mint } = await createWorld(reply(400, { error }))
    expect(await mint()).not.toHaveProperty('error')
  }
})

test('Retry-After as seconds and as a date, within bounds', async () => {
  const { clock, mint } = await createWorld(
    inTurn(
      reply(503, '', { 'retry-after': '7' }),
      reply(503, '', { 'retry-after': '99999' }),
      reply(503, '', { 'retry-after': new Date(createFakeClock().now() + 42_000).toUTCString() }),
      reply(503, '', { 'retry-after': 'later' }),
    ),
  )
  const waits = []
  for (let attempt = 0; attempt < 4; attempt += 1) waits.push(await mint())
  expect(waits.map((wait) => (wait.ok ? -1 : wait.retryAfterSeconds))).toEqual([
    7,
    300,
    42,
    undefined,
  ])
  expect(clock.now()).toBe(createFakeClock().now())
})
