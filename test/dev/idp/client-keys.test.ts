// Clients of the development authorization server that prove a key: private_key_jwt, and tokens bound by DPoP.
import { calculateJwkThumbprint } from 'jose'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { silentLogger } from '../../../src/core/logger.ts'
import { Secret } from '../../../src/core/secret.ts'
import type { DevIdpOptions } from '../../../src/dev/idp/server.ts'
import {
  startAuthorizationServer,
  testClient,
  verifyToken,
  type TestAuthorizationServer,
} from '../../support/authorization-server.ts'
import { createClientKey, type ClientKey } from '../../support/client-key.ts'
import { authorize, authorizeUrl, pkce, postJson, type Form } from '../../support/code-flow.ts'

const redirectUri = 'http://127.0.0.1:1/callback'
const app: Form = { client_id: 'app', client_secret: 's' }
const credentials: Form = { grant_type: 'client_credentials', audience: 'mcp-server' }
const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

let key: ClientKey
beforeEach(async () => {
  key = await createClientKey()
})

async function start(options: Partial<DevIdpOptions> = {}): Promise<TestAuthorizationServer> {
  const server = await startAuthorizationServer({
    clients: [
      testClient,
      { clientId: 'keyed', jwks: { keys: [key.publicJwk] } },
      { clientId: 'app', clientSecret: new Secret('s'), redirectUris: [redirectUri] },
      { clientId: 'bound', clientSecret: new Secret('b'), dpopBound: true },
    ],
    ...options,
  })
  onTestFinished(() => server.close())
  return server
}

type Answer = Awaited<ReturnType<typeof postJson>>

describe('private_key_jwt', () => {
  const request = async (
    server: TestAuthorizationServer,
    assertion: string,
    form: Form = {},
  ): Promise<Answer> =>
    postJson(server.tokenUrl, {
      ...credentials,
      client_assertion_type: type,
      client_assertion: assertion,
      ...form,
    })

  it('authenticates by what the key has signed, for the issuer or the token endpoint', async () => {
    const server = await start()
    for (const audience of [server.issuer, server.tokenUrl]) {
      const { status, body } = await request(server, await key.assertion('keyed', audience))
      expect(status, JSON.stringify(body)).toBe(200)
      const { payload } = await verifyToken(server, String(body['access_token']))
      expect(payload).toMatchObject({ client_id: 'keyed', aud: 'mcp-server' })
    }
  })

  it.each([
    ['another audience', (k: ClientKey) => k.assertion('keyed', 'https://as.example')],
    ['another issuer', (k: ClientKey, url: string) => k.assertion('keyed', url, { iss: 'x' })],
    ['no end', (k: ClientKey, url: string) => k.assertion('keyed', url, { exp: undefined })],
    ['an end in the past', (k: ClientKey, url: string) => k.assertion('keyed', url, { exp: 1 })],
    ['no id', (k: ClientKey, url: string) => k.assertion('keyed', url, { jti: undefined })],
    [
      'another key',
      async (_: ClientKey, url: string) => (await createClientKey()).assertion('keyed', url),
    ],
    ['a client with a secret', (k: ClientKey, url: string) => k.assertion('app', url)],
  ])('refuses an assertion with %s', async (_name, make) => {
    const server = await start()
    const { status, body } = await request(server, await make(key, server.issuer))
    expect(body).toMatchObject({ error: 'invalid_client' })
    expect(status).toBe(401)
  })

  it('takes an assertion once, and says in the log what is wrong', async () => {
    const warn = vi.fn<typeof silentLogger.warn>()
    const server = await start({ logger: { ...silentLogger, warn } })
    const assertion = await key.assertion('keyed', server.issuer)
    expect((await request(server, assertion)).status).toBe(200)
    expect((await request(server, assertion)).body).toMatchObject({ error: 'invalid_client' })
    expect(warn.mock.lastCall?.[1]).toMatchObject({
      client: '"keyed"',
      reason: expect.stringMatching(/^no good client assertion: .*only be used once/) as string,
    })
  })

  it('lets the client speak for a user with an assertion of its own (RFC 7523 §2.1)', async () => {
    const server = await start()
    const grant = {
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      audience: 'mcp-server',
      scope: 'mcp:read',
    }
    const redeem = async (assertion: string): Promise<Answer> =>
      request(server, await key.assertion('keyed', server.issuer), { ...grant, assertion })
    const good = await redeem(await key.assertion('keyed', server.issuer, { sub: 'alice' }))
    expect(good.status, JSON.stringify(good.body)).toBe(200)
    const { payload } = await verifyToken(server, String(good.body['access_token']))
    expect(payload).toMatchObject({ sub: 'alice', client_id: 'keyed', scope: 'mcp:read' })
    const stranger = await createClientKey()
    for (const assertion of [
      await stranger.assertion('keyed', server.issuer, { sub: 'alice' }),
      await key.assertion('keyed', 'https://as.example', { sub: 'alice' }),
      await key.assertion('keyed', server.issuer, { sub: undefined }),
      await key.assertion('keyed', server.issuer, { exp: 1 }),
      await key.assertion('app', server.issuer, { sub: 'alice' }),
    ]) {
      expect((await redeem(assertion)).body).toMatchObject({ error: 'invalid_grant' })
    }
  })
})

