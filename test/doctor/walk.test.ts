// Planted faults: each is found and named, and a healthy server has none.
import { describe, expect, onTestFinished, test } from 'vitest'

import { systemClock } from '../../src/core/clock.ts'
import { Secret } from '../../src/core/secret.ts'
import type { StepReport } from '../../src/doctor/finding.ts'
import { createSender } from '../../src/doctor/send.ts'
import { walk } from '../../src/doctor/walk.ts'
import { createKey, jwksOf, signToken } from '../oauth/token-fixtures.ts'
import { startAuthorizationServer } from '../support/authorization-server.ts'
import {
  reply,
  startScriptedAuthorizationServer,
} from '../support/scripted-authorization-server.ts'
import { startUpstream } from '../support/upstream.ts'
import { faultyServer, json, result, type Faults } from './faulty-server.ts'

interface Given {
  readonly token?: string
  readonly register?: boolean
}

async function examine(
  url: string,
  { token, register = false }: Given = {},
): Promise<readonly StepReport[]> {
  const { signal } = new AbortController()
  const secrets = token === undefined ? [] : [token]
  return walk({
    server: new URL(url),
    token: token === undefined ? undefined : new Secret(token),
    clientId: undefined,
    register,
    send: createSender({ timeoutMs: 5000, secrets, signal }),
    clock: systemClock,
    signal,
  })
}

function idsOf(steps: readonly StepReport[]): readonly string[] {
  return steps.flatMap(({ findings }) => findings.map(({ id }) => id))
}

function statusesOf(steps: readonly StepReport[]): Readonly<Record<string, string>> {
  return Object.fromEntries(steps.map(({ step, status }) => [step, status]))
}

const key = createKey('one')

/** An authorization server by script, right but for `changes` of its metadata. */
async function scriptedIssuer(changes: object = {}) {
  const server = await startScriptedAuthorizationServer()
  onTestFinished(() => server[Symbol.asyncDispose]())
  const issuer = server.origin
  const right = {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    registration_endpoint: `${issuer}/register`,
    jwks_uri: `${issuer}/jwks`,
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['none'],
    authorization_response_iss_parameter_supported: true,
  }
  server.on('/.well-known/oauth-authorization-server', reply(200, { ...right, ...changes }))
  server.on('/jwks', reply(200, jwksOf(key)))
  server.on('/register', reply(201, { client_id: 'new' }))
  return server
}

async function idp() {
  const server = await startAuthorizationServer()
  onTestFinished(() => server.close())
  return server
}

describe('a healthy server', () => {
  test('has no findings, with a token of the development authorization server', async () => {
    const server = await idp()
    const { url } = await faultyServer(server.issuer)

    const steps = await examine(url, { token: await server.token(url), register: true })

    expect(idsOf(steps)).toStrictEqual([])
    expect(new Set(Object.values(statusesOf(steps)))).toStrictEqual(new Set(['passed']))
  })

  test('is walked as far as it goes without a token', async () => {
    const server = await scriptedIssuer()
    const { url } = await faultyServer(server.origin)

    const steps = await examine(url)

    expect(idsOf(steps)).toStrictEqual([])
    expect(statusesOf(steps)).toMatchObject({
      pkce: 'passed',
      scope: 'passed',
      token: 'skipped',
      mcp: 'skipped',
    })
    expect(server.count('/register')).toBe(0)
  })
})

const bareJson = json(401, {})

