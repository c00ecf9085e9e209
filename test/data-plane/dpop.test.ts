// Tokens that are bound to a key at the front of a protected app, over real sockets.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider'
import { describe, expect, it, onTestFinished } from 'vitest'

import { dpopClient } from '../oauth/dpop-fixture.ts'
import { snapshotOf } from '../support/sidecar.ts'
import { app as appOf, sidecarOf } from './call-fixture.ts'
import { handlerSpec, protectedApp, send, type ProtectedApp } from './protected-app.ts'

async function world(metadata: Record<string, string> = { dpop: 'allowed' }) {
  const [app, client] = [await protectedApp(metadata), await dpopClient()]
  const url = `${app.url}/mcp`
  const token = app.token({ cnf: { jkt: client.jkt } })
  const prove = (claims: object = {}) => client.prove({ url, token }, claims)
  const present = async (proof: string, scheme = 'DPoP', text = token) =>
    app.send('POST', '/mcp', [`Authorization: ${scheme} ${text}`, `DPoP: ${proof}`])
  return { app, client, url, token, prove, present }
}

const reasons = ({ test }: ProtectedApp) => test.log.map(({ reason }) => reason)

describe('a bound token', () => {
  it('gets through with a proof, and again only with another one', async () => {
    const { app, prove, present } = await world()
    const proof = await prove()
    expect((await present(proof)).status).toBe(200)
    const again = await present(proof)
    expect(again.status).toBe(401)
    expect(again.header('www-authenticate')).toMatch(
      /^Bearer realm="mcpauth", resource_metadata="[^"]+", DPoP error="invalid_dpop_proof", error_description="[^"]+", algs="RS256 [^"]+"$/,
    )
    expect((await present(await prove(), 'dpop')).status).toBe(200)
    expect(app.upstream.seen).toHaveLength(2)
    expect(reasons(app)).toEqual([undefined, 'DPOP_PROOF_INVALID: replayed', undefined])
  })

  it.for(['off', 'allowed', 'required'])(
    'is no bearer token, known or not, with dpop %s',
    async (dpop) => {
      const { app, token, prove, present } = await world({ dpop })
      const asBearer = async () =>
        (await app.send('POST', '/mcp', [`Authorization: Bearer ${token}`])).status
      expect(await asBearer()).toBe(401)
      expect((await present(await prove())).status).toBe(dpop === 'off' ? 401 : 200)
      expect(await asBearer()).toBe(401)
      expect((await present(await prove(), 'Bearer')).status).toBe(401)
      expect(app.upstream.seen).toHaveLength(dpop === 'off' ? 0 : 1)
    },
  )

  it.for([
    { 'x5t#S256': 'x' },
    { jkt: 'x', 'x5t#S256': 'x' },
    { jkt: 7 },
    { jkt: 'short' },
    {},
    null,
  ])('of another binding, %j, is refused', async (cnf) => {
    const { app, client, url } = await world()
    const token = app.token({ cnf })
    const proof = await client.prove({ url, token })
    for (const scheme of ['DPoP', 'Bearer']) {
      const headers = [`Authorization: ${scheme} ${token}`, `DPoP: ${proof}`]
      expect((await app.send('POST', '/mcp', headers)).status).toBe(401)
    }
    expect(app.upstream.seen).toEqual([])
  })

  it('is worth nothing to a thief', async () => {
    const { app, token, url, present, prove } = await world()
    const thief = await dpopClient()
    expect((await present(await thief.prove({ url, token }))).status).toBe(401)
    const overheard = await prove()
    const elsewhere = ['/other', '/mcp/', '/mcp%2f'].map((path) =>
      app.send('POST', path, [`Authorization: DPoP ${token}`, `DPoP: ${overheard}`]),
    )
    for (const { status } of await Promise.all(elsewhere)) expect([400, 401]).toContain(status)
    const get = [`Authorization: DPoP ${token}`, `DPoP: ${overheard}`]
    expect((await app.send('GET', '/mcp', get)).status).toBe(401)
    expect((await app.send('POST', '/mcp', [...get, `DPoP: ${await prove()}`])).status).toBe(401)
    expect((await app.send('POST', '/mcp', [`Authorization: DPoP ${token}`])).status).toBe(401)
    const named = [...get, `Connection: dpop`]
    expect((await app.send('POST', '/mcp', named)).status).toBe(401)
    expect(app.upstream.seen).toEqual([])
  })
})

describe('a token that is not bound', () => {
  it('is taken as a bearer token where both are allowed, and not with a proof', async () => {
    const { app, client, url } = await world()
    const token = app.token()
    const proof = await client.prove({ url, token })
    const plain = await app.send('POST', '/mcp', [`Authorization: Bearer ${token}`])
    expect(plain.status).toBe(200)
    const asBound = [`Authorization: DPoP ${token}`, `DPoP: ${proof}`]
    expect((await app.send('POST', '/mcp', asBound)).status).toBe(401)
  })

  it('is refused where binding is required', async () => {
    const { app } = await world({ dpop: 'required' })
    const answer = await app.send('POST', '/mcp', [`Authorization: Bearer ${app.token()}`])
    expect(answer.status).toBe(401)
    expect(answer.header('www-authenticate')).toContain(', DPoP algs="')
    expect(reasons(app)).toEqual(['TOKEN_INVALID: not bound to a key'])
    const metadata = await app.send('GET', '/.well-known/oauth-protected-resource')
    expect(JSON.parse(metadata.body)).toMatchObject({
      dpop_bound_access_tokens_required: true,
      dpop_signing_alg_values_supported: expect.arrayContaining(['ES256']) as string[],
    })
  })
})

