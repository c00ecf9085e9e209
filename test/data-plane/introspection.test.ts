// Tokens that are no JWT at the front of a protected app: from a real authorization server that issues them, and from none.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider'
import { expect, it, onTestFinished } from 'vitest'

import { Secret } from '../../src/core/secret.ts'
import { reply } from '../support/scripted-authorization-server.ts'
import { protectedApp } from './protected-app.ts'

const introspectionClientSecret = new Secret('rs-secret')

/** oidc-provider with opaque access tokens; gives one for `resource`. */
async function opaqueIssuer() {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const client = (id: string) => ({
    client_id: id,
    client_secret: `${id}-secret`,
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
  })
  const provider = new Provider(issuer, {
    clients: [client('app'), client('rs')],
    responseTypes: [],
    scopes: ['mcp:read'],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_ctx: unknown, audience: string) => {
          return { scope: 'mcp:read', audience, accessTokenFormat: 'opaque' }
        },
      },
    },
  })
  const serve = provider.callback()
  server.on('request', (request, response) => void serve(request, response))
  const post = (path: string, form: Record<string, string>) =>
    fetch(`${issuer}${path}`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from('app:app-secret').toString('base64')}` },
      body: new URLSearchParams(form),
    })
  return {
    issuer,
    token: async (resource: string): Promise<string> => {
      const form = { grant_type: 'client_credentials', scope: 'mcp:read', resource }
      const body = (await (await post('/token', form)).json()) as { access_token: string }
      return body.access_token
    },
    revoke: (token: string) => post('/token/revocation', { token }),
  }
}

it('lets in what a real issuer calls active, until it is revoked', async () => {
  const { issuer, token, revoke } = await opaqueIssuer()
  const app = await protectedApp({
    issuer,
    audience: 'https://mcp.test/mcp',
    requiredScopes: 'mcp:read',
    claimHeaders: 'X-Client=client_id',
    introspectionURL: `${issuer}/token/introspection`,
    introspectionClientID: 'rs',
    introspectionClientSecret,
    introspectionCache: '0',
  })
  const status = async (text: string) =>
    (await app.send('POST', '/mcp', [`Authorization: Bearer ${text}`])).status
  const good = await token('https://mcp.test/mcp')
  expect(await status(good)).toBe(200)
  expect(app.upstream.seen[0]?.headers['x-client']).toBe('app')
  expect(await status(await token('https://other.test/mcp'))).toBe(401)
  expect(await status('made-up')).toBe(401)
  await revoke(good)
  expect(await status(good)).toBe(401)
  expect(app.upstream.seen).toHaveLength(1)
})

it('answers 503 while nobody can be asked, and JWTs as ever', async () => {
  const app = await protectedApp()
  app.server.on('/introspect', reply(500, {}))
  const guarded = await protectedApp({
    introspectionURL: `${app.server.origin}/introspect`,
    introspectionClientID: 'rs',
    introspectionClientSecret,
  })
  const present = (text: string) => guarded.send('POST', '/mcp', [`Authorization: Bearer ${text}`])
  for (const canary of ['canary-token', 'canary.token.three']) {
    const answer = await present(canary)
    expect(answer.status).toBe(503)
    expect(Number(answer.header('retry-after'))).toBeGreaterThanOrEqual(1)
    expect(answer.header('www-authenticate')).toBeUndefined()
    expect(JSON.parse(answer.body)).toMatchObject({ errorCode: 'INTROSPECTION_UNAVAILABLE' })
    expect(answer.raw + JSON.stringify(guarded.test.log)).not.toMatch(/canary|rs-secret/)
  }
  expect((await present(guarded.token())).status).toBe(200)
  expect((await present(guarded.token({ aud: 'other' }))).status).toBe(401)
  expect(guarded.upstream.seen).toHaveLength(1)
  expect(app.server.count('/introspect')).toBe(1)
})

it('refuses them without an endpoint to ask', async () => {
  const app = await protectedApp()
  expect((await app.send('POST', '/mcp', ['Authorization: Bearer opaque'])).status).toBe(401)
})
