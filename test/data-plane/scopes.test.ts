// Scopes, claims and several issuers at the front of a protected app, over real sockets.
import { describe, expect, it } from 'vitest'

import { createKey, jwksOf, signToken } from '../oauth/token-fixtures.ts'
import { reply } from '../support/scripted-authorization-server.ts'
import { snapshotOf } from '../support/sidecar.ts'
import { sidecarOf } from './call-fixture.ts'
import { authorizationServer, protectedApp, send } from './protected-app.ts'

describe('too few scopes', () => {
  it('are a 403 that names all that are needed, and reach nothing', async () => {
    const app = await protectedApp({ scopes: 'read', requiredScopes: 'read, write' })
    const metadata = `${app.url}/.well-known/oauth-protected-resource/mcp`
    for (const scope of [undefined, 'read', 'READ WRITE', 'read,write', ['read', 'write']]) {
      const answer = await app.send('POST', '/mcp', [
        `Authorization: Bearer ${app.token({ scope, sub: 'canary' })}`,
        'Origin: http://localhost',
      ])
      expect(answer.status).toBe(403)
      expect(answer.header('www-authenticate')).toBe(
        `Bearer realm="mcpauth", error="insufficient_scope", error_description="The access token lacks a scope", resource_metadata="${metadata}", scope="read write"`,
      )
      expect(answer.raw).not.toContain('canary')
      expect(answer.header('access-control-expose-headers')).toContain('WWW-Authenticate')
    }
    expect(app.upstream.seen).toEqual([])
    expect(app.test.log.at(-1)?.reason).toBe('SCOPE_INSUFFICIENT: missing read write')
    expect(app.test.log.at(-1)?.principal).toBe('canary')
  })

  it('are checked after the token itself, whose 401 names the least that is needed', async () => {
    const app = await protectedApp({ scopes: 'read', requiredScopes: 'write' })
    const expired = app.token({ scope: 'write', exp: 1 })
    const answer = await app.send('POST', '/mcp', [`Authorization: Bearer ${expired}`])
    expect(answer.status).toBe(401)
    expect(answer.header('www-authenticate')).toMatch(/error="invalid_token".*scope="read"$/)
  })

  it('of a known token are refused as fast, again and again', async () => {
    const app = await protectedApp({ requiredScopes: 'write' })
    const headers = [`Authorization: Bearer ${app.token({ scope: 'read' })}`]
    const answers = [
      await app.send('POST', '/mcp', headers),
      await app.send('POST', '/mcp', headers),
    ]
    expect(answers.map(({ status }) => status)).toEqual([403, 403])
    expect(app.upstream.seen).toEqual([])
  })
})

it.for([{ scope: 'a read' }, { scp: 'read' }, { scp: ['read'] }, { scope: 'owner' }])(
  'enough scopes, in %j, get through',
  async (claims) => {
    const app = await protectedApp({
      requiredScopes: 'read',
      scopeHierarchy: 'owner > admin, admin > read',
    })
    const answer = await app.send('POST', '/mcp', [`Authorization: Bearer ${app.token(claims)}`])
    expect(answer.status).toBe(200)
  },
)

it('required scopes are advertised when nothing else is', async () => {
  const app = await protectedApp({ requiredScopes: 'read' })
  expect((await app.send('POST', '/mcp')).header('www-authenticate')).toMatch(/scope="read"$/)
})

describe('several issuers', () => {
  it('are all published, and each signs for itself alone', async () => {
    const other = createKey('k1')
    const second = await authorizationServer(other)
    const app = await protectedApp({ issuers: second.origin, audiences: 'https://mcp.test' })
    const metadata = await app.send('GET', '/.well-known/oauth-protected-resource')
    expect(JSON.parse(metadata.body)).toMatchObject({
      authorization_servers: [app.issuer, second.origin],
    })
    const exp = Date.now() / 1000 + 600
    const status = async (token: string) =>
      (await app.send('GET', '/mcp', [`Authorization: Bearer ${token}`])).status
    const signed = (iss: string, aud: string) => signToken(other, { iss, aud, exp })
    expect(await status(signed(second.origin, 'https://mcp.test'))).toBe(200)
    expect(await status(signed(second.origin, 'mcp-server'))).toBe(200)
    expect(await status(app.token({ aud: 'https://mcp.test' }))).toBe(200)
    expect(await status(app.token())).toBe(200)
    expect(await status(signed(app.issuer, 'mcp-server'))).toBe(401)
    expect(await status(app.token({ iss: second.origin }))).toBe(401)
    expect(await status(signed(second.origin, 'https://mcp.test/'))).toBe(401)
    second.on('/jwks', reply(200, jwksOf(createKey('k2'))))
    expect(await status(app.token())).toBe(200)
  })
})

