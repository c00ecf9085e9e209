// Clients that register themselves at the development authorization server, the MCP SDK's own among them.
import { auth, extractWWWAuthenticateParams } from '@modelcontextprotocol/sdk/client/auth.js'
import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js'
import type {
  OAuthClientInformationMixed,
  OAuthClientMetadata,
  OAuthTokens,
} from '@modelcontextprotocol/sdk/shared/auth.js'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { silentLogger } from '../../../src/core/logger.ts'
import {
  basicAuthorization,
  startAuthorizationServer,
  verifyToken,
  type TestAuthorizationServer,
} from '../../support/authorization-server.ts'
import { protectedApp } from '../../data-plane/protected-app.ts'
import { freePort } from '../../support/protected-server.ts'
import { authorize, authorizeUrl, pkce, postJson } from '../../support/code-flow.ts'

const page = 'http://localhost:6274'
const redirectUri = 'http://localhost:6274/oauth/callback'
const info = vi.fn<typeof silentLogger.info>()

let server: TestAuthorizationServer
beforeEach(async () => {
  server = await startAuthorizationServer({ logger: { ...silentLogger, info } })
  onTestFinished(() => server.close())
})

async function register(
  metadata: object,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await fetch(`${server.issuer}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(metadata),
  })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

/** A client without set-up, as an MCP host has it: everything is remembered, the browser follows the redirect at once. */
class StockClient implements OAuthClientProvider {
  readonly redirectUrl = redirectUri
  readonly clientMetadata: OAuthClientMetadata = {
    client_name: 'Stock client',
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_post',
    scope: 'mcp:read',
  }
  information: OAuthClientInformationMixed | undefined
  saved: OAuthTokens | undefined
  code = ''
  #verifier = ''
  readonly clientInformation = (): OAuthClientInformationMixed | undefined => this.information
  readonly saveClientInformation = (information: OAuthClientInformationMixed): void => {
    this.information = information
  }
  readonly tokens = (): OAuthTokens | undefined => this.saved
  readonly saveTokens = (tokens: OAuthTokens): void => {
    this.saved = tokens
  }
  readonly saveCodeVerifier = (verifier: string): void => {
    this.#verifier = verifier
  }
  readonly codeVerifier = (): string => this.#verifier
  readonly redirectToAuthorization = async (url: URL): Promise<void> => {
    this.code = (await authorize(url)).searchParams.get('code') ?? ''
  }
}

it('the MCP SDK gets from the 401 of a protected server to an answer, and renews its token', async () => {
  const ingressPort = await freePort()
  const serverUrl = `http://127.0.0.1:${ingressPort}/mcp`
  const { upstream } = await protectedApp(
    { issuer: server.issuer, audience: serverUrl, scopes: 'mcp:read' },
    { ingressPort },
  )
  const call = async (token: string): Promise<Response> =>
    fetch(serverUrl, { method: 'POST', headers: { authorization: `Bearer ${token}` } })
  const refused = await fetch(serverUrl, { method: 'POST' })
  expect(refused.status).toBe(401)
  const challenge = extractWWWAuthenticateParams(refused)
  const client = new StockClient()
  const options = { serverUrl, ...challenge }
  expect(await auth(client, options)).toBe('REDIRECT')
  const { client_id: clientId } = client.information ?? {}
  expect(info).toHaveBeenCalledWith('client registered', { client: clientId })
  expect(await auth(client, { ...options, authorizationCode: client.code })).toBe('AUTHORIZED')
  const first = client.saved?.access_token ?? ''
  const { payload } = await verifyToken(server, first)
  expect(payload).toMatchObject({ aud: serverUrl, client_id: clientId, scope: 'mcp:read' })
  expect((await call(first)).status).toBe(200)
  expect(await auth(client, options)).toBe('AUTHORIZED')
  expect(client.saved?.access_token).not.toBe(first)
  expect((await call(client.saved?.access_token ?? '')).status).toBe(200)
  expect(upstream.seen).toHaveLength(2)
})

it.each(['oauth-authorization-server', 'openid-configuration'])(
  '%s names the endpoint',
  async (document) => {
    const answer = await fetch(`${server.issuer}/.well-known/${document}`)
    expect(await answer.json()).toMatchObject({
      registration_endpoint: `${server.issuer}/register`,
    })
  },
)

