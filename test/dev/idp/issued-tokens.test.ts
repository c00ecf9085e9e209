// Introspection and revocation at the development authorization server: JWT access tokens, opaque ones, refresh tokens.
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'
import { Secret } from '../../../src/core/secret.ts'
import { mintToken } from '../../../src/dev/idp/mint.ts'
import {
  startAuthorizationServer,
  testClient,
  type TestAuthorizationServer,
} from '../../support/authorization-server.ts'
import { authorize, authorizeUrl, pkce, postJson, type Form } from '../../support/code-flow.ts'

type Answer = Awaited<ReturnType<typeof postJson>>

const redirectUri = 'http://127.0.0.1:1/callback'
const api: Form = {
  client_id: testClient.clientId,
  client_secret: testClient.clientSecret.reveal(),
}
const app: Form = { client_id: 'app', client_secret: 's' }

let server: TestAuthorizationServer
beforeEach(async () => {
  const clients = [
    testClient,
    { clientId: 'app', clientSecret: new Secret('s'), redirectUris: [redirectUri] },
  ]
  server = await startAuthorizationServer({ clients })
  onTestFinished(() => server.close())
})

const introspect = async (token: unknown, who: Form = api): Promise<Answer> =>
  postJson(`${server.issuer}/introspect`, { ...who, token: String(token) })
const revoke = async (token: unknown, who: Form = app): Promise<Answer> =>
  postJson(`${server.issuer}/revoke`, { ...who, token: String(token) })

async function signIn(who: Form, more: Form): Promise<Record<string, unknown>> {
  const { verifier, challenge } = pkce()
  const clientId = who['client_id'] ?? ''
  const url = authorizeUrl(server.issuer, { clientId, redirectUri, challenge, more })
  const { body } = await postJson(server.tokenUrl, {
    ...who,
    grant_type: 'authorization_code',
    code: (await authorize(url)).searchParams.get('code') ?? '',
    redirect_uri: redirectUri,
    code_verifier: verifier,
  })
  return body
}

const forResource: Form = { resource: 'https://mcp.example/mcp', scope: 'mcp:read' }
const forUserinfo: Form = { scope: 'openid email' }

async function publicClient(): Promise<Form> {
  const answer = await fetch(`${server.issuer}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ redirect_uris: [redirectUri] }),
  })
  const { client_id: clientId } = (await answer.json()) as Record<string, string>
  return { client_id: clientId ?? '' }
}

describe('introspection', () => {
  it('tells of a JWT access token what is in it', async () => {
    const { access_token: token } = await signIn(app, forResource)
    const { status, body } = await introspect(token)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      active: true,
      iss: server.issuer,
      sub: 'dev-user',
      aud: 'https://mcp.example/mcp',
      scope: 'mcp:read',
      client_id: 'app',
      token_type: 'Bearer',
    })
  })

  it('tells of an opaque token and of a refresh token', async () => {
    const { access_token: opaque, refresh_token: refresh } = await signIn(app, forUserinfo)
    for (const token of [opaque, refresh]) {
      expect((await introspect(token)).body).toMatchObject({ active: true, client_id: 'app' })
    }
  })

  it('still knows tokens from before a rotation of the keys', async () => {
    const { access_token: token } = await signIn(app, forResource)
    await server.rotateKeys()
    expect((await introspect(token)).body).toMatchObject({ active: true })
  })

  it.each([
    ['nonsense', () => 'nonsense'],
    ['an ID token', async () => (await signIn(app, forUserinfo))['id_token']],
    ['an expired token', async () => mint({ expiresInSeconds: -1 })],
    ['a token of another issuer', async () => mint({ issuer: 'https://as.example' })],
    ['a forged token', async () => `${(await mint()).slice(0, -8)}AAAAAAAA`],
  ])('%s is not active', async (_name, make: () => unknown) => {
    expect(await introspect(await make())).toEqual({ status: 200, body: { active: false } })
  })

  it('answers nobody who does not authenticate', async () => {
    const token = await mint()
    for (const who of [{}, { ...api, client_secret: 'w' }, { client_id: 'nobody' }]) {
      const { status, body } = await introspect(token, who)
      expect(status).toBeGreaterThanOrEqual(400)
      expect(body['active']).toBeUndefined()
    }
  })

  it('tells a public client of its own tokens alone', async () => {
    const who = await publicClient()
    const mine = await signIn(who, forResource)
    for (const token of [mine['access_token'], mine['refresh_token']]) {
      expect((await introspect(token, who)).body).toMatchObject({ active: true })
    }
    const other = await signIn(app, forResource)
    for (const token of [other['access_token'], other['refresh_token']]) {
      expect((await introspect(token, who)).body).toEqual({ active: false })
    }
  })
})

describe('revocation', () => {
  it('of a JWT access token is seen by introspection, also after a rotation', async () => {
    const { access_token: token } = await signIn(app, forResource)
    expect(await revoke(token)).toEqual({ status: 200, body: {} })
    expect((await introspect(token)).body).toEqual({ active: false })
    await server.rotateKeys()
    expect((await introspect(token)).body).toEqual({ active: false })
    expect((await revoke(token)).status, 'RFC 7009 §2.2').toBe(200)
  })

  it('of a refresh token ends it', async () => {
    const { refresh_token: token } = await signIn(app, forResource)
    expect((await revoke(token)).status).toBe(200)
    const renewed = await postJson(server.tokenUrl, {
      ...app,
      grant_type: 'refresh_token',
      refresh_token: String(token),
    })
    expect(renewed.body).toMatchObject({ error: 'invalid_grant' })
  })

  it('of what is no token here is fine, and says nothing', async () => {
    for (const token of ['nonsense', await mint({ issuer: 'https://as.example' })]) {
      expect(await revoke(token)).toEqual({ status: 200, body: {} })
    }
  })

  it('is for the client that the token was issued to', async () => {
    const { access_token: jwt, refresh_token: refresh } = await signIn(app, forResource)
    const stranger = await publicClient()
    for (const token of [jwt, refresh]) {
      expect((await revoke(token, api)).body).toMatchObject({ error: 'invalid_request' })
      expect((await revoke(token, stranger)).status).toBe(200)
      expect((await revoke(token, { ...app, client_secret: 'w' })).status).toBe(401)
      expect((await introspect(token)).body).toMatchObject({ active: true })
    }
  })
})

async function mint(more: Partial<Parameters<typeof mintToken>[0]> = {}): Promise<string> {
  return mintToken({
    home: server.home,
    issuer: server.issuer,
    audience: 'a',
    expiresInSeconds: 60,
    clientId: 'app',
    clock: systemClock,
    ...more,
  })
}
