// Clients whose id is the URL of a document about them (CIMD), at the development authorization server.
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { silentLogger } from '../../../src/core/logger.ts'
import type { DevIdpOptions } from '../../../src/dev/idp/server.ts'
import { createClientKey } from '../../support/client-key.ts'
import {
  startAuthorizationServer,
  verifyToken,
  type TestAuthorizationServer,
} from '../../support/authorization-server.ts'
import { authorize, authorizeUrl, pkce, postJson, type Form } from '../../support/code-flow.ts'
import { startUpstream, type Upstream } from '../../support/upstream.ts'

const redirectUri = 'http://127.0.0.1:1/callback'
const resource = 'https://mcp.example/mcp'

interface Document {
  body?: Record<string, unknown> | string
  status?: number
  headers?: Record<string, string>
}

let site: Upstream
let document: Document
let clientId: string
beforeEach(async () => {
  document = {}
  site = await startUpstream((_request, response) => {
    const { body = {}, status = 200, headers = {} } = document
    const whole =
      typeof body === 'string'
        ? body
        : JSON.stringify({
            client_id: clientId,
            client_name: 'A client',
            redirect_uris: [redirectUri],
            token_endpoint_auth_method: 'none',
            ...body,
          })
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(whole)
  })
  clientId = `${site.url}/client.json`
  onTestFinished(() => site.close())
})

async function start(options: Partial<DevIdpOptions> = {}): Promise<TestAuthorizationServer> {
  const server = await startAuthorizationServer({ clientDocuments: 'local', ...options })
  onTestFinished(() => server.close())
  return server
}

async function signIn(
  server: TestAuthorizationServer,
  more: () => Promise<Form> = async () => ({}),
): Promise<{ status: number; body: Record<string, unknown> }> {
  const { verifier, challenge } = pkce()
  const url = authorizeUrl(server.issuer, {
    clientId,
    redirectUri,
    challenge,
    more: { resource, scope: 'mcp:read' },
  })
  return postJson(server.tokenUrl, {
    grant_type: 'authorization_code',
    client_id: clientId,
    code: (await authorize(url)).searchParams.get('code') ?? '',
    redirect_uri: redirectUri,
    code_verifier: verifier,
    ...(await more()),
  })
}

/** How `authorize` refuses the client. */
async function refusalOf(server: TestAuthorizationServer, id = clientId): Promise<unknown> {
  const { challenge } = pkce()
  const url = authorizeUrl(server.issuer, {
    clientId: id,
    redirectUri,
    challenge,
    more: { resource },
  })
  const answer = await fetch(url, { redirect: 'manual' })
  expect(answer.headers.get('location')).toBeNull()
  expect(answer.status).toBe(400)
  return answer.json()
}

it.each([
  ['local', true],
  ['any', true],
  ['off', false],
] as const)('%s is in the metadata', async (clientDocuments, supported) => {
  const server = await start({ clientDocuments })
  const answer = await fetch(`${server.issuer}/.well-known/oauth-authorization-server`)
  expect(await answer.json()).toMatchObject({ client_id_metadata_document_supported: supported })
})

it('logs a client in by its document, which is read once while it is fresh', async () => {
  document.headers = { 'cache-control': 'public, max-age=60' }
  const server = await start()
  const { status, body } = await signIn(server)
  expect(status, JSON.stringify(body)).toBe(200)
  expect(body['refresh_token']).toBeTruthy()
  const { payload } = await verifyToken(server, String(body['access_token']))
  expect(payload).toMatchObject({ client_id: clientId, aud: resource, scope: 'mcp:read' })
  await server.rotateKeys()
  expect((await signIn(server)).status).toBe(200)
  expect(site.seen).toHaveLength(1)
  expect(site.seen[0]).toMatchObject({ method: 'GET', url: '/client.json' })
  expect(site.seen[0]?.headers['cookie']).toBeUndefined()
})

it('reads a document again that must not be kept', async () => {
  document.headers = { 'cache-control': 'no-store' }
  const server = await start()
  expect((await signIn(server)).status).toBe(200)
  document.body = { redirect_uris: ['http://127.0.0.1:1/other'] }
  expect(await refusalOf(server)).toMatchObject({ error: 'invalid_redirect_uri' })
})

