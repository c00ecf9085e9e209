// JWT-SVIDs from end to end: signed by a sidecar for an MCP server, verified with what the development server publishes.
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { describe, expect, it, onTestFinished } from 'vitest'

import { openControlPlane, type ControlPlane } from '../../../src/control-plane/control-plane.ts'
import { systemClock, type Clock } from '../../../src/core/clock.ts'
import { silentLogger } from '../../../src/core/logger.ts'
import { currentSvidIssuer } from '../../../src/dev/idp/svid-issuer.ts'
import { startDevIdp } from '../../../src/dev/idp/server.ts'
import { readTexts } from '../../../src/manifest/read.ts'
import { middlewares } from '../../../src/middleware/index.ts'
import { temporaryFolder } from '../../support/temp-home.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { postMcp, rpc } from '../../support/mcp.ts'
import { handlerOf, snapshotOf, startSidecar, type TestSidecar } from '../../support/sidecar.ts'
import { startUpstream, type Upstream } from '../../support/upstream.ts'

const audience = 'mcp://calc'

interface World {
  readonly home: string
  readonly plane: ControlPlane
  readonly issuer: string
}

async function world(): Promise<World> {
  const home = temporaryFolder()
  const plane = openControlPlane({ home, clock: systemClock, env: {} })
  onTestFinished(() => plane.close())
  const idp = await startDevIdp({ home, port: 0, clients: [], logger: silentLogger })
  onTestFinished(() => idp.close())
  return { home, plane, issuer: await currentSvidIssuer(home, 'default') }
}

function declare({ plane }: World, url: string, jwt: string): void {
  const text = `apiVersion: dapr.io/v1alpha1
kind: MCPServer
metadata: { name: calc }
spec: { endpoint: { streamableHTTP: { url: "${url}", auth: { spiffe: { jwt: ${jwt} } } } } }
---
apiVersion: cra.diagrid.io/v1beta1
kind: AppIdentity
metadata: { name: agent }
spec: {}
`
  const { resources, diagnostics } = readTexts([{ file: 'calc.yaml', text }])
  expect(diagnostics).toEqual([])
  expect(plane.apply('default', resources).applied).toBe(true)
  plane.mcpServers.grant('default', 'calc', ['agent'], [{ capability: 'tools', names: ['*'] }])
}

async function agent({ home, plane }: World, clock: Clock = systemClock): Promise<TestSidecar> {
  const sidecar = await startSidecar(
    plane.snapshot('default', 'agent'),
    {},
    { clock, svidIssuer: () => currentSvidIssuer(home, 'default') },
  )
  onTestFinished(() => sidecar.sidecar.stop(0))
  return sidecar
}

async function upstream(status: () => number = () => 200): Promise<Upstream> {
  const server = await startUpstream((_request, response) => {
    response.writeHead(status(), { 'content-type': 'application/json' })
    response.end('{"jsonrpc":"2.0","id":1,"result":{}}')
  })
  onTestFinished(() => server.close())
  return server
}

const call = rpc('tools/call', { name: 'add' })
const stolen = { authorization: 'Bearer CALLERS-OWN', cookie: 'a=b', 'x-svid': 'CALLERS-OWN' }

async function discover(issuer: string): Promise<{ issuer: string; jwks_uri: string }> {
  const answer = await fetch(`${issuer}/.well-known/openid-configuration`)
  return (await answer.json()) as { issuer: string; jwks_uri: string }
}

