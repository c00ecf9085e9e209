// A login without a browser here: against the development authorization server, and against answers by script.
import { decodeJwt } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { sendControlRequest } from '../../src/oauth/control-request.ts'
import type { DeviceCode } from '../../src/oauth/device-code.ts'
import { logInByDevice, type DeviceParts } from '../../src/oauth/device-login.ts'
import type { Login } from '../../src/oauth/login.ts'
import { startAuthorizationServer } from '../support/authorization-server.ts'
import { confirmDevice } from '../support/browser.ts'
import { startProtectedResource } from '../support/protected-resource.ts'
import {
  inTurn,
  reply,
  startScriptedAuthorizationServer,
} from '../support/scripted-authorization-server.ts'

const parts = (own: Pick<DeviceParts, 'showCode' | 'pause'>): DeviceParts => ({
  send: sendControlRequest,
  clock: systemClock,
  signal: new AbortController().signal,
  ...own,
})

test('a client that registers itself gets the token once somebody has typed the code in', async () => {
  const server = await startAuthorizationServer()
  onTestFinished(() => server.close())
  const resource = await startProtectedResource(server.issuer, 'mcp:read')
  const login: Login = {
    sought: {
      issuer: undefined,
      resource: resource.url,
      clientId: undefined,
      metadataUrl: undefined,
      authStyle: 0,
      scopes: [],
      params: [],
    },
    redirectUrl: undefined,
  }
  const shown: DeviceCode[] = []
  let pauses = 0
  const tokens = await logInByDevice(
    login,
    parts({
      showCode: (code) => shown.push(code),
      async pause() {
        pauses += 1
        // The first request finds that nobody was there yet.
        if (pauses === 2)
          for (const code of shown) await confirmDevice(code.verificationUrl, code.userCode)
      },
    }),
  )
  expect(pauses).toBeGreaterThan(1)
  expect(decodeJwt(tokens.accessToken.reveal())).toMatchObject({ aud: resource.url })
  expect(tokens.found).toMatchObject({ issuer: server.issuer, resource: resource.url })
})

async function scripted(change: object = {}) {
  const server = await startScriptedAuthorizationServer()
  onTestFinished(() => server[Symbol.asyncDispose]())
  const { origin } = server
  const metadata = {
    issuer: origin,
    token_endpoint: `${origin}/token`,
    device_authorization_endpoint: `${origin}/device`,
    ...change,
  }
  const device = {
    device_code: 'the-device-code',
    user_code: 'ABCD-EFGH',
    verification_uri: 'https://as.example/device',
    expires_in: 600,
    interval: 2,
  }
  server.on('/.well-known/oauth-authorization-server', reply(200, metadata))
  server.on('/device', reply(200, device))
  const [authUrl, tokenUrl] = [new URL(`${origin}/authorize`), new URL(`${origin}/token`)]
  const login: Login = {
    server: { authUrl, tokenUrl, issuer: origin, sendsIssuer: false },
    client: { tokenUrl, clientId: 'c', authStyle: 0, scopes: ['a'], params: [['audience', 'x']] },
    redirectUrl: undefined,
  }
  const waits: number[] = []
  const run = () =>
    logInByDevice(
      login,
      parts({
        showCode: () => {},
        pause: (milliseconds) => {
          waits.push(milliseconds)
          return Promise.resolve()
        },
      }),
    )
  return { server, device, waits, run }
}

test('asks as often as the server says, slower when it is told to, and outlives a failure that passes', async () => {
  const { server, waits, run } = await scripted()
  server.on(
    '/token',
    inTurn(
      reply(400, { error: 'authorization_pending' }),
      reply(400, { error: 'slow_down' }),
      reply(503, {}),
      reply(200, { access_token: 'access', token_type: 'Bearer', expires_in: 60 }),
    ),
  )
  expect((await run()).accessToken.reveal()).toBe('access')
  expect(waits).toEqual([2000, 2000, 7000, 7000])
  const [asked] = server.requests.filter(({ path }) => path === '/device')
  expect(Object.fromEntries(asked?.form ?? [])).toEqual({
    client_id: 'c',
    scope: 'a',
    audience: 'x',
  })
  expect(server.requests.at(-1)?.form.get('device_code')).toBe('the-device-code')
})

test.each(['access_denied', 'expired_token', 'invalid_grant'])('ends at %s', async (error) => {
  const { server, waits, run } = await scripted()
  server.on('/token', reply(400, { error }))
  await expect(run()).rejects.toThrow(error)
  expect(waits).toHaveLength(1)
})

test.each([
  [{ device_authorization_endpoint: undefined }, {}, /no device_authorization_endpoint/],
  [{ token_endpoint: 'https://as.example/token' }, {}, /another token endpoint/],
  [{}, { verification_uri: 'javascript:alert(1)' }, /without a code that can be used/],
  [{}, { user_code: '\u001B[2J' }, /without a code that can be used/],
])('refuses a server that says %o %o', async (metadata, answer, problem) => {
  const { server, device, run } = await scripted(metadata)
  server.on('/device', reply(200, { ...device, ...answer }))
  await expect(run()).rejects.toThrow(problem)
  expect(server.count('/token')).toBe(0)
})
