// Token exchange and the JWT bearer grant of the development authorization server, up to ID-JAG, over real HTTP.
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'
import { Secret } from '../../../src/core/secret.ts'
import { mintToken } from '../../../src/dev/idp/mint.ts'
import {
  startAuthorizationServer,
  testClient,
  verifyToken,
  type TestAuthorizationServer,
} from '../../support/authorization-server.ts'
import { authorize, authorizeUrl, pkce, postJson, type Form } from '../../support/code-flow.ts'

const redirectUri = 'http://127.0.0.1:1/callback'
const resource = 'https://mcp.example/mcp'
const narrow: Form = { client_id: 'narrow', client_secret: 'n' }
const app: Form = { client_id: 'app', client_secret: 's' }
const type = (name: string): string => `urn:ietf:params:oauth:token-type:${name}`
const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange'
const bearerGrant = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

let server: TestAuthorizationServer
beforeEach(async () => {
  server = await startAuthorizationServer({
    clients: [
      testClient,
      { clientId: 'app', clientSecret: new Secret('s'), redirectUris: [redirectUri] },
      { clientId: 'narrow', clientSecret: new Secret('n'), scopes: ['mcp:read'] },
    ],
  })
  onTestFinished(() => server.close())
})

type Answer = Awaited<ReturnType<typeof postJson>>

const exchange = (form: Form, who: Form = app): Promise<Answer> =>
  postJson(server.tokenUrl, {
    ...who,
    grant_type: exchangeGrant,
    subject_token_type: type('access_token'),
    ...form,
  })
const redeem = (assertion: unknown, more: Form = {}, who: Form = app): Promise<Answer> =>
  postJson(server.tokenUrl, {
    ...who,
    grant_type: bearerGrant,
    assertion: String(assertion),
    ...more,
  })
const mint = (more: Partial<Parameters<typeof mintToken>[0]> = {}): Promise<string> =>
  mintToken({
    home: server.home,
    issuer: server.issuer,
    audience: 'mcp-server',
    subject: 'alice',
    scope: 'mcp:read mcp:write',
    expiresInSeconds: 60,
    clientId: 'front',
    clock: systemClock,
    ...more,
  })

/** The ID token of a user who signed in at `app`. */
async function idToken(): Promise<string> {
  const { verifier, challenge } = pkce()
  const more = { scope: 'openid email', resource }
  const url = authorizeUrl(server.issuer, { clientId: 'app', redirectUri, challenge, more })
  const { body } = await postJson(server.tokenUrl, {
    ...app,
    grant_type: 'authorization_code',
    code: (await authorize(url)).searchParams.get('code') ?? '',
    redirect_uri: redirectUri,
    code_verifier: verifier,
  })
  return String(body['id_token'])
}