describe('DPoP', () => {
  const post = async (
    url: string,
    form: Form,
    proof?: string,
  ): Promise<Answer & { nonce: string | null }> => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: proof === undefined ? {} : { dpop: proof },
      body: new URLSearchParams(form),
    })
    const body = (await answer.json()) as Record<string, unknown>
    return { status: answer.status, body, nonce: answer.headers.get('dpop-nonce') }
  }

  it('binds tokens of every grant to the key of the proof', async () => {
    const server = await start()
    const jkt = await calculateJwkThumbprint(key.publicJwk)
    const bound = async (form: Form): Promise<Record<string, unknown>> => {
      const { status, body } = await post(
        server.tokenUrl,
        { ...app, ...form },
        await key.proof(server.tokenUrl),
      )
      expect(status, JSON.stringify(body)).toBe(200)
      expect(body['token_type']).toBe('DPoP')
      const { payload } = await verifyToken(server, String(body['access_token']))
      expect(payload['cnf']).toEqual({ jkt })
      return body
    }
    const { access_token: first } = await bound(credentials)
    const { verifier, challenge } = pkce()
    const more = { audience: 'mcp-server', scope: 'mcp:read' }
    const url = authorizeUrl(server.issuer, { clientId: 'app', redirectUri, challenge, more })
    const code = (await authorize(url)).searchParams.get('code') ?? ''
    await bound({
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    })
    await bound({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: String(first),
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      audience: 'downstream',
    })
    const told = await postJson(`${server.issuer}/introspect`, { ...app, token: String(first) })
    expect(told.body).toMatchObject({ active: true, token_type: 'DPoP', cnf: { jkt } })
  })

  it.each([
    ['of another method', { htm: 'GET' }],
    ['of another URL', { htu: 'https://as.example/token' }],
    ['of another time', { iat: 1 }],
    ['without id', { jti: undefined }],
  ])('refuses a proof %s', async (_name, claims) => {
    const server = await start()
    const proof = await key.proof(server.tokenUrl, claims)
    const { status, body } = await post(server.tokenUrl, { ...app, ...credentials }, proof)
    expect(status).toBe(400)
    expect(body['error']).toMatch(/^(?:invalid_dpop_proof|use_dpop_nonce)$/)
  })

  it('takes a proof once, in its own grants too', async () => {
    const server = await start()
    const token = await server.token('a')
    const exchange = {
      ...app,
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      audience: 'b',
    }
    for (const form of [{ ...app, ...credentials }, exchange]) {
      const proof = await key.proof(server.tokenUrl)
      expect((await post(server.tokenUrl, form, proof)).status).toBe(200)
      expect((await post(server.tokenUrl, form, proof)).body).toMatchObject({
        error: 'invalid_grant',
      })
    }
  })

  it('is a must for a client that says so', async () => {
    const server = await start()
    const form = { client_id: 'bound', client_secret: 'b', ...credentials }
    expect((await post(server.tokenUrl, form)).body).toMatchObject({ error: 'invalid_grant' })
    const proof = await key.proof(server.tokenUrl)
    expect((await post(server.tokenUrl, form, proof)).body).toMatchObject({ token_type: 'DPoP' })
  })

  it('asks for a nonce where it is started so, which outlives a rotation of the keys', async () => {
    const server = await start({ dpopNonce: true })
    const form = { ...app, ...credentials }
    const asked = await post(server.tokenUrl, form, await key.proof(server.tokenUrl))
    expect(asked).toMatchObject({ status: 400, body: { error: 'use_dpop_nonce' } })
    expect(asked.nonce).toBeTruthy()
    const wrong = await key.proof(server.tokenUrl, { nonce: 'wrong' })
    expect((await post(server.tokenUrl, form, wrong)).body).toMatchObject({
      error: 'use_dpop_nonce',
    })
    await server.rotateKeys()
    const proof = await key.proof(server.tokenUrl, { nonce: asked.nonce })
    expect((await post(server.tokenUrl, form, proof)).body).toMatchObject({ token_type: 'DPoP' })
  })

  it('is there for a page of this machine, nonce and all', async () => {
    const server = await start()
    const origin = 'http://localhost:3000'
    const preflight = await fetch(server.tokenUrl, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    })
    expect(preflight.headers.get('access-control-allow-headers')).toContain('dpop')
    const answer = await fetch(server.tokenUrl, { method: 'POST', headers: { origin } })
    expect(answer.headers.get('access-control-expose-headers')).toBe('DPoP-Nonce')
  })
})
