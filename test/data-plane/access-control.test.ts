// Access control of a running pair of sidecars: every door, every spelling of a path, and the same answer as `access test`.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'

import type { AccessAction, AccessControl, AccessPolicy } from '../../src/core/access-control.ts'
import { systemClock } from '../../src/core/clock.ts'
import { silentLogger } from '../../src/core/logger.ts'
import { ActiveSnapshot } from '../../src/data-plane/active-snapshot.ts'
import { HandlerRegistry } from '../../src/data-plane/handlers.ts'
import { tryCall } from '../../src/data-plane/trial.ts'
import { Breakers } from '../../src/data-plane/resiliency/breakers.ts'
import type { AppSnapshot } from '../../src/core/snapshot.ts'
import { sendRaw, statusesOf } from '../support/raw-http.ts'
import { snapshotOf } from '../support/sidecar.ts'
import { app, echo, sidecarOf } from './call-fixture.ts'

function policy(parts: Partial<AccessPolicy> = {}): AccessPolicy {
  return {
    appId: 'client',
    namespace: 'test',
    trustDomain: 'public',
    defaultAction: 'deny',
    operations: [],
    place: 'guard.yaml:9:9',
    ...parts,
  }
}

function operation(action: AccessAction, name: string, verbs: readonly string[] = ['*']) {
  return { name, verbs, action, place: 'guard.yaml:12:9' }
}

function control(defaultAction: AccessAction, ...policies: AccessPolicy[]): AccessControl {
  return { defaultAction, policies, place: 'guard.yaml:6:5' }
}

