// The front of a protected app over real sockets: what a client without a token learns, at each door, and what it never reaches.
import { describe, expect, it } from 'vitest'

import { snapshotOf } from '../support/sidecar.ts'
import { sidecarOf } from './call-fixture.ts'
import { protectedApp, send, type ProtectedApp } from './protected-app.ts'

const wellKnown = '/.well-known/oauth-protected-resource'

describe('at the ingress', () => {
  it('a 401 has one challenge that leads to the metadata of what was called', async () => {
    const { send: request, url, token, upstream } = await protectedApp({ scopes: 'a:read, a:list' })
    const hints = `resource_metadata="${url}${wellKnown}/mcp", scope="a:read a:list"`
    for (const method of ['GET', 'POST', 'DELETE']) {
      const answer = await request(method, '/mcp')
      expect(answer.status).toBe(401)
      expect(answer.raw.match(/www-authenticate/gi)).toHaveLength(1)
      expect(answer.header('www-authenticate')).toBe(`Bearer realm="mcpauth", ${hints}`)
    }
    const invalid = await request('POST', '/mcp', [`Authorization: Bearer ${token({ aud: 'x' })}`])
    expect(invalid.header('www-authenticate')).toBe(
      `Bearer realm="mcpauth", error="invalid_token", error_description="The access token is not valid", ${hints}`,
    )
    expect(upstream.seen).toEqual([])
  })

  it('the metadata is public, at the path and at the root', async () => {
    const { send: request, url, issuer, upstream } = await protectedApp({ scopes: 'read' })
    const shared = {
      authorization_servers: [issuer],
      scopes_supported: ['read'],
      bearer_methods_supported: ['header'],
    }
    for (const [path, resource] of [
      [`${wellKnown}/mcp`, `${url}/mcp`],
      [`${wellKnown}/mcp/`, `${url}/mcp`],
      [wellKnown, url],
      [`${wellKnown}/`, url],
      [`${wellKnown}?x=1`, url],
    ] as const) {
      const answer = await request('GET', path, ['Origin: http://localhost:6274'])
      expect(answer.status).toBe(200)
      expect(JSON.parse(answer.body)).toEqual({ resource, ...shared })
      expect(answer.header('content-type')).toBe('application/json')
      expect(answer.header('access-control-allow-origin')).toBe('*')
    }
    expect((await request('HEAD', wellKnown)).status).toBe(200)
    expect(upstream.seen).toEqual([])
  })

  it('knows itself by its own address, or as localhost, and by nothing else that Host says', async () => {
    const { send: request, port, url } = await protectedApp()
    const resourceFor = async (host: string) => {
      const answer = await request('GET', `${wellKnown}/mcp`, [
        `Host: ${host}`,
        'X-Forwarded-Host: evil.test',
        'X-Forwarded-Proto: https',
        'Forwarded: host=evil.test;proto=https',
      ])
      return answer.status === 200
        ? (JSON.parse(answer.body) as { resource: string }).resource
        : answer.status
    }
    expect(await resourceFor(`LOCALHOST:${port}`)).toBe(`http://localhost:${port}/mcp`)
    expect(await resourceFor('localhost:1')).toBe(`${url}/mcp`)
    expect(await resourceFor('127.0.0.1:1')).toBe(`${url}/mcp`)
    expect(await resourceFor('evil.test')).toBe(403)
  })

  it('answers 404 for what it is not, without a token, and asks for one otherwise', async () => {
    const { send: request, upstream } = await protectedApp()
    for (const path of [
      '/.well-known/oauth-authorization-server',
      '/.well-known/oauth-authorization-server/mcp',
      '/.well-known/openid-configuration',
      '/.well-known/oauth-protected-resources',
      '/.well-known/anything',
    ]) {
      const answer = await request('GET', path, ['Origin: http://localhost:1'])
      expect(answer.status).toBe(404)
      expect(JSON.parse(answer.body)).toMatchObject({ errorCode: 'METADATA_NOT_FOUND' })
      expect(answer.header('access-control-allow-origin')).toBe('*')
      expect((await request('POST', path)).status).toBe(401)
    }
    expect((await request('GET', '/.well-known/x', ['Authorization: Bearer x'])).status).toBe(401)
    expect(upstream.seen).toEqual([])
  })

  it.for([
    `${wellKnown}/../mcp`,
    `${wellKnown}/%2e%2e/mcp`,
    `${wellKnown}/..%2fmcp`,
    `/mcp?x=${wellKnown}`,
    `/mcp/.well-known/oauth-protected-resource`,
    '/.WELL-KNOWN/oauth-protected-resource',
    '/x/.well-known/oauth-authorization-server',
  ])('lets nobody through by the way of metadata: %s', async (path) => {
    const { send: request, upstream } = await protectedApp()
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST']) {
      expect([400, 401]).toContain((await request(method, path)).status)
    }
    expect(upstream.seen).toEqual([])
  })

  it('publishes nothing of an issuer that is no URL', async () => {
    const { send: request, server } = await protectedApp()
    const named = await protectedApp({ issuer: 'any-name', jwksURL: `${server.origin}/jwks` })
    expect((await named.send('GET', wellKnown)).status).toBe(404)
    const answer = await named.send('GET', '/mcp')
    expect(answer.header('www-authenticate')).toBe('Bearer realm="mcpauth"')
    expect((await request('GET', wellKnown)).status).toBe(200)
  })

  it('refuses its metadata too while the pipeline cannot be used', async () => {
    const { send: request } = await protectedApp({ clockSkew: 'nonsense' })
    expect((await request('GET', wellKnown)).status).toBe(503)
  })

  it('leaves an unguarded app alone', async () => {
    const { upstream } = await protectedApp()
    const open = await sidecarOf(
      snapshotOf({ app: { url: upstream.url, tokenHeader: 'dapr-api-token' } }),
      {},
      { ingressPort: 0 },
    )
    const answer = await send(open.sidecar.ingressPort ?? 0, 'GET', wellKnown)
    expect(answer.body).toContain('reached')
    expect(upstream.seen.map(({ url }) => url)).toEqual([wellKnown])
  })
})