describe('a fault of the resource', () => {
  const cases: readonly (readonly [id: string, faults: Faults])[] = [
    ['challenge.status', { refuse: json(403, {}) }],
    ['challenge.missing', { refuse: bareJson }],
    ['challenge.bare', { challengeHeaders: { 'www-authenticate': 'Bearer' } }],
    ['challenge.no-bearer', { challengeHeaders: { 'www-authenticate': 'Basic realm="x"' } }],
    [
      'challenge.not-first',
      { challengeHeaders: { 'www-authenticate': 'Basic realm="x", Bearer resource_metadata="x"' } },
    ],
    ['challenge.unquoted', { challengeHeaders: { 'www-authenticate': 'Bearer scope=read' } }],
    ['challenge.no-metadata', { challengeHeaders: { 'www-authenticate': 'Bearer realm="x"' } }],
    [
      'challenge.error-without-token',
      { challengeHeaders: { 'www-authenticate': 'Bearer error="invalid_token"' } },
    ],
    ['resource-metadata.needs-token', { wellKnown: everywhere(bareJson) }],
    ['resource-metadata.missing', { wellKnown: everywhere(json(404, {})) }],
    [
      'resource-metadata.server-error',
      { wellKnown: { '/.well-known/oauth-protected-resource': json(500, {}) } },
    ],
    ['resource-metadata.not-json', { wellKnown: everywhere((response) => response.end('<html>')) }],
    ['resource-metadata.no-resource', { metadata: { resource: undefined } }],
    ['resource-metadata.resource-host', { metadata: { resource: 'http://10.0.0.1:8000/mcp' } }],
    ['resource-metadata.resource-scheme', { metadata: { resource: 'https://127.0.0.1/mcp' } }],
    ['resource-metadata.no-authorization-server', { metadata: { authorization_servers: [] } }],
    [
      'resource-metadata.authorization-server-url',
      { metadata: { authorization_servers: ['http://auth.example.com'] } },
    ],
    ['resource-metadata.offline-access', { metadata: { scopes_supported: ['offline_access'] } }],
    ['browsers.preflight', { preflight: bareJson }],
    ['browsers.challenge-hidden', { challengeHeaders: { 'access-control-expose-headers': '' } }],
    [
      'browsers.metadata-hidden',
      { metadataHeaders: { 'access-control-allow-origin': 'https://else.example' } },
    ],
  ]

  test.for(cases)('%s', async ([id, faults]) => {
    const server = await scriptedIssuer()
    const { url } = await faultyServer(server.origin, faults)

    expect(idsOf(await examine(url))).toContain(id)
  })

  test('resource-metadata.resource-slash, and -path', async () => {
    const server = await scriptedIssuer()
    const slash: Faults = { metadata: {} }
    const { origin } = await faultyServer(server.origin, slash)
    Object.assign(slash.metadata ?? {}, { resource: `${origin}/mcp/` })
    expect(idsOf(await examine(`${origin}/mcp`))).toStrictEqual([
      'resource-metadata.resource-slash',
    ])
    Object.assign(slash.metadata ?? {}, { resource: `${origin}/other` })
    expect(idsOf(await examine(`${origin}/mcp`))).toStrictEqual(['resource-metadata.resource-path'])
  })
})

describe('a fault of the authorization server', () => {
  const cases: readonly (readonly [id: string, changes: object])[] = [
    ['authorization-server.issuer', { issuer: 'https://else.example.com' }],
    ['authorization-server.no-token-endpoint', { token_endpoint: undefined }],
    ['authorization-server.no-authorization-endpoint', { authorization_endpoint: undefined }],
    ['authorization-server.endpoint-url', { token_endpoint: 'http://auth.example.com/token' }],
    ['authorization-server.no-iss', { authorization_response_iss_parameter_supported: undefined }],
    ['registration.none', { registration_endpoint: undefined }],
    [
      'registration.no-public-clients',
      { token_endpoint_auth_methods_supported: ['client_secret_basic'] },
    ],
    ['pkce.not-advertised', { code_challenge_methods_supported: undefined }],
    ['pkce.no-s256', { code_challenge_methods_supported: ['plain'] }],
  ]

  test.for(cases)('%s alone', async ([id, changes]) => {
    const server = await scriptedIssuer(changes)
    const { url } = await faultyServer(server.origin)

    expect(idsOf(await examine(url))).toStrictEqual([id])
  })

  test('a slash too many is told from another issuer', async () => {
    const server = await scriptedIssuer()
    const { url } = await faultyServer(`${server.origin}/`)

    expect(idsOf(await examine(url))).toStrictEqual(['authorization-server.issuer-slash'])
  })

  test('is told when nothing listens, or it has no metadata, or fails', async () => {
    const server = await scriptedIssuer()
    const { url } = await faultyServer(server.origin)
    server.on('/.well-known/oauth-authorization-server', reply(404, {}))
    expect(idsOf(await examine(url))).toStrictEqual(['authorization-server.no-metadata'])
    server.on('/.well-known/oauth-authorization-server', reply(500, {}))
    expect(idsOf(await examine(url))).toStrictEqual(['authorization-server.server-error'])
    const gone = await startUpstream(() => {})
    await gone.close()
    const other = await faultyServer(gone.url)
    expect(idsOf(await examine(other.url))).toStrictEqual(['authorization-server.unreachable'])
  })

  test('a refused registration is told, with the code alone', async () => {
    const server = await scriptedIssuer()
    const { url } = await faultyServer(server.origin)
    server.on('/register', reply(400, { error: 'invalid_redirect_uri' }))
    const steps = await examine(url, { register: true })
    expect(idsOf(steps)).toStrictEqual(['registration.refused'])
    expect(JSON.stringify(steps)).toContain('invalid_redirect_uri')
  })
})