/** Two sidecars, `client` and `server`; the app of `server` answers everything. */
async function pair(accessControl: AccessControl, peer: { readonly trustDomain?: string } = {}) {
  const upstream = await echo()
  const folder = mkdtempSync(join(tmpdir(), 'mcpauth-acl-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const socketPath = join(folder, 's')
  const serverWith = (control_: AccessControl): AppSnapshot =>
    snapshotOf({
      appId: 'server',
      app: app(upstream.url),
      accessControl: control_,
      peers: [{ appId: 'client', ...peer }],
    })
  const clientSnapshot = snapshotOf({
    appId: 'client',
    peers: [{ appId: 'server', socketPath }],
    ...peer,
  })
  const server = await sidecarOf(serverWith(accessControl), {}, { socketPath, ingressPort: 0 })
  const client = await sidecarOf(clientSnapshot)
  return { upstream, server, client, serverWith, clientSnapshot }
}

describe('a denied call', () => {
  it('is a 403 in the words of Dapr, and the log says what denied it', async () => {
    const { upstream, server, client } = await pair(
      control('deny', policy({ operations: [operation('allow', '/mcp', ['POST'])] })),
    )
    const url = `${client.url}/v1.0/invoke/server/method/mcp`
    expect((await fetch(url, { method: 'POST' })).status).toBe(200)
    const denied = await fetch(url, { method: 'DELETE' })
    expect(denied.status).toBe(403)
    expect(await denied.json()).toEqual({
      errorCode: 'ACCESS_DENIED',
      message:
        'access control policy has denied access to id: spiffe://public/ns/test/client operation: /mcp verb: DELETE',
    })
    expect(upstream.seen.map(({ method }) => method)).toEqual(['POST'])
    await server.logged(2)
    expect(server.log[0]?.access).toBe(
      'operation "/mcp" of the policy for "client" allows (guard.yaml:12:9)',
    )
    expect(server.log[1]?.reason).toBe(
      'ACCESS_DENIED: the default of the policy for "client" denies (guard.yaml:9:9)',
    )
  })

  it('is the same through each door, and to itself', async () => {
    const { upstream, server, client } = await pair(control('allow', policy()))
    const ingress = `http://127.0.0.1:${server.sidecar.ingressPort}`
    const itself = `${server.url}/v1.0/invoke/server/method/a`
    const headers = { 'dapr-caller-app-id': 'server', 'dapr-caller-namespace': 'test' }
    const ask = async (url: string) => (await fetch(url, { headers })).status
    expect(await ask(`${client.url}/v1.0/invoke/server/method/a`)).toBe(403)
    // Nobody may be anybody: the client must not get in by leaving its sidecar out.
    expect(await ask(`${ingress}/a`)).toBe(403)
    expect(await ask(itself)).toBe(200)
    await server.sidecar.reload(
      snapshotOf({ appId: 'server', app: app(upstream.url), accessControl: control('deny') }),
    )
    expect(await ask(itself)).toBe(403)
    expect(upstream.seen).toHaveLength(1)
  })

  it('goes by the trust domain that the record has, not by a header', async () => {
    const abroad = { trustDomain: 'example.org' }
    const spec = control('deny', policy({ defaultAction: 'allow', ...abroad }))
    const known = await pair(spec, abroad)
    const url = '/v1.0/invoke/server/method/a'
    expect((await fetch(known.client.url + url)).status).toBe(200)
    const other = await pair(spec)
    const headers = { 'dapr-caller-trust-domain': 'example.org' }
    expect((await fetch(other.client.url + url, { headers })).status).toBe(403)
  })
})

it('no spelling of a path leads past a deny', async () => {
  const { upstream, client, server } = await pair(
    control('allow', policy({ defaultAction: 'allow', operations: [operation('deny', '/admin')] })),
  )
  const spellings = [
    '/admin',
    '/admin/',
    '//admin',
    '/ADMIN',
    '/%61dmin',
    '/%2561dmin',
    '/./admin',
    '/x/../admin',
    '/x/%2e%2e/admin',
    '/x/%2E./admin',
    '/x/..%2fadmin',
    '/x%2f..%2fadmin',
    '/x/%252e%252e/admin',
    String.raw`/x\..\admin`,
    '/x%5c..%5cadmin',
    '/admin%2Fx',
    '/admin%23',
    '/admin%3Fx',
    '/admin%00',
    '/admin%0d',
    '/admin;x',
    '/admin;x=1/y',
    '/x/..;/admin',
    '/admin?x',
    '/admin/users',
  ]
  for (const spelling of spellings) {
    for (const [port, path] of [
      [client.port, `/v1.0/invoke/server/method${spelling}`],
      [server.sidecar.ingressPort ?? 0, spelling],
    ] as const) {
      const raw = `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`
      const [status] = statusesOf(await sendRaw(port, [raw]))
      // What is doubly encoded stays a name of its own, which no server takes for another.
      const wanted = spelling.includes('%2561') ? [200] : [400, 403, 404]
      expect([spelling, wanted.includes(status ?? 0)]).toEqual([spelling, true])
    }
  }
  expect(new Set(upstream.seen.map(({ url }) => url))).toEqual(new Set(['/%2561dmin']))
})

it('a running pair and access test agree about any policy and call', async () => {
  const { client, server, serverWith, clientSnapshot } = await pair(control('deny'))
  const action = fc.constantFrom<AccessAction>('allow', 'deny')
  const name = fc.constantFrom('/a', '/a/*', '/a/**', '/*', '/**', '/*/b', '/a/b', '/a*', '/A')
  const verbs = fc.constantFrom<string[]>(['*'], ['GET'], ['get'], ['POST'], [])
  const operations = fc.array(fc.record({ name, verbs, action, place: fc.constant('o') }), {
    maxLength: 4,
  })
  const policies = fc.array(
    fc.record({
      appId: fc.constantFrom('client', 'other'),
      namespace: fc.constantFrom('test', 'test', 'elsewhere'),
      trustDomain: fc.constant('public'),
      defaultAction: fc.option(action, { nil: undefined }),
      operations,
      place: fc.constant('p'),
    }),
    { maxLength: 3 },
  )
  const block = fc.record({ defaultAction: action, policies, place: fc.constant('b') })
  const path = fc.constantFrom('/', '/a', '/A/', '/a/b', '/b/b', '//a', '/a;x', '/a%2e', '/a/../b')
  const method = fc.constantFrom('GET', 'POST')
  const registry = new HandlerRegistry({
    clock: systemClock,
    logger: silentLogger,
    random: () => 0,
    middlewares: [],
  })
  const activate = (snapshot: AppSnapshot): ActiveSnapshot =>
    ActiveSnapshot.activate(snapshot, registry.lease(), new Set(), {
      clock: systemClock,
      logger: silentLogger,
      random: () => 0,
      svidIssuer: async () => 'http://127.0.0.1',
      bridges: { get: () => undefined },
      breakers: new Breakers(() => 0),
    })
  const from = activate(clientSnapshot)
  await fc.assert(
    fc.asyncProperty(block, path, method, fc.boolean(), async (spec, at, verb, isDirect) => {
      const snapshot = serverWith(spec)
      await server.sidecar.reload(snapshot)
      const [port, url] = isDirect
        ? [server.sidecar.ingressPort ?? 0, at]
        : [client.port, `/v1.0/invoke/server/method${at}`]
      const raw = `${verb} ${url} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`
      const [status] = statusesOf(await sendRaw(port, [raw]))
      const to = activate(snapshot)
      const trial = await tryCall(
        { from: isDirect ? undefined : from, target: 'server', to },
        { path: at, method: verb, token: undefined, signal: AbortSignal.timeout(5000) },
      )
      to.release()
      expect(status).toBe(trial.allowed ? 200 : trial.status)
    }),
    { numRuns: 300 },
  )
})