describe('a registration', () => {
  it('makes a public client, whatever was asked, without what would be fetched', async () => {
    const { status, body } = await register({
      redirect_uris: [redirectUri],
      application_type: 'web',
      scope: 'anything',
      software_id: 'stock',
      jwks_uri: 'https://elsewhere.example/jwks',
      sector_identifier_uri: 'https://elsewhere.example/sector',
    })
    expect(status, JSON.stringify(body)).toBe(201)
    expect(body).toMatchObject({
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: 'none',
      application_type: 'native',
      response_types: ['code'],
      software_id: 'stock',
    })
    const told = Object.keys(body)
    for (const member of ['client_secret', 'registration_access_token', 'scope', 'jwks_uri']) {
      expect(told).not.toContain(member)
    }
    expect(told).not.toContain('sector_identifier_uri')
  })

  it('keeps the addresses on this machine alone, and their ports are free', async () => {
    const { body } = await register({
      redirect_uris: [
        'http://127.0.0.1/',
        'https://editor.example/redirect',
        'com.example.app:/callback',
      ],
    })
    expect(body['redirect_uris']).toEqual(['http://127.0.0.1/', 'com.example.app:/callback'])
    const url = (uri: string): URL =>
      authorizeUrl(server.issuer, {
        clientId: String(body['client_id']),
        redirectUri: uri,
        challenge: pkce().challenge,
        more: { resource: 'https://a.example' },
      })
    const redirected = await authorize(url('http://127.0.0.1:33418/'))
    expect(redirected.searchParams.get('code')).toBeTruthy()
    await expect(authorize(url('https://editor.example/redirect'))).rejects.toThrow(/400/)
  })

  it.each([
    ['an address elsewhere', { redirect_uris: ['https://a.example/cb'] }, 'invalid_redirect_uri'],
    ['plain http elsewhere', { redirect_uris: ['http://a.example/cb'] }, 'invalid_redirect_uri'],
    ['a script', { redirect_uris: ['javascript:alert(1)'] }, 'invalid_redirect_uri'],
    ['a fragment', { redirect_uris: ['http://127.0.0.1/#a'] }, 'invalid_redirect_uri'],
    ['no address', {}, 'invalid_redirect_uri'],
    ['one that is no list', { redirect_uris: redirectUri }, 'invalid_redirect_uri'],
    [
      'client credentials alone',
      { redirect_uris: [redirectUri], grant_types: ['client_credentials'] },
      'invalid_client_metadata',
    ],
    [
      'a number as software_id',
      { redirect_uris: [redirectUri], software_id: 1 },
      'invalid_client_metadata',
    ],
  ])('with %s is refused', async (_name, metadata, error) => {
    const { status, body } = await register(metadata)
    expect(body).toMatchObject({ error })
    expect(status).toBe(400)
  })

  it('gets no token without a person, and no code without PKCE', async () => {
    const { body } = await register({
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'client_credentials'],
    })
    const clientId = String(body['client_id'])
    const asked = await postJson(server.tokenUrl, {
      grant_type: 'client_credentials',
      client_id: clientId,
      audience: 'a',
    })
    expect(asked.body['error']).toMatch(/unauthorized_client|invalid_request/)
    const plain = authorizeUrl(server.issuer, {
      clientId,
      redirectUri,
      challenge: '',
      more: { resource: 'https://a.example', code_challenge_method: '' },
    })
    expect((await authorize(plain)).searchParams.get('error')).toBe('invalid_request')
  })

  it('lives through a rotation of the keys', async () => {
    const { body } = await register({ redirect_uris: [redirectUri] })
    await server.rotateKeys()
    const url = authorizeUrl(server.issuer, {
      clientId: String(body['client_id']),
      redirectUri,
      challenge: pkce().challenge,
      more: { resource: 'https://a.example' },
    })
    expect((await authorize(url)).searchParams.get('code')).toBeTruthy()
  })
})

describe('a page of this machine', () => {
  const headersOf = async (
    path: string,
    init: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> } = {},
  ): Promise<Headers> => {
    const headers = { origin: page, ...init.headers }
    return (await fetch(server.issuer + path, { ...init, headers })).headers
  }
  const allowed = 'access-control-allow-origin'

  it.each([
    ['/.well-known/oauth-authorization-server', 'GET'],
    ['/.well-known/openid-configuration', 'GET'],
    ['/register', 'POST'],
    ['/token', 'POST'],
  ])('may ask for %s', async (path, method) => {
    const headers = await headersOf(path, {
      method: 'OPTIONS',
      headers: { 'access-control-request-method': method },
    })
    expect(headers.get(allowed)).toBe(page)
    expect(headers.get('access-control-allow-headers')).toContain('mcp-protocol-version')
    expect((await headersOf(path, { method })).get(allowed)).toBe(page)
  })

  it('registers and gets a token, but not with the secret of another client', async () => {
    const answer = await fetch(`${server.issuer}/register`, {
      method: 'POST',
      headers: { origin: page, 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uris: [redirectUri] }),
    })
    expect(answer.headers.get(allowed)).toBe(page)
    const { client_id: clientId } = (await answer.json()) as { client_id: string }
    const { verifier, challenge } = pkce()
    const more = { resource: 'https://a.example' }
    const url = authorizeUrl(server.issuer, { clientId, redirectUri, challenge, more })
    const code = (await authorize(url)).searchParams.get('code') ?? ''
    const redeemed = await fetch(server.tokenUrl, {
      method: 'POST',
      headers: { origin: page },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: clientId,
        redirect_uri: redirectUri,
        code,
        code_verifier: verifier,
      }),
    })
    expect(redeemed.status, await redeemed.text()).toBe(200)
    expect(redeemed.headers.get(allowed)).toBe(page)
    const headers = await headersOf('/token', {
      method: 'POST',
      headers: { authorization: basicAuthorization() },
      body: new URLSearchParams({ grant_type: 'client_credentials', audience: 'a' }),
    })
    expect(headers.get(allowed)).toBeNull()
  })

  it.each([
    ['/userinfo', 'GET'],
    ['/jwks', 'GET'],
  ])('reads nothing at %s', async (path, method) => {
    const init = { method: 'OPTIONS', headers: { 'access-control-request-method': method } }
    expect((await headersOf(path, init)).get(allowed)).toBeNull()
    expect((await headersOf(path, { method })).get(allowed)).toBeNull()
  })

  it('of another machine registers nothing', async () => {
    for (const origin of ['https://evil.example', 'null']) {
      for (const method of ['OPTIONS', 'POST']) {
        const answer = await fetch(`${server.issuer}/register`, {
          method,
          headers: { origin, 'access-control-request-method': 'POST' },
        })
        expect(answer.status).toBe(403)
        expect(answer.headers.get(allowed)).toBeNull()
      }
    }
  })
})