it('a required claim keeps others out with a 401, and says which in the log alone', async () => {
  const app = await protectedApp({ requiredClaims: 'tenant=acme', requireTyp: 'at+jwt' })
  const header = { alg: 'ES256', kid: 'k1', typ: 'at+jwt' }
  const status = async (claims: object, joseHeader: object = header) => {
    const token = app.token(claims, joseHeader)
    return (await app.send('GET', '/mcp', [`Authorization: Bearer ${token}`])).status
  }
  expect(await status({ tenant: 'acme' })).toBe(200)
  expect(await status({ tenant: 'acme' }, { ...header, typ: 'JWT' })).toBe(401)
  expect(await status({ tenant: 'evil' })).toBe(401)
  expect(app.test.log.at(-1)?.reason).toBe('TOKEN_INVALID: claim tenant')
})

describe('claims as headers', () => {
  const claimHeaders = 'X-User=sub, X-Tenant-Id=tenant, X-Roles=roles, X-Verified=verified'

  it('reach the app, and nothing that a caller sends under their names', async () => {
    const app = await protectedApp({ claimHeaders, forwardToken: 'false' })
    const client = await sidecarOf(
      snapshotOf({ peers: [{ appId: 'mcp-server', socketPath: app.socketPath }] }),
    )
    const spoofed = [
      'X-User: root',
      'x_user: root',
      'X-USER: root',
      'X-Tenant_Id: root',
      'X_Tenant_ID: root',
      'x_tenant-id: root',
      'X-Roles: root',
      'X-Users: kept',
      `Authorization: Bearer ${app.token({ sub: 'me', tenant: 7, roles: ['a', 'b c'], verified: true })}`,
    ]
    const ways = [
      () => app.send('GET', '/mcp', spoofed),
      () => send(client.port, 'GET', '/v1.0/invoke/mcp-server/method/mcp', spoofed),
      () => send(app.test.port, 'GET', '/v1.0/invoke/mcp-server/method/mcp', spoofed),
    ]
    for (const way of ways) {
      expect((await way()).status).toBe(200)
      const headers = app.upstream.seen.at(-1)?.headers ?? {}
      expect(headers).toMatchObject({
        'x-user': 'me',
        'x-tenant-id': '7',
        'x-roles': 'a,b c',
        'x-verified': 'true',
        'x-users': 'kept',
      })
      expect(JSON.stringify(app.upstream.seen.at(-1)?.rawHeaders)).not.toContain('root')
      expect(headers).not.toHaveProperty('authorization')
    }
  })

  it.for([
    [{ sub: 'a\r\nX-Admin: yes' }],
    [{ sub: 'ä' }],
    [{ sub: ' a' }],
    [{ sub: '' }],
    [{ sub: 'a'.repeat(1025) }],
    [{ roles: ['a,b', 'c'] }],
    [{ roles: ['a', ['b']] }],
    [{ roles: [] }],
    [{ tenant: { a: 1 } }],
    [{ tenant: null }],
    [{}],
  ])("are left out, and the caller's own removed, for %j", async ([claims]) => {
    const app = await protectedApp({ claimHeaders })
    const spoofed = ['X-User: root', 'X-Tenant-Id: root', 'X_Roles: root']
    const authorization = `Authorization: Bearer ${app.token(claims)}`
    expect((await app.send('GET', '/mcp', [...spoofed, authorization])).status).toBe(200)
    const raw = app.upstream.seen.at(-1)?.rawHeaders.map((text) => text.toLowerCase()) ?? []
    expect(raw.filter((text) => /^x[-_](?:user|tenant|roles|admin)/.test(text))).toEqual([])
    expect(raw).not.toContain('root')
  })
})
