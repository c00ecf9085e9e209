// The token endpoint of the development authorization server: who gets what, and who gets nothing.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Secret } from '../../../src/core/secret.ts'
import {
  accessTokenOf,
  basicAuthorization,
  postForm,
  startAuthorizationServer,
  testClient,
  verifyToken,
} from '../../support/authorization-server.ts'
import type { TestAuthorizationServer } from '../../support/authorization-server.ts'
import { createFakeClock } from '../../support/fake-clock.ts'

describe('tokens', () => {
  const clock = createFakeClock()
  let server: TestAuthorizationServer

  beforeEach(async () => {
    server = await startAuthorizationServer({
      clock,
      clients: [
        testClient,
        {
          clientId: 'narrow',
          clientSecret: new Secret('n'),
          scopes: ['mcp:read'],
          audience: 'of-the-client',
        },
      ],
    })
  })
  afterEach(() => server.close())

  it('verify against the published keys, with the claims of RFC 9068', async () => {
    const answer = await server.requestToken({
      audience: 'mcp-server',
      scope: 'mcp:read mcp:write',
    })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('cache-control')).toContain('no-store')
    const body: unknown = await answer.clone().json()
    expect(body).toMatchObject({
      token_type: 'Bearer',
      expires_in: 600,
      scope: 'mcp:read mcp:write',
    })
    const { payload, protectedHeader } = await verifyToken(
      server,
      await accessTokenOf(answer),
      clock,
    )
    expect(protectedHeader).toMatchObject({ typ: 'at+jwt', alg: 'RS256' })
    const now = Math.floor(clock.now() / 1000)
    expect(payload).toMatchObject({
      iss: server.issuer,
      sub: testClient.clientId,
      client_id: testClient.clientId,
      aud: 'mcp-server',
      scope: 'mcp:read mcp:write',
      iat: now,
      exp: now + 600,
    })
  })

  it('are issued to a client that authenticates in the form', async () => {
    const answer = await postForm(server, {
      client_id: testClient.clientId,
      client_secret: testClient.clientSecret.reveal(),
      audience: 'mcp-server',
    })
    expect(answer.status).toBe(200)
  })

  it('are refused to a wrong secret', async () => {
    const answer = await fetch(server.tokenUrl, {
      method: 'POST',
      headers: { authorization: basicAuthorization('wrong') },
      body: new URLSearchParams({ grant_type: 'client_credentials', audience: 'mcp-server' }),
    })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toMatch(/^Basic /)
    expect(await answer.json()).toMatchObject({ error: 'invalid_client' })
  })

  it('are refused to an unknown client', async () => {
    const answer = await postForm(server, { client_id: 'nobody', client_secret: 'x' })
    expect(answer.status).toBe(401)
    expect(await answer.json()).toMatchObject({ error: 'invalid_client' })
  })

  it('carry the resource of RFC 8707, letter by letter', async () => {
    const resource = 'https://mcp.example.com/a%20b/?x=1'
    const token = await accessTokenOf(await server.requestToken({ resource, audience: 'other' }))
    expect((await verifyToken(server, token, clock)).payload.aud).toBe(resource)
  })

  it.each(['mcp-server', 'a b', 'urn:mcpauth:audience:x', 'ä/%41#?'])(
    'carry the audience %s as asked',
    async (audience) => {
      expect((await verifyToken(server, await server.token(audience), clock)).payload.aud).toBe(
        audience,
      )
    },
  )

  it('fall back to the audience of the client', async () => {
    const answer = await postForm(server, { client_id: 'narrow', client_secret: 'n' })
    const { payload } = await verifyToken(server, await accessTokenOf(answer), clock)
    expect(payload.aud).toBe('of-the-client')
  })

  it.each([
    [{}, 'invalid_target'],
    [{ resource: 'mcp-server' }, 'invalid_target'],
    [{ resource: 'https://a.example/#part' }, 'invalid_target'],
    [{ audience: 'a', grant_type: 'password' }, 'unsupported_grant_type'],
    [{ audience: 'a', grant_type: 'authorization_code', code: 'x' }, 'invalid_request'],
    [{ audience: 'a', scope: 'quo"te' }, 'invalid_scope'],
  ])('are refused to %j with %s', async (form, error) => {
    const answer = await server.requestToken(form)
    expect(answer.status).toBe(400)
    expect(answer.headers.get('content-type')).toContain('application/json')
    expect(await answer.json()).toMatchObject({ error })
  })

  it('are refused to a request with two audiences', async () => {
    const body = new URLSearchParams({ grant_type: 'client_credentials', audience: 'a' })
    body.append('audience', 'b')
    const answer = await fetch(server.tokenUrl, {
      method: 'POST',
      headers: { authorization: basicAuthorization() },
      body,
    })
    expect(await answer.json()).toMatchObject({ error: 'invalid_target' })
  })

  it('hold a client with a scope list to its list', async () => {
    const form = { client_id: 'narrow', client_secret: 'n' }
    const allowed = await postForm(server, { ...form, scope: 'mcp:read' })
    expect(await allowed.json()).toMatchObject({ scope: 'mcp:read' })
    const denied = await postForm(server, { ...form, scope: 'mcp:read mcp:write' })
    expect(denied.status).toBe(400)
    expect(await denied.json()).toMatchObject({ error: 'invalid_scope' })
  })

  it('are JSON errors also for a browser', async () => {
    const answer = await fetch(server.tokenUrl, {
      method: 'POST',
      headers: { authorization: basicAuthorization(), accept: 'text/html' },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    })
    expect(answer.headers.get('content-type')).toContain('application/json')
  })
})

describe('options', () => {
  it('set lifetime, algorithm and audience of tokens', async () => {
    const server = await startAuthorizationServer({
      accessTokenLifetime: 7,
      algorithm: 'ES256',
      defaultAudience: 'of-the-server',
    })
    const answer = await server.requestToken()
    expect(await answer.clone().json()).toMatchObject({ expires_in: 7 })
    const { payload, protectedHeader } = await verifyToken(server, await accessTokenOf(answer))
    expect(protectedHeader.alg).toBe('ES256')
    expect(payload.aud).toBe('of-the-server')
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(7)
    await server.close()
  })

  it('name a port that is taken', async () => {
    const first = await startAuthorizationServer()
    const port = Number(new URL(first.url).port)
    await expect(startAuthorizationServer({ port })).rejects.toMatchObject({ code: 'PORT_IN_USE' })
    await first.close()
  })
})
