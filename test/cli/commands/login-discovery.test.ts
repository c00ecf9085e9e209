// `mcpauth login` for a Component that names only its resource: everything else is found, and the client registers itself.
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { decodeJwt } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { basicAuthorization, startAuthorizationServer } from '../../support/authorization-server.ts'
import { postJson } from '../../support/code-flow.ts'
import { browser } from '../../support/login-server.ts'
import { startProtectedResource } from '../../support/protected-resource.ts'
import { cli } from '../../support/run-cli.ts'
import {
  reply,
  startScriptedAuthorizationServer,
} from '../../support/scripted-authorization-server.ts'
import { temporaryFolder } from '../../support/temp-home.ts'

async function apply(mcpauth: ReturnType<typeof cli>, settings: Record<string, string>) {
  const file = join(temporaryFolder(), 'oauth2.json')
  const metadata = Object.entries({ grantType: 'authorization_code', ...settings }).map(
    ([name, value]) => ({ name, value }),
  )
  const spec = { type: 'middleware.http.oauth2', version: 'v1', metadata }
  const head = { apiVersion: 'dapr.io/v1alpha1', kind: 'Component', metadata: { name: 'oauth2' } }
  writeFileSync(file, JSON.stringify({ ...head, spec }))
  expect(await mcpauth(['apply', '-f', file])).toMatchObject({ exitCode: 0 })
}

function loginCli() {
  return cli({ env: { BROWSER: browser, PATH: process.env['PATH'] ?? '' } })
}

async function idp() {
  const server = await startAuthorizationServer()
  onTestFinished(() => server.close())
  return server
}

const listed = async (mcpauth: ReturnType<typeof cli>) => {
  const { items } = JSON.parse((await mcpauth('token list -o json')).stdout) as {
    items: { spec: Record<string, unknown> }[]
  }
  return items.map(({ spec }) => spec)
}

test('a resource is enough: its server is found, a client registers there once, and the token is for the resource', async () => {
  const server = await idp()
  const resource = await startProtectedResource(server.issuer, 'mcp:read')
  const mcpauth = loginCli()
  await apply(mcpauth, { resource: resource.url })
  const first = await mcpauth('login oauth2')
  expect(first.stderr).toContain('Logged in for oauth2')
  const token = (await mcpauth('token get oauth2 --show-token')).stdout.trim()
  expect(decodeJwt(token)).toMatchObject({ aud: resource.url, iss: server.issuer })
  const [before] = await listed(mcpauth)
  expect(before).toMatchObject({ issuer: server.issuer, resource: resource.url })
  expect(before?.['clientId']).toMatch(/./)
  expect(first.stderr).toContain('is renewed by itself')

  expect(await mcpauth('login oauth2')).toMatchObject({ exitCode: 0 })
  const [after] = await listed(mcpauth)
  expect(after?.['clientId']).toBe(before?.['clientId'])
})

test('a client whose redirect somebody else listens to by now registers anew, with another one', async () => {
  const server = await idp()
  const resource = await startProtectedResource(server.issuer)
  const mcpauth = loginCli()
  await apply(mcpauth, { resource: resource.url })
  const login = async () => {
    const { stderr } = await mcpauth('login oauth2')
    expect(stderr).toContain('Logged in for oauth2')
    const [url = ''] = /http:\S+code_challenge=\S+/.exec(stderr) ?? []
    const { searchParams } = new URL(url)
    return {
      clientId: searchParams.get('client_id'),
      port: new URL(searchParams.get('redirect_uri') ?? '').port,
    }
  }
  const before = await login()
  const squatter = createServer().listen(Number(before.port), '127.0.0.1')
  onTestFinished(() => void squatter.close())
  await once(squatter, 'listening')
  const after = await login()
  expect(after.port).not.toBe(before.port)
  expect(after.clientId).not.toBe(before.clientId)
})

test('another server gets a client of its own', async () => {
  const [one, other] = [await idp(), await idp()]
  const resource = await startProtectedResource(one.issuer)
  const mcpauth = loginCli()
  await apply(mcpauth, { resource: resource.url })
  expect(await mcpauth('login oauth2')).toMatchObject({ exitCode: 0 })
  const [before] = await listed(mcpauth)
  resource.names(other.issuer)
  expect(await mcpauth('login oauth2')).toMatchObject({ exitCode: 0 })
  const [after] = await listed(mcpauth)
  expect(after?.['issuer']).toBe(other.issuer)
  expect(after?.['clientId']).not.toBe(before?.['clientId'])
})

