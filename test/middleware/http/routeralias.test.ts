// Paths that lead elsewhere: in both pipelines, one after the other, and never past access control.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { AccessControl } from '../../../src/core/access-control.ts'
import { parseTarget } from '../../../src/core/request-target.ts'
import { readRouteAliases } from '../../../src/core/route-alias.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { silentLogger } from '../../../src/core/logger.ts'
import { ActiveSnapshot } from '../../../src/data-plane/active-snapshot.ts'
import { HandlerRegistry } from '../../../src/data-plane/handlers.ts'
import { tryCall } from '../../../src/data-plane/trial.ts'
import { middlewares } from '../../../src/middleware/index.ts'
import { snapshotOf } from '../../support/sidecar.ts'
import { routerAlias } from '../../../src/middleware/http/routeralias.ts'
import { real, twoSidecars } from '../../data-plane/two-sidecars.ts'
import { createContext, createExchange } from '../exchange-fixture.ts'

const alias = (routes: object) => real('routeralias', { routes: JSON.stringify(routes) })
const text = async (url: string) => (await fetch(url, { method: 'POST' })).text()

function led(routes: string, target: string): string {
  const handler = routerAlias.provision({ routes }, createContext())
  const exchange = createExchange(parseTarget(target))
  expect(handler.onRequest?.(exchange)).toBeUndefined()
  return exchange.path + exchange.query
}

describe('a route', () => {
  const routes = JSON.stringify({
    '/plain': '/v1.0/invoke/two/method/x',
    '/a.b': '/dot',
    '/tools/{id}/calls/{call}': '/mcp',
    '/n/{id:[0-9]{2}}': '/number',
    '/caf%C3%A9/{x}': '/never',
    '/café': '/coffee',
    '/tools/{other}': '/second',
    '/tools/one': '/shadowed',
  })
  it.for([
    ['/plain', '/v1.0/invoke/two/method/x'],
    ['/plain/', '/v1.0/invoke/two/method/x'],
    ['/plain?q=1', '/v1.0/invoke/two/method/x?q=1'],
    ['/Plain', '/Plain'],
    ['/plain/more', '/plain/more'],
    ['/x/plain', '/x/plain'],
    ['/a.b', '/dot'],
    ['/aXb', '/aXb'],
    ['/tools/7/calls/9?z=1', '/mcp?z=1&id=7&call=9'],
    ['/tools/a%26b%3Dc/calls/%C3%A9', '/mcp?id=a%26b%3Dc&call=%C3%A9'],
    ['/tools/one', '/second?other=one'],
    ['/n/42', '/number?id=42'],
    ['/n/421', '/n/421'],
    ['/caf%c3%a9', '/coffee'],
  ] as const)('leads %s to %s', ([from, to]) => {
    expect(led(routes, from)).toBe(to)
  })

  it('may be written as a flat YAML map', () => {
    const yaml = '# routes\n"/a/{n:[0-9]+}": /b\n/c: \'/d\'\n'
    expect(led(yaml, '/a/1')).toBe('/b?n=1')
    expect(led(yaml, '/c')).toBe('/d')
  })

  it.for([
    '',
    '{}',
    '[]',
    '{"/a": 1}',
    '{"/a": "/b", "/a": "/c"}',
    '{"a": "/b"}',
    '{"/a": "b"}',
    '{"/a": "/b?c"}',
    '{"/a": "/b/../c"}',
    '{"/a": "//evil/../x"}',
    '{"/a": "https://evil/"}',
    '{"/a/{": "/b"}',
    '{"/a/}": "/b"}',
    '{"/a/{x}/{x}": "/b"}',
    '{"/a/{x:}": "/b"}',
    '{"/a/{x y}": "/b"}',
    '/a: /b\n/a: /c',
    '/a: [/b]',
    '/a /b',
  ])('is refused: %j', (written) => {
    expect('problem' in readRouteAliases(written)).toBe(true)
  })
})

it('leads to another App ID in httpPipeline, and to another path in appHttpPipeline', async () => {
  const { one, apps } = await twoSidecars({
    one: { httpPipeline: [alias({ '/hello/{who}': '/v1.0/invoke/two/method/greet' })] },
    two: { appHttpPipeline: [alias({ '/greet': '/v2/greet' })] },
  })
  expect(await text(`${one.url}/hello/ann?x=1`)).toBe('two:/v2/greet?x=1&who=ann')
  expect(apps.two.seen[0]?.method).toBe('POST')
  expect(apps.one.seen).toEqual([])
})