describe('with a public URL', () => {
  const publicUrl = 'https://mcp.example.com/base'

  it('is known by that alone, whether the proxy in front takes its path away or not', async () => {
    const { send: request } = await protectedApp({}, { publicUrl })
    const metadata = `https://mcp.example.com${wellKnown}/base/mcp`
    for (const host of ['mcp.example.com', '127.0.0.1', 'MCP.example.com']) {
      const answer = await request('POST', '/mcp', [`Host: ${host}`])
      expect(answer.header('www-authenticate')).toContain(`resource_metadata="${metadata}"`)
      for (const path of [`${wellKnown}/base/mcp`, `${wellKnown}/mcp`]) {
        const found = await request('GET', path, [`Host: ${host}`])
        expect(JSON.parse(found.body)).toMatchObject({ resource: `${publicUrl}/mcp` })
      }
    }
    const root = await request('GET', wellKnown)
    expect(JSON.parse(root.body)).toMatchObject({ resource: publicUrl })
  })

  it('serves its host and its origin, and no others', async () => {
    const { send: request, test, upstream, token } = await protectedApp({}, { publicUrl })
    const status = async (...headers: string[]) => (await request('GET', wellKnown, headers)).status
    expect(await status('Host: mcp.example.com', 'Origin: https://mcp.example.com')).toBe(200)
    expect(await status('Host: mcp.example.com', 'Origin: http://mcp.example.com')).toBe(403)
    expect(await status('Host: mcp.example.com.evil.test')).toBe(403)
    expect(await status('Host: mcp.example.com:8443')).toBe(403)
    const inner = await send(test.port, 'GET', '/v1.0/healthz', ['Host: mcp.example.com'])
    expect(inner.status).toBe(403)
    const authorization = `Authorization: Bearer ${token()}`
    const answer = await request('GET', '/mcp', ['Host: mcp.example.com', authorization])
    expect(answer.status).toBe(200)
    expect(upstream.seen).toHaveLength(1)
  })
})

