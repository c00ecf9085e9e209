// Users of a file at the development authorization server: who signs in, and what their tokens say.
import { decodeJwt } from 'jose'
import { expect, it, onTestFinished } from 'vitest'
import { Secret } from '../../../src/core/secret.ts'
import type { DevIdpOptions } from '../../../src/dev/idp/server.ts'
import {
  startAuthorizationServer,
  verifyToken,
  type TestAuthorizationServer,
} from '../../support/authorization-server.ts'
import { Browser } from '../../support/browser.ts'
import { authorize, authorizeUrl, pkce, postJson, type Form } from '../../support/code-flow.ts'

const redirectUri = 'http://127.0.0.1:1/callback'
const app: Form = { client_id: 'app', client_secret: 's' }
const users = [
  {
    sub: 'alice',
    claims: { name: 'Alice', email: 'alice@example.com', groups: ['staff'] },
    accessTokenClaims: { groups: ['admins'], tenant: 'acme' },
  },
  { sub: 'bob', claims: { name: 'Bob <b>' } },
] as const

async function start(options: Partial<DevIdpOptions> = {}): Promise<TestAuthorizationServer> {
  const client = { clientId: 'app', clientSecret: new Secret('s'), redirectUris: [redirectUri] }
  const server = await startAuthorizationServer({ clients: [client], users, ...options })
  onTestFinished(() => server.close())
  return server
}

async function signIn(
  server: TestAuthorizationServer,
  more: Form = {},
  codeOf = async (url: URL): Promise<URL> => authorize(url),
): Promise<Record<string, unknown>> {
  const { verifier, challenge } = pkce()
  const url = authorizeUrl(server.issuer, {
    clientId: 'app',
    redirectUri,
    challenge,
    more: { resource: 'https://mcp.example/mcp', scope: 'openid profile email mcp:read', ...more },
  })
  const { body } = await postJson(server.tokenUrl, {
    ...app,
    grant_type: 'authorization_code',
    code: (await codeOf(url)).searchParams.get('code') ?? '',
    redirect_uri: redirectUri,
    code_verifier: verifier,
  })
  return body
}

it('puts the claims of the first user into the ID token, and others into the access token', async () => {
  const server = await start()
  const body = await signIn(server)
  expect(decodeJwt(String(body['id_token']))).toMatchObject({
    sub: 'alice',
    name: 'Alice',
    email: 'alice@example.com',
    groups: ['staff'],
  })
  const { payload } = await verifyToken(server, String(body['access_token']))
  expect(payload).toMatchObject({ sub: 'alice', groups: ['admins'], tenant: 'acme' })
  expect(payload['name']).toBeUndefined()
})

it.each([
  ['bob', 'bob'],
  ['alice@example.com', 'alice'],
  ['nobody', 'alice'],
])('login_hint %s signs %s in', async (hint, sub) => {
  const body = await signIn(await start(), { login_hint: hint })
  const claims = decodeJwt(String(body['access_token']))
  expect(claims.sub).toBe(sub)
  expect(claims['tenant']).toBe(sub === 'alice' ? 'acme' : undefined)
})

it('lets a person choose on the page', async () => {
  const server = await start({ interactive: true })
  const body = await signIn(server, {}, async (url) => {
    const browser = new Browser()
    const { url: at, answer } = await browser.go(url)
    const page = (await answer?.text()) ?? ''
    expect(page).toMatch(/value="alice" checked[^]*Alice[^]*value="bob"/)
    expect(page).not.toContain('<b>')
    const form = new URLSearchParams({ user: 'bob', answer: 'allow' })
    return (await browser.go(at, { method: 'POST', body: form })).url
  })
  expect(decodeJwt(String(body['id_token'])).sub).toBe('bob')
})

it('keeps the claims through renewal and token exchange, and gives none to a client of itself', async () => {
  const server = await start()
  const first = await signIn(server)
  const renewed = await postJson(server.tokenUrl, {
    ...app,
    grant_type: 'refresh_token',
    refresh_token: String(first['refresh_token']),
  })
  const exchanged = await postJson(server.tokenUrl, {
    ...app,
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: String(first['access_token']),
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    audience: 'downstream',
  })
  for (const { body } of [renewed, exchanged]) {
    expect(decodeJwt(String(body['access_token']))).toMatchObject({ sub: 'alice', tenant: 'acme' })
  }
  const form = { ...app, grant_type: 'client_credentials', audience: 'a' }
  const { body } = await postJson(server.tokenUrl, form)
  expect(decodeJwt(String(body['access_token']))['tenant']).toBeUndefined()
})
