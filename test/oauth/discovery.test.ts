// Discovery of signing keys: both well-known documents, the exact issuer, and what a document must not do to us.
import { expect, onTestFinished, test } from 'vitest'
import { createControlSender } from '../../src/oauth/control-request.ts'
import { discoverJwksUrl } from '../../src/oauth/discovery.ts'
import {
  reply,
  startScriptedAuthorizationServer,
} from '../support/scripted-authorization-server.ts'

const signal = new AbortController().signal
const send = createControlSender()

async function createServer() {
  const server = await startScriptedAuthorizationServer()
  onTestFinished(() => server[Symbol.asyncDispose]())
  return server
}

test('OpenID Connect appends to the path, whatever the slash at the end', async () => {
  const server = await createServer()
  const issuer = `${server.origin}/tenant/`
  server.on(
    '/tenant/.well-known/openid-configuration',
    reply(200, { issuer, jwks_uri: `${server.origin}/k` }),
  )
  expect(await discoverJwksUrl(issuer, send, signal)).toEqual({
    ok: true,
    jwksUrl: `${server.origin}/k`,
  })
  expect(server.requests).toHaveLength(1)
})

test('RFC 8414 inserts before the path, when there is no OpenID Connect document', async () => {
  const server = await createServer()
  const issuer = `${server.origin}/tenant`
  server.on(
    '/.well-known/oauth-authorization-server/tenant',
    reply(200, { issuer, jwks_uri: `${server.origin}/k` }),
  )
  expect(await discoverJwksUrl(issuer, send, signal)).toEqual({
    ok: true,
    jwksUrl: `${server.origin}/k`,
  })
  expect(server.requests.map((request) => request.path)).toEqual([
    '/tenant/.well-known/openid-configuration',
    '/.well-known/oauth-authorization-server/tenant',
  ])
})

test('a document of another issuer is refused without a second try', async () => {
  const server = await createServer()
  const jwks_uri = `${server.origin}/k`
  for (const issuer of [`${server.origin}/`, 'https://evil.example', undefined, [server.origin]]) {
    server.on('/.well-known/openid-configuration', reply(200, { issuer, jwks_uri }))
    expect(await discoverJwksUrl(server.origin, send, signal)).toMatchObject({ ok: false })
  }
  expect(server.count('/.well-known/oauth-authorization-server')).toBe(0)
})

test.each([
  'ftp://as.example/k',
  'http://as.example/k',
  'https://user@as.example/k',
  'https://169.254.169.254/k',
  'https://[fd00:ec2::254]/k',
  '',
  7,
  undefined,
])('jwks_uri %j is refused', async (jwks_uri) => {
  const server = await createServer()
  server.on('/.well-known/openid-configuration', reply(200, { issuer: server.origin, jwks_uri }))
  expect(await discoverJwksUrl(server.origin, send, signal)).toMatchObject({ ok: false })
})

test('nothing published, and an issuer that may not be contacted', async () => {
  const server = await createServer()
  expect(await discoverJwksUrl(server.origin, send, signal)).toMatchObject({
    ok: false,
    problem: expect.stringContaining('answered 404') as string,
  })
  for (const issuer of [
    'mcp',
    'http://as.example',
    'https://a:b@as.example',
    'https://as.example#x',
  ]) {
    expect(await discoverJwksUrl(issuer, send, signal)).toMatchObject({ ok: false })
  }
  expect(server.requests).toHaveLength(2)
})