describe('an MCP server', () => {
  it('verifies the token with the keys that its issuer publishes', async () => {
    const place = await world()
    const server = await upstream()
    declare(place, server.url, `{ header: Authorization, audience: "${audience}" }`)
    const { url, sidecar } = await agent(place)
    expect((await postMcp({ url }, call, stolen)).status).toBe(200)
    const [scheme, token = ''] = (server.seen[0]?.headers.authorization ?? '').split(' ')
    expect(scheme).toBe('Bearer')
    const metadata = await discover(place.issuer)
    expect(metadata.issuer).toBe(place.issuer)
    const keys = createRemoteJWKSet(new URL(metadata.jwks_uri))
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      issuer: place.issuer,
      audience,
      subject: 'spiffe://public/ns/default/agent',
      algorithms: ['ES256'],
    })
    expect(protectedHeader).toMatchObject({ typ: 'JWT', kid: expect.any(String) as string })
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(300)
    await postMcp({ url }, call)
    expect(server.seen[1]?.headers.authorization, 'kept').toBe(`Bearer ${token}`)
    const [{ steps, server: told } = {}] = (await sidecar.warmUp(AbortSignal.timeout(1000)))
      .mcpServers
    expect(JSON.stringify([steps, told?.spec.name])).toContain('expires in')
    expect(JSON.stringify(steps)).not.toContain(token)
  })

  it('gets it in the header and with the prefix that it wants, and nothing of the caller', async () => {
    const place = await world()
    const server = await upstream()
    declare(place, server.url, `{ header: X-Svid, headerValuePrefix: "Svid ", audience: a }`)
    expect((await postMcp(await agent(place), call, stolen)).status).toBe(200)
    expect(server.seen[0]?.headers).toMatchObject({
      'x-svid': expect.stringMatching(/^Svid ey/) as string,
    })
    expect(JSON.stringify(server.seen[0]?.rawHeaders)).not.toContain('CALLERS-OWN')
  })

  it('behind middleware.http.bearer lets the agent in, and nobody else', async () => {
    const place = await world()
    const app = await upstream()
    const guarded = await startSidecar(
      snapshotOf({
        appId: 'calc',
        app: { url: app.url, tokenHeader: 'dapr-api-token' },
        appHttpPipeline: [
          handlerOf('middleware.http.bearer', 'd1', { issuer: place.issuer, audience }),
        ],
      }),
      {},
      { middlewares, ingressPort: 0 },
    )
    onTestFinished(() => guarded.sidecar.stop(0))
    const url = `http://127.0.0.1:${guarded.sidecar.ingressPort}/mcp`
    declare(place, url, `{ header: Authorization, audience: "${audience}" }`)
    const { sidecar, ...client } = await agent(place)
    expect((await postMcp(client, call)).status).toBe(200)
    declare(place, url, '{ header: Authorization, audience: "mcp://other" }')
    await sidecar.reload(place.plane.snapshot('default', 'agent'))
    expect((await postMcp(client, call)).status, 'the credential was refused').toBe(502)
    expect(app.seen).toHaveLength(1)
  })

  it('gets a new one ahead of its expiry, and one of a new key after a rotation', async () => {
    const place = await world()
    const server = await upstream()
    declare(place, server.url, `{ header: Authorization, audience: "${audience}" }`)
    const clock = createFakeClock()
    const { sidecar, url } = await agent(place, clock)
    const sent = async (): Promise<string> => {
      await postMcp({ url }, call)
      return server.seen.at(-1)?.headers.authorization?.slice('Bearer '.length) ?? ''
    }
    const first = await sent()
    clock.advance(200)
    expect(await sent()).toBe(first)
    clock.advance(50)
    await expect.poll(sent).not.toBe(first)
    place.plane.rotateSvidKeys()
    await sidecar.reload(place.plane.snapshot('default', 'agent'))
    const rotated = await sent()
    expect(decodeProtectedHeader(rotated).kid).not.toBe(decodeProtectedHeader(first).kid)
    const keys = createRemoteJWKSet(new URL((await discover(place.issuer)).jwks_uri))
    for (const token of [first, rotated]) {
      await jwtVerify(token, keys, { currentDate: new Date(clock.now() - 60_000) })
    }
  })

  it('that refuses it is sent a fresh one once, and its refusal is ours', async () => {
    const place = await world()
    const clock = createFakeClock()
    let status = 200
    const server = await upstream(() => status)
    declare(place, server.url, `{ header: Authorization, audience: "${audience}" }`)
    const { url } = await agent(place, clock)
    await postMcp({ url }, call)
    clock.advance(40)
    status = 401
    expect((await postMcp({ url }, call)).status).toBe(502)
    expect(server.seen).toHaveLength(3)
  })
})

describe('the development authorization server', () => {
  it('publishes nothing of a project that does not exist', async () => {
    const { issuer } = await world()
    const other = issuer.replace(/default$/, 'other')
    expect((await fetch(`${other}/.well-known/openid-configuration`)).status).toBe(404)
    expect((await fetch(`${other}/jwks`)).status).toBe(404)
    expect((await fetch(`${issuer}/jwks`, { method: 'POST' })).status).toBe(405)
  })

  it('has the metadata at the place that RFC 8414 gives them, too', async () => {
    const { issuer } = await world()
    const { origin, pathname } = new URL(issuer)
    const answer = await fetch(`${origin}/.well-known/oauth-authorization-server${pathname}`)
    expect(await answer.json()).toEqual(await discover(issuer))
  })

  it('says that it cannot tell when there is no control plane', async () => {
    const home = temporaryFolder()
    const idp = await startDevIdp({ home, port: 0, clients: [], logger: silentLogger })
    onTestFinished(() => idp.close())
    expect((await fetch(`${idp.url}/spiffe/default/jwks`)).status).toBe(503)
  })
})
