// The device authorization grant of the development authorization server: a device polls, a person confirms on a page.
import { decodeJwt } from 'jose'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { deviceGrant } from '../../../src/dev/idp/device.ts'
import type { DevIdpOptions } from '../../../src/dev/idp/server.ts'
import { Browser } from '../../support/browser.ts'
import {
  startAuthorizationServer,
  testClient,
  verifyToken,
  type TestAuthorizationServer,
} from '../../support/authorization-server.ts'
import { postJson, type Form } from '../../support/code-flow.ts'

type Answer = Awaited<ReturnType<typeof postJson>>

const client: Form = {
  client_id: testClient.clientId,
  client_secret: testClient.clientSecret.reveal(),
}
const wanted: Form = { resource: 'https://mcp.example/mcp', scope: 'mcp:read' }

async function start(options: Partial<DevIdpOptions> = {}): Promise<TestAuthorizationServer> {
  const server = await startAuthorizationServer(options)
  onTestFinished(() => server.close())
  return server
}

const ask = (server: TestAuthorizationServer, form: Form = { ...client, ...wanted }) =>
  postJson(`${server.issuer}/device_authorization`, form)

const poll = (
  server: TestAuthorizationServer,
  code: unknown,
  who: Form = client,
): Promise<Answer> =>
  postJson(server.tokenUrl, { ...who, grant_type: deviceGrant, device_code: String(code) })

const hidden = (page: string, name: string): string =>
  new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1] ?? ''

/** The page after the code was typed in, and how to answer it. */
async function enter(server: TestAuthorizationServer, userCode: unknown) {
  const browser = new Browser()
  const url = new URL(`${server.issuer}/device`)
  const first = await browser.go(url)
  const xsrf = hidden((await first.answer?.text()) ?? '', 'xsrf')
  const post = async (form: Form) =>
    browser.go(url, { method: 'POST', body: new URLSearchParams({ xsrf, ...form }) })
  const { answer } = await post({ user_code: String(userCode) })
  return {
    browser,
    page: (await answer?.text()) ?? '',
    headers: answer?.headers,
    confirm: (more: Form = {}) => post({ user_code: String(userCode), confirm: 'yes', ...more }),
  }
}

describe('a device', () => {
  let server: TestAuthorizationServer
  beforeEach(async () => {
    server = await start()
  })

  it('waits, and has a token once a person confirmed its code', async () => {
    const { status, body } = await ask(server)
    expect(status, JSON.stringify(body)).toBe(200)
    expect(body).toMatchObject({ verification_uri: `${server.issuer}/device`, expires_in: 600 })
    expect((await poll(server, body['device_code'])).body).toMatchObject({
      error: 'authorization_pending',
    })
    const { page, headers, confirm } = await enter(server, body['user_code'])
    expect(page).toContain(String(body['user_code']))
    expect(page).toContain(testClient.clientId)
    expect(headers?.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(await (await confirm()).answer?.text()).toContain('Connected')
    const redeemed = await poll(server, body['device_code'])
    expect(redeemed.status, JSON.stringify(redeemed.body)).toBe(200)
    const { payload } = await verifyToken(server, String(redeemed.body['access_token']))
    expect(payload).toMatchObject({
      sub: 'dev-user',
      aud: 'https://mcp.example/mcp',
      scope: 'mcp:read',
      client_id: testClient.clientId,
    })
    const renewed = await postJson(server.tokenUrl, {
      ...client,
      grant_type: 'refresh_token',
      refresh_token: String(redeemed.body['refresh_token']),
    })
    expect(renewed.status, JSON.stringify(renewed.body)).toBe(200)
    expect((await poll(server, body['device_code'])).body).toMatchObject({ error: 'invalid_grant' })
  })

  it('a plain audience is fine, and what the user code looks like matters little', async () => {
    const { body } = await ask(server, { ...client, audience: 'mcp-server' })
    const typed = String(body['user_code']).toLowerCase().replace('-', ' ')
    await (await enter(server, typed)).confirm()
    const redeemed = await poll(server, body['device_code'])
    expect(decodeJwt(String(redeemed.body['access_token'])).aud).toBe('mcp-server')
  })

  it('is told of a no', async () => {
    const { body } = await ask(server)
    const { confirm } = await enter(server, body['user_code'])
    expect(await (await confirm({ abort: 'yes' })).answer?.text()).toContain('denied')
    expect((await poll(server, body['device_code'])).body).toMatchObject({ error: 'access_denied' })
  })

  it('registers itself without any address', async () => {
    const answer = await fetch(`${server.issuer}/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ grant_types: [deviceGrant], response_types: [] }),
    })
    const { client_id: clientId } = (await answer.json()) as Record<string, string>
    const who = { client_id: clientId ?? '' }
    const { body } = await ask(server, { ...who, ...wanted })
    await (await enter(server, body['user_code'])).confirm()
    expect((await poll(server, body['device_code'], who)).status).toBe(200)
  })

  it('of nobody, or for nobody, gets no code', async () => {
    expect((await ask(server, { ...client, client_secret: 'w', ...wanted })).body).toMatchObject({
      error: 'invalid_client',
    })
    expect((await ask(server, { ...client, scope: 'mcp:read' })).body).toMatchObject({
      error: 'invalid_target',
    })
  })
})

describe('the page', () => {
  it('knows no other codes', async () => {
    const server = await start()
    const { page } = await enter(server, '<b>AAAA-BBBB')
    expect(page).toContain('There is no such code.')
    expect(page).not.toContain('<b>AAAA')
  })

  it('takes no answer that was not given on it', async () => {
    const server = await start()
    const { body } = await ask(server)
    const { confirm } = await enter(server, body['user_code'])
    expect((await confirm({ xsrf: 'guessed' })).answer?.status).toBe(400)
    const stranger = await fetch(`${server.issuer}/device`, {
      method: 'POST',
      body: new URLSearchParams({ user_code: String(body['user_code']), confirm: 'yes' }),
    })
    expect(stranger.status).toBe(400)
    expect((await poll(server, body['device_code'])).body).toMatchObject({
      error: 'authorization_pending',
    })
  })

  it('asks who signs in with --interactive', async () => {
    const server = await start({ interactive: true })
    const { body } = await ask(server)
    const { browser, confirm } = await enter(server, body['user_code'])
    const asked = await confirm()
    expect(await asked.answer?.text()).toContain('this device')
    const form = new URLSearchParams({ user: 'dev-user', answer: 'allow' })
    const done = await browser.go(asked.url, { method: 'POST', body: form })
    expect(await done.answer?.text()).toContain('Connected')
    expect((await poll(server, body['device_code'])).status).toBe(200)
  })
})
