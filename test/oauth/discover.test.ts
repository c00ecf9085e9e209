// From a resource or an issuer to the authorization server: the order of the places, and what no document may make us do.
import { expect, onTestFinished, test } from 'vitest'
import { discover } from '../../src/oauth/discover.ts'
import { senderOf } from '../../src/oauth/sought-client.ts'
import {
  reply,
  startScriptedAuthorizationServer,
  type Script,
} from '../support/scripted-authorization-server.ts'

const signal = new AbortController().signal
const resourceMetadata = '/.well-known/oauth-protected-resource'
const serverMetadata = '/.well-known/oauth-authorization-server'

async function world(path = '/mcp') {
  const server = await startScriptedAuthorizationServer()
  onTestFinished(() => server[Symbol.asyncDispose]())
  const { origin } = server
  const resource = origin + path
  const seek = (start: { issuer?: string; resource?: string } = { resource }) => {
    const whole = { issuer: start.issuer, resource: start.resource }
    return discover(whole, senderOf(whole), signal)
  }
  const paths = () => server.requests.map((request) => `${request.method} ${request.path}`)
  const documents = {
    resource: {
      resource,
      authorization_servers: [`${origin}/tenant`],
      scopes_supported: ['a', 'b'],
    },
    server: {
      issuer: `${origin}/tenant`,
      authorization_endpoint: `${origin}/authorize`,
      token_endpoint: `${origin}/token`,
      code_challenge_methods_supported: ['S256'],
    },
  }
  return { server, origin, resource, seek, paths, documents }
}

const challenge = (value: string): Script => reply(401, {}, { 'www-authenticate': value })

test('the challenge says where the metadata are, and which scopes; the server is found by its path', async () => {
  const { server, origin, seek, paths, documents } = await world()
  server.on(
    '/mcp',
    challenge(`Basic realm="x", Bearer scope="c d", resource_metadata="${origin}/prm"`),
  )
  server.on('/prm', reply(200, documents.resource))
  server.on(`/tenant/.well-known/openid-configuration`, reply(200, documents.server))
  expect(await seek()).toMatchObject({
    ok: true,
    issuer: `${origin}/tenant`,
    resource: `${origin}/mcp`,
    scopes: ['c', 'd'],
    server: { knowsS256: true, sendsIssuer: false, takesMetadataUrl: false },
  })
  expect(paths()).toEqual([
    'GET /mcp',
    'GET /prm',
    `GET ${serverMetadata}/tenant`,
    'GET /.well-known/openid-configuration/tenant',
    'GET /tenant/.well-known/openid-configuration',
  ])
})

test('without a challenge the metadata are looked for at the path, then at the root', async () => {
  const { server, seek, paths, documents } = await world()
  server.on(resourceMetadata, reply(200, documents.resource))
  server.on(`${serverMetadata}/tenant`, reply(200, documents.server))
  expect(await seek()).toMatchObject({ ok: true, scopes: ['a', 'b'] })
  expect(paths()).toEqual([
    'GET /mcp',
    'POST /mcp',
    `GET ${resourceMetadata}/mcp`,
    `GET ${resourceMetadata}`,
    `GET ${serverMetadata}/tenant`,
  ])
})

test('without any metadata the resource is its own authorization server, as in MCP 2025-03-26', async () => {
  const { origin, seek } = await world()
  const found = await seek()
  expect(found).toMatchObject({
    ok: true,
    issuer: origin,
    resource: `${origin}/mcp`,
    scopes: undefined,
  })
  expect(found.ok && found.server.tokenUrl.href).toBe(`${origin}/token`)
})

test('a stream that the resource opens without asking for a token holds nothing up', async () => {
  const { server, seek, documents } = await world()
  server.on('/mcp', (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(':\n\n')
  })
  server.on(`${resourceMetadata}/mcp`, reply(200, documents.resource))
  server.on(`${serverMetadata}/tenant`, reply(200, documents.server))
  expect(await seek()).toMatchObject({ ok: true })
})

type Documents = Awaited<ReturnType<typeof world>>['documents']

test.each<[string, (documents: Documents) => object, RegExp]>([
  [
    'metadata of another path',
    ({ resource }) => ({ resource: { resource: `${resource.resource}/other` } }),
    /another resource/,
  ],
  [
    'metadata of another origin',
    () => ({ resource: { resource: 'https://mcp.example/mcp' } }),
    /another resource/,
  ],
  [
    'no authorization server',
    () => ({ resource: { authorization_servers: [] } }),
    /name no authorization server/,
  ],
  [
    'another issuer',
    ({ server }) => ({ server: { issuer: `${server.issuer}/` } }),
    /another issuer/,
  ],
  ['no token endpoint', () => ({ server: { token_endpoint: undefined } }), /no token_endpoint/],
  [
    'an endpoint over plain http',
    () => ({ server: { token_endpoint: 'http://as.example/token' } }),
    /token_endpoint .* trusted/,
  ],
  [
    'a script as a page',
    () => ({ server: { authorization_endpoint: 'javascript:alert(1)' } }),
    /authorization_endpoint .* trusted/,
  ],
])('refuses %s', async (_name, change, problem) => {
  const { server, seek, documents } = await world()
  const changed = change(documents) as Partial<Documents>
  server.on(`${resourceMetadata}/mcp`, reply(200, { ...documents.resource, ...changed.resource }))
  server.on(`${serverMetadata}/tenant`, reply(200, { ...documents.server, ...changed.server }))
  expect(await seek()).toEqual(
    expect.objectContaining({ ok: false, problem: expect.stringMatching(problem) }),
  )
})

test.each([
  'http://169.254.169.254/latest',
  'https://169.254.169.254/latest',
  'https://10.0.0.1/prm',
  'https://[fd00:ec2::254]/prm',
  'https://[::ffff:10.0.0.1]/prm',
  'https://[64:ff9b::a00:1]/prm',
  'file:///etc/passwd',
  'http://2130706433/prm',
])('a challenge does not make us ask %s', async (url) => {
  const { server, seek } = await world()
  server.on('/mcp', challenge(`Bearer resource_metadata="${url}"`))
  expect(await seek()).toMatchObject({
    ok: false,
    problem: expect.stringContaining('is not asked'),
  })
})

test('a redirect, an answer without end and a failing server are no metadata', async () => {
  const { server, origin, seek } = await world()
  server.on('/mcp', challenge(`Bearer resource_metadata="${origin}/prm"`))
  server.on('/prm', (_request, response) => {
    response.writeHead(302, { location: `${origin}/elsewhere` }).end()
  })
  expect(await seek()).toMatchObject({ ok: false, problem: expect.stringContaining('redirect') })
  expect(server.count('/elsewhere')).toBe(0)
  server.on('/prm', reply(200, 'x'.repeat(600_000)))
  expect(await seek()).toMatchObject({ ok: false, problem: expect.stringContaining('more than') })
  server.on('/prm', reply(503, {}))
  expect(await seek()).toMatchObject({ ok: false, isPassing: true })
})

test('an issuer is asked itself, and nobody else', async () => {
  const { server, origin, seek, paths, documents } = await world()
  server.on(`${serverMetadata}/tenant`, reply(200, documents.server))
  expect(await seek({ issuer: `${origin}/tenant`, resource: 'urn:api' })).toMatchObject({
    ok: true,
    resource: 'urn:api',
    scopes: undefined,
  })
  expect(paths()).toEqual([`GET ${serverMetadata}/tenant`])
})