describe('a fault of the token', () => {
  const now = Math.floor(Date.now() / 1000)

  async function withToken(claims: object, faults: Faults = {}, header?: object) {
    const server = await scriptedIssuer()
    const { url } = await faultyServer(server.origin, faults)
    const right = { iss: server.origin, aud: url, sub: 'somebody', exp: now + 600 }
    const token = signToken(key, { ...right, ...claims }, header)
    return { steps: await examine(url, { token }), token }
  }

  const refusing: Faults = { takes: () => false }
  const cases: readonly (readonly [
    id: string,
    claims: object,
    faults?: Faults,
    header?: object,
  ])[] = [
    ['token.expired', { exp: now - 60 }, refusing],
    ['token.not-yet-valid', { nbf: now + 300 }, refusing],
    ['token.issuer', { iss: 'https://else.example.com' }, refusing],
    ['token.id-token', { nonce: 'x' }],
    ['token.refused', {}, refusing],
    ['token.unknown-key', {}, {}, { alg: 'ES256', kid: 'another' }],
    ['token.unsigned', {}, refusing, { alg: 'none' }],
    ['audience.mismatch', { aud: 'account' }, refusing],
    ['audience.missing', { aud: undefined }, refusing],
    ['audience.other-name', { aud: 'mcp-server' }],
    ['scope.no-challenge', {}, { rpc: { initialize: json(403, {}) } }],
    [
      'scope.insufficient',
      {},
      {
        rpc: {
          initialize: json(
            403,
            {},
            { 'www-authenticate': 'Bearer error="insufficient_scope", scope="write"' },
          ),
        },
      },
    ],
    [
      'scope.not-granted',
      {},
      { challengeHeaders: { 'www-authenticate': 'Bearer scope="read", resource_metadata="/"' } },
    ],
  ]

  test.for(cases)('%s', async ([id, claims, faults, header]) => {
    const { steps, token } = await withToken(claims, faults, header)
    expect(idsOf(steps)).toContain(id)
    expect(JSON.stringify(steps)).not.toContain(token)
  })

  test('a server that repeats the token does not get it into the report', async () => {
    const echo: Faults = {
      rpc: {
        initialize: (response, request) => {
          const message = request.headers.authorization
          json(200, { jsonrpc: '2.0', id: 1, error: { code: -1, message } })(response, request)
        },
        'server/discover': json(400, {}),
      },
    }
    const { steps, token } = await withToken({}, echo)
    expect(idsOf(steps)).toStrictEqual(['mcp.error'])
    const [head = ''] = token.split('.')
    expect(JSON.stringify(steps)).not.toContain(head)
  })
})

describe('a fault of MCP', () => {
  const cases: readonly (readonly [id: string, faults: Faults])[] = [
    ['mcp.not-mcp', { rpc: { initialize: (response) => response.end('hello') } }],
    ['mcp.no-version', { rpc: { initialize: result({}) } }],
    ['tools.none', { rpc: { 'tools/list': result({ tools: [] }) } }],
    ['tools.schema', { rpc: { 'tools/list': result({ tools: [{ name: 'add' }] }) } }],
    ['tools.session-lost', { rpc: { 'tools/list': json(404, {}) } }],
    ['tools.token-lost', { rpc: { 'tools/list': json(401, {}) } }],
  ]

  test.for(cases)('%s alone', async ([id, faults]) => {
    const server = await scriptedIssuer()
    const { url } = await faultyServer(server.origin, faults)

    expect(idsOf(await examine(url, { token: 'opaque' }))).toStrictEqual([id])
  })

  test('an open server is told to be one, and its tools are listed', async () => {
    const { url } = await faultyServer('https://auth.example.com', {
      refuse: (response, request) => {
        const init = { protocolVersion: '2025-11-25', capabilities: { tools: {} } }
        const tools = [{ name: 'add', inputSchema: { type: 'object' } }]
        result({ ...init, tools })(response, request)
      },
    })
    const steps = await examine(url)
    expect(idsOf(steps)).toStrictEqual(['challenge.open'])
    expect(statusesOf(steps)).toMatchObject({ token: 'skipped', mcp: 'passed', tools: 'passed' })
  })
})

describe('a server that is not there', () => {
  test('is told apart by how', async () => {
    const upstream = await startUpstream((request, response) => {
      const status = Number(request.url?.slice(1))
      response.writeHead(status, { location: '/mcp/' }).end()
    })
    const ids = async (path: string): Promise<readonly string[]> =>
      idsOf(await examine(upstream.url + path))
    expect(await ids('/307')).toStrictEqual(['reachability.redirect'])
    expect(await ids('/404')).toStrictEqual(['reachability.not-found'])
    expect(await ids('/502')).toStrictEqual(['reachability.server-error'])
    await upstream.close()
    expect(await ids('/200')).toStrictEqual(['reachability.network'])
  })
})

function everywhere(answer: NonNullable<Faults['refuse']>): NonNullable<Faults['wellKnown']> {
  const root = '/.well-known/oauth-protected-resource'
  return { [root]: answer, [`${root}/mcp`]: answer }
}