test('logging out revokes the tokens at the server, and forgets the client that registered itself', async () => {
  const server = await idp()
  const resource = await startProtectedResource(server.issuer)
  const mcpauth = loginCli()
  await apply(mcpauth, { resource: resource.url })
  const isActive = async (token: string) => {
    const { body } = await postJson(
      `${server.issuer}/introspect`,
      { token },
      { authorization: basicAuthorization() },
    )
    return body['active']
  }
  const clients: unknown[] = []
  for (const words of ['logout oauth2', 'token revoke ']) {
    expect(await mcpauth('login oauth2')).toMatchObject({ exitCode: 0 })
    const token = (await mcpauth('token get oauth2 --show-token')).stdout.trim()
    expect(await isActive(token)).toBe(true)
    const [id = ''] = (await mcpauth('token list -o name')).stdout.trim().split('/').slice(1)
    clients.push((await listed(mcpauth))[0]?.['clientId'])
    const ended = await mcpauth(words.endsWith(' ') ? words + id : words)
    expect(ended).toMatchObject({ exitCode: 0 })
    expect(ended.stderr).not.toContain('not revoked')
    expect(await isActive(token)).toBe(false)
    expect(await listed(mcpauth)).toEqual([])
  }
  expect(new Set(clients).size).toBe(2)
})

test('a login that cannot be revoked is forgotten all the same, and that is said', async () => {
  const server = await scripted({ revocation_endpoint: 'http://127.0.0.1:1/revoke' })
  const mcpauth = loginCli()
  await apply(mcpauth, { issuer: server.origin, clientID: 'c' })
  expect(await mcpauth('login oauth2')).toMatchObject({ exitCode: 0 })
  const { stderr, exitCode } = await mcpauth('logout oauth2')
  expect(stderr).toMatch(/forgotten here, and were not revoked at .*cannot be reached/)
  expect(exitCode).toBe(0)
  expect(await listed(mcpauth)).toEqual([])
  expect((await mcpauth('token revoke nothing')).stderr).toContain('There is no login with the id')
})

/** A server by script: what it says of itself, and what the browser brings back. */
async function scripted(change: object = {}, answer: Record<string, string> = {}) {
  const server = await startScriptedAuthorizationServer()
  onTestFinished(() => server[Symbol.asyncDispose]())
  const { origin } = server
  const metadata = {
    issuer: origin,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    code_challenge_methods_supported: ['S256'],
    ...change,
  }
  server.on('/.well-known/oauth-authorization-server', reply(200, metadata))
  server.on('/authorize', ({ path }, response) => {
    const query = new URL(path, origin).searchParams
    const back = new URL(query.get('redirect_uri') ?? '')
    const fields = { code: 'the-code', state: query.get('state') ?? '', ...answer }
    for (const [name, value] of Object.entries(fields)) back.searchParams.set(name, value)
    response.writeHead(302, { location: back.href }).end()
  })
  server.on('/token', reply(200, { access_token: 'opaque', token_type: 'Bearer', expires_in: 60 }))
  return server
}

const asked = (server: Awaited<ReturnType<typeof scripted>>): URLSearchParams => {
  const request = server.requests.find(({ path }) => path.startsWith('/authorize'))
  return new URL(request?.path ?? '/', server.origin).searchParams
}

test('a client metadata document is the client where the server reads such documents', async () => {
  const server = await scripted({
    client_id_metadata_document_supported: true,
    registration_endpoint: 'https://as.example/register',
    scopes_supported: ['mcp:read', 'offline_access'],
  })
  const resource = await startProtectedResource(server.origin, 'mcp:read')
  const mcpauth = loginCli()
  const clientMetadataURL = 'https://app.example.com/client.json'
  await apply(mcpauth, { resource: resource.url, clientMetadataURL })
  expect(await mcpauth('login oauth2')).toMatchObject({ exitCode: 0 })
  expect(Object.fromEntries(asked(server))).toMatchObject({
    client_id: clientMetadataURL,
    resource: resource.url,
    scope: 'mcp:read offline_access',
    prompt: 'consent',
    code_challenge_method: 'S256',
  })
  const redeemed = server.requests.at(-1)?.form
  expect(redeemed?.get('resource')).toBe(resource.url)
  expect(redeemed?.get('client_id')).toBe(clientMetadataURL)
})

