// Renewal of logins: by one process at a time, stored before use, against a server that ends a grant whose refresh token comes twice.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import type { GrantKey, GrantTokens } from '../../src/core/grants.ts'
import { Secret } from '../../src/core/secret.ts'
import { openControlPlane } from '../../src/control-plane/control-plane.ts'
import { openBrowser } from '../../src/dev/open-browser.ts'
import { createControlSender } from '../../src/oauth/control-request.ts'
import { createGrantMint, renewalAt } from '../../src/oauth/grant-mint.ts'
import { logIn } from '../../src/oauth/login.ts'
import { createTokenRequester } from '../../src/oauth/token-request.ts'
import { browser, startLoginServer } from '../support/login-server.ts'
import {
  reply,
  startScriptedAuthorizationServer,
  type Script,
} from '../support/scripted-authorization-server.ts'
import { rounds } from '../support/rounds.ts'
import { temporaryFolder } from '../support/temp-home.ts'

const child = fileURLToPath(new URL('../support/renew-child.ts', import.meta.url))
const run = promisify(execFile)
const signal = new AbortController().signal
const timesEach = rounds(40, 500)

function openPlane() {
  const home = join(temporaryFolder(), 'home')
  const plane = openControlPlane({ home, clock: systemClock, env: {} })
  onTestFinished(() => plane.close())
  return { home, plane, store: plane.grants.store('default') }
}

test('two processes that renew one rotated login at once never lose it', async () => {
  const server = await startLoginServer()
  const { home, store } = openPlane()
  const scopes = ['openid', 'offline_access']
  const client = {
    tokenUrl: new URL(server.tokenUrl),
    clientId: 'native',
    authStyle: 0 as const,
    scopes,
    params: [],
  }
  const tokens = await logIn(
    {
      client,
      redirectUrl: undefined,
      server: {
        authUrl: new URL(server.authUrl),
        tokenUrl: client.tokenUrl,
        issuer: server.issuer,
        sendsIssuer: true,
      },
    },
    {
      send: createControlSender(),
      clock: systemClock,
      signal,
      show: (_url, start) => openBrowser(start, { BROWSER: browser }),
    },
  )
  const key = {
    issuer: server.issuer,
    clientId: 'native',
    resource: '',
    params: '',
    scopes,
    subject: '',
  }
  store.save(key, tokens, 'test')
  const args = [child, home, server.tokenUrl, JSON.stringify(key), String(timesEach)]
  const outputs = await Promise.all(
    [1, 2].map(async () => run(process.execPath, args, { env: { PATH: process.env['PATH'] } })),
  )
  // Each got a token of its own or of the other's renewal, never the one that it had.
  for (const { stdout } of outputs) expect(Number(stdout)).toBe(timesEach)
  expect(server.renewals.refused).toBe(0)
  expect(server.renewals.granted).toBeGreaterThanOrEqual(timesEach)
  expect(store.read(key)?.generation).toBe(1 + server.renewals.granted)
}, 300_000)

const key: GrantKey = {
  issuer: 'i',
  clientId: 'c',
  resource: '',
  params: '',
  scopes: [],
  subject: '',
}

async function stored(script: Script, change: Partial<GrantTokens> = {}) {
  const server = await startScriptedAuthorizationServer()
  onTestFinished(() => server[Symbol.asyncDispose]())
  server.on('/token', script)
  const { plane, store, home } = openPlane()
  const tokens = {
    accessToken: new Secret('old-access'),
    refreshToken: new Secret('old-refresh'),
    lifetimeMs: 1000,
    expiresAt: systemClock.now(),
    tokenUrl: `${server.origin}/token`,
    ...change,
  }
  store.save(key, tokens, 'component')
  const client = {
    tokenUrl: new URL(`${server.origin}/token`),
    clientId: 'c',
    authStyle: 0 as const,
    scopes: [],
    params: [],
  }
  const mint = createGrantMint({
    key,
    store,
    renewalOf: renewalAt(client.tokenUrl.href, {
      request: createTokenRequester(client, { send: createControlSender(), clock: systemClock }),
      params: [['resource', 'https://mcp.example']],
    }),
    clock: systemClock,
    loginCommand: 'mcpauth login component',
  })
  return { server, plane, store, home, mint: (until = signal) => mint(until) }
}

const fresh = { access_token: 'new-access', token_type: 'Bearer', expires_in: 3600 }

test('a renewal is stored, keeps a refresh token that is not rotated, and names the resource', async () => {
  const { server, store, mint } = await stored(reply(200, fresh))
  expect(await mint()).toMatchObject({ ok: true })
  expect(Object.fromEntries(server.requests[0]?.form ?? [])).toEqual({
    grant_type: 'refresh_token',
    refresh_token: 'old-refresh',
    resource: 'https://mcp.example',
    client_id: 'c',
  })
  const kept = store.read(key)?.tokens
  expect(kept?.accessToken.reveal()).toBe('new-access')
  expect(kept?.refreshToken?.reveal()).toBe('old-refresh')
})

test('a login that is over is asked for once, and said to be needed from then on', async () => {
  const { server, mint } = await stored(reply(400, { error: 'invalid_grant' }))
  for (let count = 0; count < 3; count += 1) {
    expect(await mint()).toMatchObject({
      ok: false,
      kind: 'login',
      hint: 'Run: mcpauth login component',
    })
  }
  expect(server.requests).toHaveLength(1)
})

test('a server that fails for now costs no login', async () => {
  const { store, mint } = await stored(reply(503, {}))
  expect(await mint()).toMatchObject({ ok: false, kind: 'unavailable' })
  const grant = store.read(key)
  expect(grant?.tokens?.refreshToken?.reveal()).toBe('old-refresh')
  expect(store.lease(key, grant?.generation ?? 0, 1000)).toBe(true)
  expect(store.lease(key, grant?.generation ?? 0, 1000)).toBe(false)
})

test('a late writer cannot put older tokens over newer ones', async () => {
  const { store } = await stored(reply(200, fresh))
  const late = { accessToken: new Secret('late'), lifetimeMs: 1, expiresAt: 1 }
  const tokens = { ...late, tokenUrl: 'http://127.0.0.1/token' }
  store.save(key, { ...tokens, accessToken: new Secret('newer') }, 'component')
  expect(store.renew(key, 1, tokens)).toBe(false)
  expect(store.read(key)?.tokens?.accessToken.reveal()).toBe('newer')
})

test('whoever leaves during a renewal does not lose the refresh token that it brings', async () => {
  const leaving = new AbortController()
  const { store, mint } = await stored((_request, response) => {
    leaving.abort()
    const answer = JSON.stringify({ ...fresh, refresh_token: 'new-refresh' })
    response.setHeader('content-type', 'application/json').end(answer)
  })
  await mint(leaving.signal)
  expect(store.read(key)?.tokens?.refreshToken?.reveal()).toBe('new-refresh')
})

test('tokens are renewed where they come from and nowhere else', async () => {
  const { server, mint } = await stored(reply(200, fresh), { tokenUrl: 'https://as.example/token' })
  expect(await mint()).toMatchObject({ ok: false, kind: 'login' })
  expect(server.requests).toEqual([])
})