function only(name: string): AccessControl {
  const operation = { name, verbs: ['*'], action: 'allow' as const, place: 'guard.yaml:12:9' }
  const policy = {
    appId: 'one',
    namespace: 'test',
    trustDomain: 'public',
    defaultAction: 'deny' as const,
    operations: [operation],
    place: 'guard.yaml:9:9',
  }
  return { defaultAction: 'deny', policies: [policy], place: 'guard.yaml:6:5' }
}

describe('access control', () => {
  it('has to allow both the path that was called and the one that the app gets', async () => {
    const appHttpPipeline = [alias({ '/public': '/admin', '/open/a': '/open/b' })]
    const { through, apps } = await twoSidecars({
      two: { appHttpPipeline, accessControl: only('/public') },
    })
    expect((await fetch(through('two', '/public'))).status).toBe(403)
    expect(apps.two.seen).toEqual([])
    const both = await twoSidecars({ two: { appHttpPipeline, accessControl: only('/open') } })
    expect(await text(both.through('two', '/open/a'))).toBe('two:/open/b')
  })

  it('saw the very path that the app gets, whatever the spelling and the alias', async () => {
    const { through, apps } = await twoSidecars({
      one: { httpPipeline: [alias({ '/v1.0/invoke/two/method/x': '/v1.0/invoke/two/method/a' })] },
      two: {
        appHttpPipeline: [alias({ '/a': '/admin', '/b/{n}': '/allowed/b', '/allowed/c': '/a' })],
        accessControl: only('/allowed'),
      },
    })
    const piece = fc.constantFrom('a', 'b', 'x', 'allowed', 'admin', '%61', '%62', '', 'c')
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 4 }), async (pieces) => {
        const before = apps.two.seen.length
        const { status } = await fetch(through('two', `/${pieces.join('/')}`))
        const reached = apps.two.seen.slice(before).map(({ url }) => url)
        expect(status === 200).toBe(reached.length === 1)
        for (const url of reached) expect(url).toMatch(/^\/allowed(?:[/?]|$)/)
      }),
      { numRuns: 150 },
    )
  })
})

it('that cannot be used is a 503 in both pipelines', async () => {
  const broken = real('routeralias', { routes: '{"/a/{x:(}": "/b"}' })
  const { through, ingress, apps } = await twoSidecars({
    one: { httpPipeline: [broken] },
    two: { appHttpPipeline: [broken] },
  })
  expect((await fetch(through('two', '/a/1'))).status).toBe(503)
  expect((await fetch(ingress('/a/1'))).status).toBe(503)
  expect(apps.two.seen).toEqual([])
})

it('is tried by access test, which asks access control about the new path too', async () => {
  const registry = new HandlerRegistry({
    clock: systemClock,
    logger: silentLogger,
    random: () => 0,
    middlewares,
  })
  const to = ActiveSnapshot.activate(
    snapshotOf({
      appId: 'two',
      appHttpPipeline: [alias({ '/public': '/admin' })],
      accessControl: only('/public'),
      peers: [{ appId: 'one' }],
    }),
    registry.lease(),
    new Set(),
    { clock: systemClock, logger: silentLogger } as never,
  )
  const from = ActiveSnapshot.activate(
    snapshotOf({ appId: 'one', peers: [{ appId: 'two' }] }),
    registry.lease(),
    new Set(),
    { clock: systemClock, logger: silentLogger } as never,
  )
  const signal = AbortSignal.timeout(1_000)
  const call = { path: '/public', method: 'GET', token: undefined, signal }
  const { allowed, steps } = await tryCall({ from, target: 'two', to }, call)
  expect(allowed).toBe(false)
  expect(steps.slice(-3).map(({ layer, outcome }) => `${layer} ${outcome}`)).toEqual([
    'appHttpPipeline passed',
    'appHttpPipeline passed',
    'accessControl refused',
  ])
  expect(steps.at(-2)?.detail).toContain('leads to /admin')
})
