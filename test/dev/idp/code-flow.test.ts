// The authorization code flow of the development authorization server: without a page and with one, refresh, resources.
import { decodeJwt } from 'jose'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'

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
const client = {
  clientId: 'app',
  clientSecret: new Secret('s'),
  redirectUris: [redirectUri, 'https://app.example/callback', 'com.example.app:/callback'],
}
const secret: Form = { client_id: 'app', client_secret: 's' }

async function start(options: Partial<DevIdpOptions> = {}): Promise<TestAuthorizationServer> {
  const server = await startAuthorizationServer({ clients: [client], ...options })
  onTestFinished(() => server.close())
  return server
}

interface Redeemed {
  readonly status: number
  readonly body: Record<string, unknown>
}

async function signIn(
  server: TestAuthorizationServer,
  more: Form = { resource: 'https://mcp.example/mcp', scope: 'mcp:read' },
  uri = redirectUri,
): Promise<Redeemed & { readonly redirected: URL }> {
  const { verifier, challenge } = pkce()
  const url = authorizeUrl(server.issuer, { clientId: 'app', redirectUri: uri, challenge, more })
  const redirected = await authorize(url)
  const redeemed = await postJson(server.tokenUrl, {
    ...secret,
    grant_type: 'authorization_code',
    code: redirected.searchParams.get('code') ?? '',
    redirect_uri: uri,
    code_verifier: verifier,
  })
  return { ...redeemed, redirected }
}

const refresh = (
  server: TestAuthorizationServer,
  token: unknown,
  more: Form = {},
): Promise<Redeemed> =>
  postJson(server.tokenUrl, {
    ...secret,
    grant_type: 'refresh_token',
    refresh_token: String(token),
    ...more,
  })

describe('without a page', () => {
  let server: TestAuthorizationServer
  beforeEach(async () => {
    server = await start()
  })

  it('a code comes at once, with state and iss, and is worth a token for the resource', async () => {
    const { status, body, redirected } = await signIn(server)
    expect(redirected.href).toMatch(/^http:\/\/127\.0\.0\.1:1\/callback\?/)
    expect(redirected.searchParams.get('state')).toBe('the-state')
    expect(redirected.searchParams.get('iss'), 'RFC 9207').toBe(server.issuer)
    expect(status, JSON.stringify(body)).toBe(200)
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 600, scope: 'mcp:read' })
    const { payload } = await verifyToken(server, String(body['access_token']))
    expect(payload).toMatchObject({
      sub: 'dev-user',
      client_id: 'app',
      aud: 'https://mcp.example/mcp',
      scope: 'mcp:read',
    })
  })

  it.each([
    ['a port of its own', { resource: 'https://a.example' }, 'http://127.0.0.1:5555/callback'],
    ['a scheme of its own', { resource: 'https://a.example' }, 'com.example.app:/callback'],
    ['no scope', { resource: 'https://a.example', scope: '' }, redirectUri],
    ['a plain audience', { audience: 'mcp-server' }, redirectUri],
    ['prompts', { resource: 'https://a.example', prompt: 'login consent' }, redirectUri],
    ['prompt none', { resource: 'https://a.example', prompt: 'none' }, redirectUri],
  ])('%s is fine', async (_name, more: Form, uri) => {
    const { status, body } = await signIn(server, more, uri)
    expect(status, JSON.stringify(body)).toBe(200)
    expect(decodeJwt(String(body['access_token'])).aud).toBe(more['resource'] ?? more['audience'])
  })

  it('an ID token tells about the user, and userinfo does', async () => {
    const { body } = await signIn(server, { scope: 'openid profile email', nonce: 'n' })
    const idToken = decodeJwt(String(body['id_token']))
    expect(idToken).toMatchObject({ sub: 'dev-user', aud: 'app', nonce: 'n', name: 'Dev User' })
    const answer = await fetch(`${server.issuer}/userinfo`, {
      headers: { authorization: `Bearer ${String(body['access_token'])}` },
    })
    expect(await answer.json()).toMatchObject({ sub: 'dev-user', email: 'dev-user@example.com' })
  })

  it.each([
    ['a resource that is no URI', { resource: 'mcp-server' }, 'invalid_target'],
    ['nobody it is for', { scope: 'mcp:read' }, 'invalid_target'],
    [
      'plain PKCE',
      { resource: 'https://a.example', code_challenge_method: 'plain' },
      'invalid_request',
    ],
    [
      'no PKCE',
      { resource: 'https://a.example', code_challenge: '', code_challenge_method: '' },
      'invalid_request',
    ],
    [
      'a token at once',
      { resource: 'https://a.example', response_type: 'token' },
      'unsupported_response_type',
    ],
  ])('%s is refused', async (_name, more: Form, error) => {
    const { challenge } = pkce()
    const url = authorizeUrl(server.issuer, { clientId: 'app', redirectUri, challenge, more })
    const redirected = await authorize(url)
    const told =
      redirected.searchParams.get('error') ??
      new URLSearchParams(redirected.hash.slice(1)).get('error')
    expect(told).toBe(error)
  })

  it('a redirect to elsewhere than registered gets no redirect', async () => {
    const { challenge } = pkce()
    const more = { resource: 'https://a.example' }
    for (const uri of ['http://127.0.0.1:1/other', 'https://evil.example/callback']) {
      const url = authorizeUrl(server.issuer, {
        clientId: 'app',
        redirectUri: uri,
        challenge,
        more,
      })
      await expect(authorize(url)).rejects.toThrow(/400 .*redirect_uri/)
    }
  })

  it('a code is good once, for its verifier alone', async () => {
    const { verifier, challenge } = pkce()
    const more = { resource: 'https://a.example' }
    const url = authorizeUrl(server.issuer, { clientId: 'app', redirectUri, challenge, more })
    const redeem = async (codeVerifier: string, code: string): Promise<Redeemed> =>
      postJson(server.tokenUrl, {
        ...secret,
        grant_type: 'authorization_code',
        redirect_uri: redirectUri,
        code,
        code_verifier: codeVerifier,
      })
    const first = (await authorize(url)).searchParams.get('code') ?? ''
    expect((await redeem(pkce().verifier, first)).body).toMatchObject({ error: 'invalid_grant' })
    const second = (await authorize(url)).searchParams.get('code') ?? ''
    expect((await redeem(verifier, second)).status).toBe(200)
    expect((await redeem(verifier, second)).body).toMatchObject({ error: 'invalid_grant' })
  })
})