test('a client with a secret authenticates as its registration says, and asks for no scope that nobody names', async () => {
  const server = await scripted({
    token_endpoint_auth_methods_supported: ['client_secret_basic'],
  })
  server.on('/.well-known/oauth-authorization-server', (request, response) => {
    const metadata = {
      issuer: server.origin,
      authorization_endpoint: `${server.origin}/authorize`,
      token_endpoint: `${server.origin}/token`,
      registration_endpoint: `${server.origin}/register`,
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['client_secret_basic'],
      scopes_supported: ['offline_access'],
    }
    reply(200, metadata)(request, response)
  })
  server.on('/register', reply(201, { client_id: 'made', client_secret: 's3cret' }))
  const resource = await startProtectedResource(server.origin)
  const mcpauth = loginCli()
  await apply(mcpauth, { resource: resource.url })
  expect(await mcpauth('login oauth2')).toMatchObject({ exitCode: 0 })
  const registration = server.requests.find(({ path }) => path === '/register')
  expect(JSON.parse(registration?.body ?? '')).toMatchObject({
    application_type: 'native',
    grant_types: ['authorization_code', 'refresh_token'],
    redirect_uris: [asked(server).get('redirect_uri')],
    token_endpoint_auth_method: 'client_secret_basic',
  })
  expect(asked(server).has('scope')).toBe(false)
  const basic = Buffer.from('made:s3cret').toString('base64')
  expect(server.requests.at(-1)?.headers.authorization).toBe(`Basic ${basic}`)
})

test('a login by device shows the code and where it belongs', async () => {
  const server = await scripted()
  const { origin } = server
  const metadata = {
    issuer: origin,
    token_endpoint: `${origin}/token`,
    device_authorization_endpoint: `${origin}/device`,
  }
  server.on('/.well-known/oauth-authorization-server', reply(200, metadata))
  server.on(
    '/device',
    reply(200, {
      device_code: 'hidden',
      user_code: 'ABCD-EFGH',
      verification_uri: 'https://as.example/device',
      interval: 1,
    }),
  )
  const mcpauth = loginCli()
  await apply(mcpauth, { issuer: origin, clientID: 'c' })
  const { stderr, exitCode } = await mcpauth('login oauth2 --device')
  expect(stderr).toContain('open: https://as.example/device')
  expect(stderr).toContain('code: ABCD-EFGH')
  expect(stderr).toContain('Logged in for oauth2')
  expect(stderr).not.toContain('hidden')
  expect(exitCode).toBe(0)
})

test.each<[string, object, Record<string, string>, RegExp]>([
  ['without PKCE', { code_challenge_methods_supported: undefined }, {}, /PKCE with S256/],
  ['with plain PKCE', { code_challenge_methods_supported: ['plain'] }, {}, /PKCE with S256/],
  [
    'that promises iss and sends none',
    { authorization_response_iss_parameter_supported: true },
    {},
    /no iss/,
  ],
  ['that sends the iss of another', {}, { iss: 'https://evil.example' }, /another issuer/],
])('refuses a server %s', async (_name, change, answer, problem) => {
  const server = await scripted(change, answer)
  const mcpauth = loginCli()
  await apply(mcpauth, { issuer: server.origin, clientID: 'c' })
  const { stderr, exitCode } = await mcpauth('login oauth2')
  expect(stderr).toMatch(problem)
  expect(exitCode).toBe(1)
  expect(server.count('/token')).toBe(0)
})

test('a client that was registered by hand stays with the server that it was first used with', async () => {
  const [one, other] = [await scripted(), await scripted()]
  const resource = await startProtectedResource(one.origin)
  const mcpauth = loginCli()
  await apply(mcpauth, { resource: resource.url, clientID: 'mine' })
  expect(await mcpauth('login oauth2')).toMatchObject({ exitCode: 0 })
  resource.names(other.origin)
  const { stderr } = await mcpauth('login oauth2')
  expect(stderr).toContain('another authorization server than the one that the client belongs to')
  expect(other.count('/authorize')).toBe(0)
})

test('a server that lets nobody register says what is missing', async () => {
  const server = await scripted()
  const mcpauth = loginCli()
  await apply(mcpauth, { issuer: server.origin })
  const { stderr } = await mcpauth('login oauth2')
  expect(stderr).toContain('lets no client register itself')
  expect(stderr).toContain('set clientID')
})
