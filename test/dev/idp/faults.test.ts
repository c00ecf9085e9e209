// Faults of the development authorization server on request: each happens once, and only who owns the folder has them.
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { decodeJwt } from 'jose'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { Secret } from '../../../src/core/secret.ts'
import { provokeFault, type FaultRequest } from '../../../src/dev/idp/run-fault.ts'
import {
  accessTokenOf,
  startAuthorizationServer,
  temporaryHome,
  testClient,
  verifyToken,
  type TestAuthorizationServer,
} from '../../support/authorization-server.ts'
import { authorize, authorizeUrl, pkce, postJson, type Form } from '../../support/code-flow.ts'

const redirectUri = 'http://127.0.0.1:1/callback'
const app: Form = { client_id: 'app', client_secret: 's' }

let server: TestAuthorizationServer
beforeEach(async () => {
  server = await startAuthorizationServer({
    clients: [
      testClient,
      { clientId: 'app', clientSecret: new Secret('s'), redirectUris: [redirectUri] },
    ],
  })
  onTestFinished(() => server.close())
})

const provoke = (kind: FaultRequest['kind'], more: Partial<FaultRequest> = {}): Promise<string> =>
  provokeFault(server.home, { kind, path: '/token', seconds: 1, ...more })

async function signIn(): Promise<Record<string, unknown>> {
  const { verifier, challenge } = pkce()
  const more = { resource: 'https://mcp.example/mcp' }
  const url = authorizeUrl(server.issuer, { clientId: 'app', redirectUri, challenge, more })
  const { body } = await postJson(server.tokenUrl, {
    ...app,
    grant_type: 'authorization_code',
    code: (await authorize(url)).searchParams.get('code') ?? '',
    redirect_uri: redirectUri,
    code_verifier: verifier,
  })
  return body
}

const renew = (token: unknown): ReturnType<typeof postJson> =>
  postJson(server.tokenUrl, {
    ...app,
    grant_type: 'refresh_token',
    refresh_token: String(token),
  })

it('expire: the next token has expired, though its answer does not say so', async () => {
  expect(await provoke('expire')).toBe(server.issuer)
  const answer = await server.requestToken({ audience: 'a' })
  expect(await answer.clone().json()).toMatchObject({ expires_in: 600 })
  const token = await accessTokenOf(answer)
  await expect(verifyToken(server, token)).rejects.toThrow(/exp/)
  expect(decodeJwt(token).exp).toBeLessThan(Date.now() / 1000 - 500)
  await verifyToken(server, await server.token('a'))
})

it('revoke: ends refresh tokens and what introspection knows, and nothing later', async () => {
  const before = await signIn()
  await provoke('revoke')
  expect((await renew(before['refresh_token'])).body).toMatchObject({ error: 'invalid_grant' })
  const introspect = async (token: unknown): Promise<unknown> =>
    (await postJson(`${server.issuer}/introspect`, { ...app, token: String(token) })).body
  expect(await introspect(before['access_token'])).toEqual({ active: false })
  const after = await signIn()
  expect(await introspect(after['access_token'])).toMatchObject({ active: true })
  expect((await renew(after['refresh_token'])).status).toBe(200)
})

it('slow: the next answer at the path is late, and another path is not', async () => {
  await provoke('slow')
  await fetch(server.jwksUrl)
  const begin = performance.now()
  expect((await server.requestToken({ audience: 'a' })).status).toBe(200)
  expect(performance.now() - begin).toBeGreaterThan(900)
  const next = performance.now()
  await server.requestToken({ audience: 'a' })
  expect(performance.now() - next).toBeLessThan(900)
})

it('slow: does not hold up the end of the server', async () => {
  await provoke('slow', { seconds: 3600 })
  const answered = server.requestToken({ audience: 'a' }).then(
    () => true,
    () => false,
  )
  await fetch(server.jwksUrl)
  await server.close()
  expect(await answered).toBe(false)
  server = await startAuthorizationServer()
})

it('down: the next request at the path has no answer', async () => {
  await provoke('down', { path: '/jwks' })
  expect((await server.requestToken({ audience: 'a' })).status).toBe(200)
  await expect(fetch(server.jwksUrl)).rejects.toThrow(/./)
  expect((await fetch(server.jwksUrl)).status).toBe(200)
})

it('rotate: new keys sign, and the earlier ones are gone', async () => {
  const before = await server.token('a')
  await provoke('rotate')
  await expect(verifyToken(server, before)).rejects.toThrow(/no applicable key/i)
  await verifyToken(server, await server.token('a'))
})

it('several happen one after the other, each once', async () => {
  await provoke('down')
  await provoke('down')
  await provoke('expire')
  for (const _ of [1, 2]) await expect(server.requestToken({ audience: 'a' })).rejects.toThrow(/./)
  const now = Date.now() / 1000
  expect(decodeJwt(await server.token('a')).exp).toBeLessThan(now)
  expect(decodeJwt(await server.token('a')).exp).toBeGreaterThan(now)
})

it('lie in a private file, and end with the server that they are for', async () => {
  await provoke('down')
  const file = path.join(server.home, 'dev-idp', 'faults.json')
  expect((await stat(file)).mode & 0o777).toBe(process.platform === 'win32' ? 0o666 : 0o600)
  const next = await startAuthorizationServer({ home: server.home })
  expect((await next.requestToken({ audience: 'a' })).status).toBe(200)
  await next.close()
})

it('are refused where no server runs, or nothing is served', async () => {
  await expect(provoke('down', { path: '/nothing' })).rejects.toMatchObject({ code: 'USAGE' })
  const fault = { kind: 'down', path: '/token', seconds: 1 } as const
  await expect(provokeFault(await temporaryHome(), fault)).rejects.toMatchObject({ code: 'USAGE' })
  await server.close()
  const { home } = server
  await expect(provokeFault(home, fault)).rejects.toMatchObject({ code: 'USAGE' })
  server = await startAuthorizationServer()
})