it('takes a client with its keys in the document', async () => {
  const key = await createClientKey()
  const server = await start()
  document.body = {
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [key.publicJwk] },
  }
  const signed = await signIn(server, async () => ({
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await key.assertion(clientId, server.issuer),
  }))
  expect(signed.status, JSON.stringify(signed.body)).toBe(200)
  expect((await signIn(server)).body).toMatchObject({ error: 'invalid_client' })
})

describe('a document', () => {
  it.each<[string, Document]>([
    ['of another client', { body: { client_id: 'https://other.example/client.json' } }],
    ['with a secret', { body: { client_secret: 'x' } }],
    ['that wants a secret', { body: { token_endpoint_auth_method: 'client_secret_basic' } }],
    [
      'whose keys lie elsewhere',
      { body: { token_endpoint_auth_method: 'private_key_jwt', jwks_uri: 'https://a.example/k' } },
    ],
    ['that sends codes elsewhere alone', { body: { redirect_uris: ['https://a.example/cb'] } }],
    ['for client credentials', { body: { grant_types: ['client_credentials'] } }],
    ['that is no JSON', { body: '<html>' }],
    ['that is a list', { body: '[]' }],
    ['that says a name twice', { body: '{"client_id":"a","client_id":"b"}' }],
    ['that is not found', { status: 404 }],
    ['that is elsewhere', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }],
    ['that is too large', { body: { client_name: 'x'.repeat(17_000) } }],
  ])('%s makes no client, and is asked for again', async (_name, wrong) => {
    const warn = vi.fn<typeof silentLogger.warn>()
    const server = await start({ logger: { ...silentLogger, warn } })
    document = wrong
    const error = expect.stringMatching(
      /^invalid_(?:client|client_metadata|redirect_uri)$/,
    ) as string
    expect(await refusalOf(server)).toMatchObject({ error })
    expect(warn).toHaveBeenCalledWith(
      'client document refused',
      expect.objectContaining({ client: expect.stringContaining('/client.json') as string }),
    )
    document = {}
    expect((await signIn(server)).status).toBe(200)
  })
})

it.each([
  ['plain http to another machine', 'http://mcp.example/client.json'],
  ['a host in disguise', 'http://2130706433/client.json'],
  ['a user name', 'http://a@127.0.0.1/client.json'],
  ['a fragment', 'http://127.0.0.1/client.json#a'],
  ['dots', 'http://127.0.0.1/a/../client.json'],
  ['no path', 'http://127.0.0.1/'],
  ['another scheme', 'file:///etc/passwd'],
  ['an address inside', 'https://169.254.169.254/client.json'],
  ['another machine', 'https://mcp.example/client.json'],
])('a client id with %s is no client', async (_name, id) => {
  expect(await refusalOf(await start(), id)).toMatchObject({ error: 'invalid_client' })
})

it.each([
  'https://169.254.169.254/client.json',
  'https://10.0.0.1/client.json',
  'https://[fd00::1]/client.json',
  'https://[::ffff:7f00:1]/client.json',
  'https://[64:ff9b::a00:1]/client.json',
])('%s is not asked, wherever documents may lie', async (id) => {
  const warn = vi.fn<typeof silentLogger.warn>()
  const server = await start({ clientDocuments: 'any', logger: { ...silentLogger, warn } })
  expect(await refusalOf(server, id)).toMatchObject({ error: 'invalid_client' })
  expect(warn).toHaveBeenCalledWith('client document refused', {
    client: JSON.stringify(id),
    error: expect.stringContaining('address inside') as string,
  })
})

it('any reads what lies on this machine too', async () => {
  expect((await signIn(await start({ clientDocuments: 'any' }))).status).toBe(200)
})

it('reads nothing when it is off', async () => {
  const server = await start({ clientDocuments: 'off' })
  expect(await refusalOf(server)).toMatchObject({ error: 'invalid_client' })
  expect(site.seen).toEqual([])
})