describe('by an invoke URL', () => {
  async function calling(callee: ProtectedApp) {
    const { port } = await sidecarOf(
      snapshotOf({
        appId: 'mcp-client',
        peers: [{ appId: 'mcp-server', socketPath: callee.socketPath }],
      }),
    )
    return { port, base: `http://127.0.0.1:${port}/v1.0/invoke/mcp-server/method` }
  }

  it.for(['peer', 'itself'])('the resource is what was called, of a %s', async (who) => {
    const callee = await protectedApp({}, { publicUrl: 'https://mcp.example.com' })
    const { port } = who === 'peer' ? await calling(callee) : callee.test
    const path = '/v1.0/invoke/mcp-server/method/mcp'
    const answer = await send(port, 'POST', path)
    const metadata = `http://127.0.0.1:${port}${wellKnown}${path}`
    expect(answer.status).toBe(401)
    expect(answer.header('www-authenticate')).toContain(`resource_metadata="${metadata}"`)
    for (const where of [`${wellKnown}${path}`, `/v1.0/invoke/mcp-server/method${wellKnown}/mcp`]) {
      const found = await send(port, 'GET', where)
      expect(JSON.parse(found.body)).toMatchObject({
        resource: `http://127.0.0.1:${port}${path}`,
        authorization_servers: [callee.issuer],
      })
    }
    const local = await send(port, 'POST', path, [`Host: localhost:${port}`])
    expect(local.header('www-authenticate')).toContain(`"http://localhost:${port}${wellKnown}`)
    expect(callee.upstream.seen).toEqual([])
  })

  it('a target named in a header has no URL of its own', async () => {
    const callee = await protectedApp()
    const { port } = await calling(callee)
    const answer = await send(port, 'POST', '/mcp', ['dapr-app-id: mcp-server'])
    expect(answer.header('www-authenticate')).toBe('Bearer realm="mcpauth"')
    expect((await send(port, 'GET', wellKnown, ['dapr-app-id: mcp-server'])).status).toBe(404)
  })

  it('nobody says it from outside', async () => {
    const callee = await protectedApp()
    const { port, base } = await calling(callee)
    for (const name of ['dapr-caller-url', 'Dapr_Caller-Url']) {
      const line = `${name}: https://evil.test/v1.0/invoke/x/method`
      const inner = await send(port, 'POST', '/v1.0/invoke/mcp-server/method/mcp', [line])
      expect(inner.header('www-authenticate')).toContain(`"http://127.0.0.1:${port}${wellKnown}`)
      const outer = await callee.send('POST', '/mcp', [line])
      expect(outer.header('www-authenticate')).toContain(`"${callee.url}${wellKnown}/mcp"`)
    }
    const authorization = `Authorization: Bearer ${callee.token()}`
    await send(port, 'POST', `${base.slice(base.indexOf('/v1'))}/mcp`, [authorization])
    expect(callee.upstream.seen).toHaveLength(1)
    expect(callee.upstream.seen[0]?.headers).not.toHaveProperty('dapr-caller-url')
  })

  it('what is no App ID has no metadata', async () => {
    const callee = await protectedApp()
    const { port } = await calling(callee)
    for (const path of ['', '/v1.0/diagrid/mcp/calc', '/v1.0/invoke/x/method/mcp']) {
      const answer = await send(port, 'GET', `${wellKnown}${path}`)
      expect(answer.status).toBe(404)
      expect(answer.header('content-type')).toBe('application/json')
    }
  })
})

describe('for scripts in browsers', () => {
  const page = 'Origin: http://localhost:6274'

  it('a preflight is answered before the token check, and never by the app', async () => {
    const { send: request, upstream } = await protectedApp()
    const asked =
      'Access-Control-Request-Headers: authorization, Mcp-Param-Region, x-other, mcp-method'
    for (const path of ['/mcp', '/x', wellKnown, `${wellKnown}/mcp`]) {
      const preflight = [page, 'Access-Control-Request-Method: POST', asked]
      const answer = await request('OPTIONS', path, preflight)
      expect(answer.status).toBe(204)
      expect(answer.header('access-control-allow-origin')).toBe('http://localhost:6274')
      const allowed = answer.header('access-control-allow-headers')?.split(', ')
      expect(allowed).toEqual(
        expect.arrayContaining(
          'authorization content-type accept mcp-protocol-version mcp-session-id last-event-id mcp-method mcp-name mcp-param-region'.split(
            ' ',
          ),
        ),
      )
      expect(allowed).not.toContain('x-other')
      expect(answer.header('access-control-allow-credentials')).toBeUndefined()
    }
    expect((await request('OPTIONS', '/mcp', [page])).status).toBe(401)
    const foreign = ['Origin: https://evil.test', 'Access-Control-Request-Method: POST']
    expect((await request('OPTIONS', '/mcp', foreign)).status).toBe(403)
    expect(upstream.seen).toEqual([])
  })

  it('a page reads the challenge and the answers of the app', async () => {
    const { send: request, token } = await protectedApp()
    const authorization = `Authorization: Bearer ${token()}`
    for (const [headers, status] of [
      [[page], 401],
      [[page, 'Sec-Fetch-Site: cross-site', authorization], 200],
    ] as const) {
      const answer = await request('POST', '/mcp', headers)
      expect(answer.status).toBe(status)
      expect(answer.header('access-control-allow-origin')).toBe('http://localhost:6274')
      expect(answer.header('access-control-expose-headers')).toMatch(
        /WWW-Authenticate, Mcp-Session-Id/,
      )
      expect(answer.header('vary')).toBe('Origin')
    }
    const plain = await request('POST', '/mcp', [authorization])
    expect(plain.header('access-control-allow-origin')).toBeUndefined()
  })
})