describe('a refresh token', () => {
  it('is good once; its second use ends the family', async () => {
    const server = await start()
    const first = (await signIn(server)).body['refresh_token']
    const second = await refresh(server, first)
    expect(second.status, JSON.stringify(second.body)).toBe(200)
    expect(second.body['refresh_token']).not.toBe(first)
    expect(decodeJwt(String(second.body['access_token']))).toMatchObject({
      aud: 'https://mcp.example/mcp',
      scope: 'mcp:read',
    })
    expect((await refresh(server, first)).body).toMatchObject({ error: 'invalid_grant' })
    const third = await refresh(server, second.body['refresh_token'])
    expect(third.body).toMatchObject({ error: 'invalid_grant' })
  })

  it('gives no more scopes and no other resource than were granted', async () => {
    const server = await start()
    const granted = (await signIn(server)).body['refresh_token']
    const more = await refresh(server, granted, { scope: 'mcp:read mcp:write' })
    expect(more.body).toMatchObject({ error: 'invalid_scope' })
    const elsewhere = await refresh(server, granted, { resource: 'https://other.example' })
    expect(elsewhere.body).toMatchObject({ error: 'invalid_target' })
  })

  it('lives through a rotation of the keys, and so do codes', async () => {
    const server = await start()
    const { verifier, challenge } = pkce()
    const more = { resource: 'https://a.example' }
    const url = authorizeUrl(server.issuer, { clientId: 'app', redirectUri, challenge, more })
    const code = (await authorize(url)).searchParams.get('code') ?? ''
    await server.rotateKeys()
    const redeemed = await postJson(server.tokenUrl, {
      ...secret,
      grant_type: 'authorization_code',
      redirect_uri: redirectUri,
      code,
      code_verifier: verifier,
    })
    expect(redeemed.status, JSON.stringify(redeemed.body)).toBe(200)
    await server.rotateKeys()
    expect((await refresh(server, redeemed.body['refresh_token'])).status).toBe(200)
  })
})

describe('with a page', () => {
  async function open(
    server: TestAuthorizationServer,
    uri = redirectUri,
  ): Promise<{ browser: Browser; page: string; url: URL }> {
    const { challenge } = pkce()
    const more = { resource: 'https://mcp.example/mcp', scope: 'mcp:read' }
    const browser = new Browser()
    const first = authorizeUrl(server.issuer, {
      clientId: 'app',
      redirectUri: uri,
      challenge,
      more,
    })
    const { url, answer } = await browser.go(first)
    return { browser, url, page: (await answer?.text()) ?? '' }
  }

  const answerWith = (form: Form): RequestInit => ({
    method: 'POST',
    body: new URLSearchParams(form),
  })

  it('says who asks for what, and a yes gives a code', async () => {
    const server = await start({ interactive: true })
    const { browser, page, url } = await open(server)
    for (const text of ['app', 'http://127.0.0.1:1', 'mcp:read', 'https://mcp.example/mcp']) {
      expect(page).toContain(text)
    }
    const done = await browser.go(url, answerWith({ user: 'dev-user', answer: 'allow' }))
    expect(done.url.searchParams.get('code')).toBeTruthy()
  })

  it('a no, and a user that does not exist, give access_denied', async () => {
    const server = await start({ interactive: true })
    for (const form of [
      { user: 'dev-user', answer: 'deny' },
      { user: 'root', answer: 'allow' },
    ]) {
      const { browser, url } = await open(server)
      const done = await browser.go(url, answerWith(form))
      expect(done.url.searchParams.get('error')).toBe('access_denied')
    }
  })

  it('a code that would leave this machine is never given without one', async () => {
    const server = await start()
    const { page } = await open(server, 'https://app.example/callback')
    expect(page).toContain('https://app.example')
  })

  it('somebody else cannot answer it', async () => {
    const server = await start({ interactive: true })
    const { url } = await open(server)
    const { answer } = await new Browser().go(
      url,
      answerWith({ user: 'dev-user', answer: 'allow' }),
    )
    expect(answer?.status).toBe(400)
    expect(answer?.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  })
})
