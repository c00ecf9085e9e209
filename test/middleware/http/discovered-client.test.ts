// Tokens of a Component that names no endpoint: found with the first token, renewed where they came from, bound to one server.
import { join } from 'node:path'
import { decodeJwt } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'
import { McpAuthError } from '../../../src/core/errors.ts'
import type { GrantStore } from '../../../src/core/grants.ts'
import { Secret } from '../../../src/core/secret.ts'
import { openControlPlane } from '../../../src/control-plane/control-plane.ts'
import { oauth2 } from '../../../src/middleware/http/oauth2.ts'
import { readUserLogin } from '../../../src/middleware/http/user-login.ts'
import type { Metadata } from '../../../src/middleware/middleware.ts'
import { startAuthorizationServer, testClient } from '../../support/authorization-server.ts'
import { startProtectedResource } from '../../support/protected-resource.ts'
import {
  reply,
  startScriptedAuthorizationServer,
} from '../../support/scripted-authorization-server.ts'
import { temporaryFolder } from '../../support/temp-home.ts'
import { createContext, createExchange } from '../exchange-fixture.ts'

const { clientId: clientID, clientSecret } = testClient

function openStore(): GrantStore {
  const home = join(temporaryFolder(), 'home')
  const plane = openControlPlane({ home, clock: systemClock, env: {} })
  onTestFinished(() => plane.close())
  return plane.grants.store('default')
}

// The clock is its own, as in a process of its own: handlers of one clock share their tokens.
function provision(metadata: Metadata, grants = openStore(), clock = { ...systemClock }) {
  const handler = oauth2.provision(metadata, { ...createContext(), clock, grants })
  onTestFinished(() => handler.close?.())
  const authorization = async () => {
    const exchange = createExchange()
    const refusal = await handler.onRequest?.(exchange)
    return refusal?.body ?? exchange.headers.values('authorization')[0] ?? ''
  }
  return { handler, authorization }
}

async function idp() {
  const server = await startAuthorizationServer()
  onTestFinished(() => server.close())
  return server
}

test('client credentials find the token endpoint by the resource, or by the issuer', async () => {
  const server = await idp()
  const resource = await startProtectedResource(server.issuer)
  const byResource = provision({ resource: resource.url, clientID, clientSecret })
  expect(byResource.handler.summary).toContain(`found by ${resource.url}`)
  const token = (await byResource.authorization()).replace('Bearer ', '')
  expect(decodeJwt(token)).toMatchObject({ aud: resource.url, iss: server.issuer })

  const byIssuer = provision({ issuer: server.issuer, audience: 'api', clientID, clientSecret })
  const other = (await byIssuer.authorization()).replace('Bearer ', '')
  expect(decodeJwt(other)).toMatchObject({ aud: 'api' })
})

test('a secret goes to no other server than the first one that the resource named', async () => {
  const server = await idp()
  const resource = await startProtectedResource(server.issuer)
  const store = openStore()
  const metadata = { resource: resource.url, clientID, clientSecret }
  expect(await provision(metadata, store).authorization()).toContain('Bearer ')
  const evil = await startScriptedAuthorizationServer()
  onTestFinished(() => evil[Symbol.asyncDispose]())
  evil.on(
    '/.well-known/oauth-authorization-server',
    reply(200, { issuer: evil.origin, token_endpoint: `${evil.origin}/token` }),
  )
  resource.names(evil.origin)
  // Another process of the same project.
  const refused = await provision(metadata, store).authorization()
  expect(refused).toContain('TOKEN_ENDPOINT_REFUSED')
  expect(refused).toContain('another authorization server')
  expect(evil.count('/token')).toBe(0)
})

test('a store that fails for a moment costs that attempt, and no more', async () => {
  const server = await idp()
  const resource = await startProtectedResource(server.issuer)
  const store = openStore()
  let isBusy = true
  const bind: typeof store.clients.bind = (...client) => {
    if (isBusy) throw new McpAuthError('STORE_BUSY', 'The store is busy.')
    return store.clients.bind(...client)
  }
  const metadata = { resource: resource.url, clientID, clientSecret }
  const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + (isBusy ? 0 : 60_000) }
  const grants = { ...store, clients: { ...store.clients, bind } }
  const { authorization } = provision(metadata, grants, clock)
  expect(await authorization()).toContain('STORE_BUSY')
  isBusy = false
  expect(await authorization()).toContain('Bearer ')
})

test('a secret without its client is refused: it would go to the server of another one', () => {
  const metadata = { grantType: 'authorization_code', resource: 'https://a.example/mcp' }
  expect(() => readUserLogin({ ...metadata, clientSecret }, createContext())).toThrow(
    'is of no client',
  )
})

test('a resource without metadata, or that is not there, is said to be the reason', async () => {
  const server = await startScriptedAuthorizationServer()
  onTestFinished(() => server[Symbol.asyncDispose]())
  server.on('/.well-known/oauth-protected-resource/mcp', reply(200, { resource: 'https://x' }))
  const { authorization } = provision({ resource: `${server.origin}/mcp`, clientID, clientSecret })
  expect(await authorization()).toContain('the metadata of the resource are about another resource')
})

test('the tokens of a login are renewed where they came from, as the client that was found', async () => {
  const server = await startScriptedAuthorizationServer()
  onTestFinished(() => server[Symbol.asyncDispose]())
  server.on('/token', reply(200, { access_token: 'second', token_type: 'Bearer', expires_in: 60 }))
  const store = openStore()
  const resource = `${server.origin}/mcp`
  const metadata = { grantType: 'authorization_code', resource }
  const key = readUserLogin(metadata, createContext())?.key
  if (key === undefined) throw new Error('no login')
  const tokens = {
    accessToken: new Secret('first'),
    refreshToken: new Secret('refresh'),
    lifetimeMs: 60_000,
    expiresAt: systemClock.now(),
    tokenUrl: `${server.origin}/token`,
  }
  const needed = provision(metadata, store)
  store.save(key, tokens, 'of a login that did not look for its server')
  expect(await needed.authorization()).toContain('LOGIN_REQUIRED')
  expect(server.requests).toHaveLength(0)

  const found = {
    issuer: server.origin,
    clientId: 'made',
    clientSecret: new Secret('s3cret'),
    authStyle: 2 as const,
    resource: server.origin,
  }
  store.save(key, { ...tokens, found }, 'component')
  expect(await provision(metadata, store).authorization()).toBe('Bearer second')
  const [request] = server.requests
  expect(Object.fromEntries(request?.form ?? [])).toEqual({
    grant_type: 'refresh_token',
    refresh_token: 'refresh',
    resource: server.origin,
  })
  expect(request?.headers.authorization).toBe(
    `Basic ${Buffer.from('made:s3cret').toString('base64')}`,
  )
  expect(store.read(key)?.tokens?.found).toEqual(found)
})

test.each([
  [{ resource: 'urn:api', clientID, clientSecret }, /its resource is not/],
  [{ issuer: 'http://as.example', clientID, clientSecret }, /its issuer uses plain http/],
  [{ resource: 'https://mcp.example', clientID: 'c' }, /its clientSecret is missing/],
  [{ clientID, clientSecret }, /its tokenURL is missing/],
  [
    {
      grantType: 'authorization_code',
      resource: 'https://mcp.example',
      clientMetadataURL: 'https://app.example',
    },
    /its clientMetadataURL is not/,
  ],
])('refuses %o', (metadata: Metadata, problem) => {
  expect(() => provision(metadata)).toThrow(problem)
})