it('nonces are handed out, wanted, and renewed', async () => {
  const { app, token, prove, present } = await world({ dpop: 'required', dpopNonce: 'true' })
  const first = await present(await prove())
  expect(first.status).toBe(401)
  expect(first.header('www-authenticate')).toContain('DPoP error="use_dpop_nonce"')
  const nonce = first.header('dpop-nonce')
  expect((await present(await prove({ nonce: 'made-up' }))).status).toBe(401)
  const good = await present(await prove({ nonce }))
  expect(good.status).toBe(200)
  expect(good.header('dpop-nonce')).toBe(nonce)
  expect((await app.send('POST', '/mcp')).header('dpop-nonce')).toBe(nonce)
  expect(JSON.stringify(app.test.log)).not.toContain(token)
})

it('the URL of a proof is the one that the caller knows', async () => {
  const client = await dpopClient()
  const status = async (app: ProtectedApp, url: string, how: Parameters<typeof send>) => {
    const token = app.token({ cnf: { jkt: client.jkt } })
    const proof = await client.prove({ url, token })
    const [port, method, path, headers = []] = how
    const credentials = [`Authorization: DPoP ${token}`, `DPoP: ${proof}`]
    return (await send(port, method, path, [...headers, ...credentials])).status
  }
  const metadata = { dpop: 'required' }
  const local = await protectedApp(metadata)
  const { port } = local
  const localhost = `http://localhost:${port}/mcp`
  expect(await status(local, localhost, [port, 'POST', '/mcp', [`Host: localhost:${port}`]])).toBe(
    200,
  )
  expect(await status(local, localhost, [port, 'POST', '/mcp?x=1'])).toBe(401)
  const forged = ['Host: 127.0.0.1:1', 'X-Forwarded-Host: evil.test']
  expect(await status(local, 'http://evil.test/mcp', [port, 'POST', '/mcp', forged])).toBe(401)
  const known = await protectedApp(metadata, { publicUrl: 'https://mcp.test/base' })
  const published = 'https://mcp.test/base/mcp'
  expect(await status(known, published, [known.port, 'POST', '/mcp?x=1'])).toBe(200)
  expect(await status(known, `${known.url}/mcp`, [known.port, 'POST', '/mcp'])).toBe(401)
  const peers = [{ appId: 'mcp-server', socketPath: local.socketPath }]
  const caller = await sidecarOf(snapshotOf({ appId: 'client', peers }))
  const invoke = '/v1.0/invoke/mcp-server/method/mcp'
  expect(await status(local, `${caller.url}${invoke}`, [caller.port, 'POST', invoke])).toBe(200)
  expect(await status(local, `${local.url}/mcp`, [caller.port, 'POST', invoke])).toBe(401)
  const byHeader = ['dapr-app-id: mcp-server']
  expect(await status(local, `${caller.url}/mcp`, [caller.port, 'POST', '/mcp', byHeader])).toBe(
    401,
  )
})

it('a proof is not good once more after a reload', async () => {
  const { app, client, url } = await world()
  const token = app.token({ sub: 'x', cnf: { jkt: client.jkt } })
  const proof = await client.prove({ url, token })
  const present = async () =>
    app.send('POST', '/mcp', [`Authorization: DPoP ${token}`, `DPoP: ${proof}`])
  expect((await present()).status).toBe(200)
  const settings = { issuer: app.issuer, audience: 'mcp-server', dpop: 'allowed' }
  const changed = { ...handlerSpec({ ...settings, requiredClaims: 'sub' }), digest: 'd2' }
  await app.test.sidecar.reload(
    snapshotOf({ appId: 'mcp-server', app: appOf(app.upstream.url), appHttpPipeline: [changed] }),
  )
  expect((await present()).status).toBe(401)
  expect(reasons(app).at(-1)).toBe('DPOP_PROOF_INVALID: replayed')
})

it('a token that a real issuer has bound gets through', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'app',
        client_secret: 'app-secret',
        grant_types: ['client_credentials'],
        response_types: [],
        redirect_uris: [],
        dpop_bound_access_tokens: true,
      },
    ],
    responseTypes: [],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      dPoP: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_ctx: unknown, audience: string) => {
          return { scope: '', audience, accessTokenFormat: 'jwt' }
        },
      },
    },
  })
  const serve = provider.callback()
  server.on('request', (request, response) => void serve(request, response))
  const client = await dpopClient()
  const answer = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from('app:app-secret').toString('base64')}`,
      dpop: await client.prove({ url: `${issuer}/token`, token: '' }, { ath: undefined }),
    },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource: 'https://mcp.test' }),
  })
  const issued = (await answer.json()) as { access_token: string; token_type: string }
  expect(issued.token_type).toBe('DPoP')
  const app = await protectedApp({
    issuer,
    audience: 'https://mcp.test',
    requireTyp: 'at+jwt',
    dpop: 'required',
  })
  const proof = await client.prove({ url: `${app.url}/mcp`, token: issued.access_token })
  const headers = [`Authorization: DPoP ${issued.access_token}`, `DPoP: ${proof}`]
  expect((await app.send('POST', '/mcp', headers)).status).toBe(200)
})
