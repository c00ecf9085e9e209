// spec.api: what an app may call at its own sidecar, from the manifest to the 404.
import { expect, it } from 'vitest'

import { deniedApis } from '../../src/core/sidecar-apis.ts'
import { tryCall } from '../../src/data-plane/trial.ts'
import { readTexts } from '../../src/manifest/read.ts'
import { twoSidecars } from './two-sidecars.ts'
import { ActiveSnapshot } from '../../src/data-plane/active-snapshot.ts'
import { HandlerRegistry } from '../../src/data-plane/handlers.ts'
import { systemClock } from '../../src/core/clock.ts'
import { silentLogger } from '../../src/core/logger.ts'
import { snapshotOf } from '../support/sidecar.ts'

const rule = (name: string, version = 'v1', protocol: object = { protocol: 'http' }) => ({
  name,
  version,
  ...protocol,
})

it.for([
  [{}, []],
  [{ allowed: [], denied: [] }, []],
  [{ denied: [rule('invoke')] }, ['invoke']],
  [{ denied: [rule('invoke', 'v1.0')] }, ['invoke']],
  [{ denied: [rule('invoke', 'v1alpha1')] }, []],
  [{ denied: [rule('state')] }, []],
  [{ allowed: [rule('invoke')] }, ['metadata', 'shutdown', 'mcp']],
  [
    { allowed: [rule('invoke')], denied: [rule('invoke')] },
    ['invoke', 'metadata', 'shutdown', 'mcp'],
  ],
  [{ allowed: [rule('invoke', 'v1alpha1')] }, ['invoke', 'metadata', 'shutdown', 'mcp']],
  // Of rules for gRPC there are none here, so that nothing is left out over HTTP, as in Dapr.
  [{ allowed: [rule('invoke', 'v1', { protocol: 'grpc' })] }, []],
  // Dapr passes these by.
  [{ denied: [rule('invoke', 'v1', {})] }, ['invoke']],
] as const)('of %j, %j are not served', ([api, denied]) => {
  expect(deniedApis({ spec: { api } })).toEqual(denied)
})

it('what is not served is a 404, and the app is not reached; health always is served', async () => {
  const { one, apps } = await twoSidecars({
    one: { deniedApis: ['invoke', 'metadata', 'shutdown', 'mcp'] },
  })
  for (const [method, path] of [
    ['GET', '/v1.0/invoke/two/method/a'],
    ['GET', '/v1.0/metadata'],
    ['PUT', '/v1.0/metadata/x'],
    ['POST', '/v1.0/shutdown'],
    ['GET', '/v1.0/diagrid/mcp/server'],
    ['GET', '//v1.0//metadata'],
    ['GET', '/v1.0/%6detadata'],
    ['GET', '/anything'],
  ] as const) {
    const answer = await fetch(one.url + path, { method })
    const { errorCode } = (await answer.json()) as { errorCode: string }
    expect([path, answer.status, errorCode]).toEqual([path, 404, 'API_DENIED'])
  }
  const named = await fetch(`${one.url}/a`, { headers: { 'dapr-app-id': 'two' } })
  expect(named.status).toBe(404)
  await one.sidecar.warmUp(AbortSignal.timeout(1_000))
  expect((await fetch(`${one.url}/v1.0/healthz`)).status).toBe(204)
  expect(apps.two.seen).toEqual([])
})

it('is for the caller: others may call the app as before, and each API stands for itself', async () => {
  const { one, two, through, ingress, apps } = await twoSidecars({
    one: { deniedApis: ['metadata'] },
    two: { deniedApis: ['invoke'] },
  })
  expect((await fetch(through('two', '/a'))).status).toBe(200)
  expect((await fetch(ingress('/a'))).status).toBe(200)
  expect((await fetch(`${one.url}/v1.0/metadata`)).status).toBe(404)
  expect((await fetch(`${two.url}/v1.0/metadata`)).status).toBe(200)
  expect((await fetch(`${two.url}/v1.0/invoke/one/method/a`)).status).toBe(404)
  expect(apps.one.seen).toEqual([])
})

it('access test says the same', async () => {
  const registry = new HandlerRegistry({
    clock: systemClock,
    logger: silentLogger,
    random: () => 0,
    middlewares: [],
  })
  const parts = {
    clock: systemClock,
    logger: silentLogger,
    random: () => 0,
    svidIssuer: async () => '',
  }
  const activate = (parts_: Parameters<typeof snapshotOf>[0]) =>
    ActiveSnapshot.activate(snapshotOf(parts_), registry.lease(), new Set(), parts as never)
  const trial = await tryCall(
    {
      from: activate({ appId: 'one', deniedApis: ['invoke'], peers: [{ appId: 'two' }] }),
      target: 'two',
      to: activate({ appId: 'two' }),
    },
    { path: '/a', method: 'GET', token: undefined, signal: AbortSignal.timeout(1_000) },
  )
  expect(trial).toMatchObject({ allowed: false, status: 404 })
})

it('a name that is no API is an error of apply, and a rule for gRPC a warning', () => {
  const manifest = (api: object) => ({
    file: 'c',
    text: JSON.stringify({
      apiVersion: 'dapr.io/v1alpha1',
      kind: 'Configuration',
      metadata: { name: 'c' },
      spec: { api },
    }),
  })
  const said = (api: object) =>
    readTexts([manifest(api)]).diagnostics.map(({ severity, message }) => `${severity}: ${message}`)
  expect(said({ denied: [rule('invok')] })).toEqual(['error: "invok" is no API of a sidecar.'])
  expect(said({ denied: [rule('invoke/secret', 'v1.0')] })).toHaveLength(1)
  expect(said({ allowed: [rule('invoke'), rule('state')] })).toEqual([])
  expect(said({ denied: [rule('invoke', 'v1', { protocol: 'grpc' })] })).toEqual([
    'warning: gRPC is not served here: the rule is about nothing.',
  ])
})