describe('token exchange', () => {
  it('gives a token of the same subject for another audience', async () => {
    const { status, body } = await exchange({
      subject_token: await mint(),
      audience: 'downstream',
      scope: 'orders:read',
    })
    expect(status, JSON.stringify(body)).toBe(200)
    expect(body).toMatchObject({
      issued_token_type: type('access_token'),
      token_type: 'Bearer',
      expires_in: 600,
      scope: 'orders:read',
    })
    const { payload } = await verifyToken(server, String(body['access_token']))
    expect(payload).toMatchObject({
      sub: 'alice',
      aud: 'downstream',
      client_id: 'app',
      scope: 'orders:read',
    })
    expect(payload['act']).toBeUndefined()
  })

  it('takes over the scopes where none is named, and the resource letter by letter', async () => {
    const { body } = await exchange({ subject_token: await mint(), resource })
    const { payload } = await verifyToken(server, String(body['access_token']))
    expect(payload).toMatchObject({ aud: resource, scope: 'mcp:read mcp:write' })
  })

  it('names who acts, the latest outside, and its token is good for the next exchange', async () => {
    const actor = { actor_token: await mint({ subject: 'agent' }) }
    const actorType = { actor_token_type: type('access_token') }
    const first = await exchange({
      subject_token: await mint(),
      audience: 'a',
      ...actor,
      ...actorType,
    })
    const second = await exchange({
      subject_token: String(first.body['access_token']),
      audience: 'b',
      actor_token: await mint({ subject: 'tool' }),
      ...actorType,
    })
    const { payload } = await verifyToken(server, String(second.body['access_token']))
    expect(payload).toMatchObject({ sub: 'alice', act: { sub: 'tool', act: { sub: 'agent' } } })
  })

  it('lets act whom the subject named alone', async () => {
    const subject = await mint({ claims: { may_act: { sub: 'agent' } } })
    const acting = async (sub: string): Promise<Answer> =>
      exchange({
        subject_token: subject,
        audience: 'a',
        actor_token: await mint({ subject: sub }),
        actor_token_type: type('access_token'),
      })
    expect((await acting('agent')).status).toBe(200)
    expect((await acting('mallory')).body).toMatchObject({ error: 'invalid_request' })
    const nobody = await exchange({ subject_token: subject, audience: 'a' })
    expect(nobody.body).toMatchObject({ error: 'invalid_request' })
  })

  it.each([
    ['an expired token', () => mint({ expiresInSeconds: -1 })],
    ['a token of another issuer', () => mint({ issuer: 'https://as.example' })],
    ['a forged token', async () => `${(await mint()).slice(0, -8)}AAAAAAAA`],
    ['an ID token as access token', () => idToken()],
    ['nonsense', async () => 'nonsense'],
  ])('refuses %s', async (_name, subject) => {
    const { status, body } = await exchange({ subject_token: await subject(), audience: 'a' })
    expect(body).toMatchObject({ error: 'invalid_request' })
    expect(status).toBe(400)
  })

  it('refuses a token that was revoked', async () => {
    const subject = await mint({ clientId: 'app' })
    await postJson(`${server.issuer}/revoke`, { ...app, token: subject })
    const { body } = await exchange({ subject_token: subject, audience: 'a' })
    expect(body).toMatchObject({ error: 'invalid_request' })
  })

  it.each([
    [{ audience: '' }, 'invalid_target'],
    [{ resource: 'https://a.example/#part' }, 'invalid_target'],
    [{ subject_token_type: type('saml2') }, 'invalid_request'],
    [{ subject_token_type: '' }, 'invalid_request'],
    [{ requested_token_type: type('refresh_token') }, 'invalid_request'],
    [{ actor_token_type: type('access_token') }, 'invalid_request'],
    [{ subject_token: '' }, 'invalid_request'],
  ])('refuses %j with %s', async (form, error) => {
    const { status, body } = await exchange({
      subject_token: await mint(),
      audience: 'a',
      ...form,
    })
    expect(body).toMatchObject({ error })
    expect(status).toBe(400)
  })

  it('holds a client to its scopes, and is not for strangers', async () => {
    const form = { subject_token: await mint(), audience: 'a' }
    expect((await exchange({ ...form, scope: 'mcp:read' }, narrow)).status).toBe(200)
    expect((await exchange({ ...form, scope: 'mcp:write' }, narrow)).body).toMatchObject({
      error: 'invalid_scope',
    })
    expect((await exchange(form, { ...app, client_secret: 'w' })).status).toBe(401)
    const registered = await fetch(`${server.issuer}/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uris: [redirectUri] }),
    })
    const { client_id: clientId = '' } = (await registered.json()) as Record<string, string>
    const { body } = await exchange(form, { client_id: clientId })
    expect(body['access_token']).toBeUndefined()
    expect(body).toMatchObject({ error: 'invalid_request' })
  })
})

describe('an ID-JAG', () => {
  const jagFor = async (more: Form = {}, who: Form = app): Promise<Answer> =>
    exchange(
      {
        subject_token: await idToken(),
        subject_token_type: type('id_token'),
        requested_token_type: type('id-jag'),
        audience: server.issuer,
        resource,
        scope: 'mcp:read mcp:write',
        ...more,
      },
      who,
    )
  const jag = async (more: Form = {}): Promise<string> =>
    String((await jagFor(more)).body['access_token'])

  it('comes of the ID token of the client, with all that the other server needs', async () => {
    const { status, body } = await jagFor({ audience: 'https://as.example' })
    expect(status, JSON.stringify(body)).toBe(200)
    expect(body).toMatchObject({
      issued_token_type: type('id-jag'),
      token_type: 'N_A',
      expires_in: 300,
    })
    const assertion = String(body['access_token'])
    expect(decodeProtectedHeader(assertion)).toMatchObject({ typ: 'oauth-id-jag+jwt' })
    const claims = decodeJwt(assertion)
    expect(claims).toMatchObject({
      iss: server.issuer,
      sub: 'dev-user',
      aud: 'https://as.example',
      resource,
      client_id: 'app',
      scope: 'mcp:read mcp:write',
    })
    expect(claims.jti).toBeTruthy()
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(300)
  })

  it('is redeemed for a token of its resource, more than once', async () => {
    const assertion = await jag()
    for (const [more, scope] of [
      [{}, 'mcp:read mcp:write'],
      [{ scope: 'mcp:read', resource }, 'mcp:read'],
    ] as const) {
      const { status, body } = await redeem(assertion, more)
      expect(status, JSON.stringify(body)).toBe(200)
      expect(body['refresh_token']).toBeUndefined()
      const { payload } = await verifyToken(server, String(body['access_token']))
      expect(payload).toMatchObject({ sub: 'dev-user', aud: resource, client_id: 'app', scope })
    }
  })

  it.each([
    ['of another client', async () => redeem(await jag(), {}, narrow), 'invalid_grant'],
    [
      'for another server',
      async () => redeem(await jag({ audience: 'https://as.example' })),
      'invalid_grant',
    ],
    ['that is an access token', async () => redeem(await mint()), 'invalid_grant'],
    ['that is an ID token', async () => redeem(await idToken()), 'invalid_grant'],
    ['that is nonsense', async () => redeem('nonsense'), 'invalid_grant'],
    [
      'for another resource',
      async () => redeem(await jag(), { resource: 'https://b.example' }),
      'invalid_target',
    ],
    ['for more scopes', async () => redeem(await jag(), { scope: 'admin' }), 'invalid_scope'],
  ])('%s is not redeemed', async (_name, send, error) => {
    const { status, body } = await send()
    expect(body).toMatchObject({ error })
    expect(status).toBe(400)
  })

  it.each([
    ['the ID token of another client', {}, narrow, 'invalid_request'],
    ['no resource', { resource: '' }, app, 'invalid_request'],
    ['no audience', { audience: '' }, app, 'invalid_request'],
    ['plain http elsewhere', { resource: 'http://mcp.example' }, app, 'invalid_target'],
    ['an access token', { subject_token_type: type('access_token') }, app, 'invalid_request'],
  ])('is not issued for %s', async (_name, more, who, error) => {
    expect((await jagFor(more, who)).body).toMatchObject({ error })
  })

  it('opens no server as it is, and is no subject of another exchange', async () => {
    const assertion = await jag()
    await expect(verifyToken(server, assertion)).rejects.toThrow(/typ/)
    const { body } = await exchange({
      subject_token: assertion,
      subject_token_type: type('jwt'),
      audience: 'a',
    })
    expect(body).toMatchObject({ error: 'invalid_request' })
  })
})
