// Calls wait for a healthy app; without health checks nothing is asked.
import { request } from 'node:http'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

import type { AppHealthSpec } from '../../src/core/app-health.ts'
import type { AppSnapshot } from '../../src/core/snapshot.ts'
import type { HealthChange } from '../../src/data-plane/app-health.ts'
import { temporaryFolder } from '../support/temp-home.ts'
import { handlerOf, snapshotOf, type TestSidecar } from '../support/sidecar.ts'
import { app, refuse, sidecarOf, upstreamOf } from './call-fixture.ts'

const often: AppHealthSpec = { path: '/up', intervalSeconds: 0.02, timeoutMs: 2_000, threshold: 3 }

interface Scene {
  readonly test: TestSidecar
  readonly changes: HealthChange[]
  /** What the next checks are answered with. */
  set(status: number): void
  /** Checks since the last look. */
  checks(): number
  readonly calls: string[]
  readonly url: string
}

interface SceneOptions {
  readonly spec?: AppHealthSpec | undefined
  readonly status?: number
  readonly parts?: Partial<AppSnapshot>
  readonly socketPath?: string
}

async function scene(options: SceneOptions = {}): Promise<Scene> {
  let status = options.status ?? 200
  let checks = 0
  const calls: string[] = []
  const upstream = await upstreamOf((incoming, response) => {
    if (incoming.url === '/up') {
      checks += 1
      response.statusCode = status
    } else calls.push(incoming.url ?? '')
    response.end('answer')
  })
  const changes: HealthChange[] = []
  const health = 'spec' in options ? options.spec : often
  const spec = { ...app(upstream.url), ...(health === undefined ? {} : { health }) }
  const { socketPath, parts } = options
  const test = await sidecarOf(
    snapshotOf({ app: spec, ...parts }),
    { refuse },
    {
      ingressPort: 0,
      onHealthChange: (change) => changes.push(change),
      ...(socketPath === undefined ? {} : { socketPath }),
    },
  )
  return {
    test,
    changes,
    set: (next) => void (status = next),
    checks: () => {
      const count = checks
      checks = 0
      return count
    },
    calls,
    url: upstream.url,
  }
}

const ingress = ({ test }: Scene, path = '/x'): Promise<Response> =>
  fetch(`http://127.0.0.1:${test.sidecar.ingressPort}${path}`)
const metadata = async ({ test }: Scene): Promise<unknown> =>
  (
    (await (await fetch(`${test.url}/v1.0/metadata`)).json()) as {
      appConnectionProperties: unknown
    }
  ).appConnectionProperties

function overSocket(socketPath: string): Promise<number> {
  const headers = { 'dapr-caller-app-id': 'peer' }
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path: '/x', headers }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    call.on('error', reject).end()
  })
}

describe('an app whose health is checked', () => {
  it('gets no call, from nobody, before the first check succeeds', async () => {
    const socketPath = join(temporaryFolder(), 's')
    const all = await scene({ status: 500, socketPath })
    await expect
      .poll(() => all.changes)
      .toEqual([{ isHealthy: false, detail: 'GET /up answered 500' }])
    const refused = await ingress(all)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
    expect(await refused.json()).toMatchObject({ errorCode: 'APP_UNHEALTHY' })
    expect(await overSocket(socketPath)).toBe(503)
    expect((await fetch(`${all.test.url}/v1.0/invoke/app/method/x`)).status).toBe(503)
    expect(all.calls).toEqual([])
    await all.test.logged(3)
    expect(all.test.log.map(({ reason }) => reason)).toEqual(
      Array.from({ length: 3 }, () => 'APP_UNHEALTHY: GET /up answered 500'),
    )
    all.set(204)
    await expect
      .poll(() => all.changes[1])
      .toEqual({
        isHealthy: true,
        detail: 'GET /up answered 204',
      })
    expect(await overSocket(socketPath)).toBe(200)
    expect((await ingress(all)).status).toBe(200)
    expect(all.calls).toEqual(['/x', '/x'])
  })

  it('is healthy until as many checks in a row have failed as the threshold says', async () => {
    const all = await scene({ spec: { ...often, threshold: 3 } })
    await expect.poll(() => all.changes).toHaveLength(1)
    all.set(302)
    all.checks()
    await expect.poll(() => all.changes).toHaveLength(2)
    expect(all.checks()).toBeGreaterThanOrEqual(3)
    expect(all.changes[1]).toEqual({ isHealthy: false, detail: 'GET /up answered 302' })
    expect(await metadata(all)).toMatchObject({
      health: { healthCheckPath: '/up', healthThreshold: 3, status: 'unhealthy' },
    })
    all.set(200)
    await expect.poll(() => all.changes).toHaveLength(3)
    expect(await metadata(all)).toMatchObject({ health: { status: 'healthy' } })
  })

  it('is unhealthy when it does not answer in time', async () => {
    const silent = await upstreamOf(() => {})
    const changes: HealthChange[] = []
    const health = { ...often, timeoutMs: 30 }
    await sidecarOf(
      snapshotOf({ app: { ...app(silent.url), health } }),
      {},
      { onHealthChange: (change) => changes.push(change) },
    )
    await expect
      .poll(() => changes)
      .toEqual([{ isHealthy: false, detail: 'GET /up did not answer within 30 ms' }])
  })

  it('is looked for often until it listens, without a word', async () => {
    const gone = await upstreamOf((_, response) => void response.end())
    await gone.close()
    const changes: HealthChange[] = []
    const health = { ...often, intervalSeconds: 600 }
    const test = await sidecarOf(
      snapshotOf({ app: { ...app(gone.url), health } }),
      {},
      { ingressPort: 0, onHealthChange: (change) => changes.push(change) },
    )
    const call = (): Promise<Response> => fetch(`http://127.0.0.1:${test.sidecar.ingressPort}/x`)
    expect((await call()).status).toBe(503)
    expect(changes).toEqual([])
    gone.server.listen(gone.port, '127.0.0.1')
    await expect.poll(() => changes).toHaveLength(1)
    expect((await call()).status).toBe(200)
  })

  it('is told apart from one that may not be called at all', async () => {
    const all = await scene({ status: 500, parts: { appHttpPipeline: [handlerOf('refuse')] } })
    expect((await ingress(all)).status).toBe(401)
  })

  it('keeps its state when only the times change, and is asked anew at another path', async () => {
    const all = await scene()
    await expect.poll(() => all.changes).toHaveLength(1)
    const next = (health: AppHealthSpec): Promise<unknown> =>
      all.test.sidecar.reload(snapshotOf({ app: { ...app(all.url), health } }))
    await next({ ...often, threshold: 5 })
    expect(all.test.sidecar.health?.isHealthy).toBe(true)
    await next({ ...often, path: '/other' })
    expect(all.test.sidecar.health?.isHealthy).toBe(false)
    await expect.poll(() => all.changes).toHaveLength(2)
  })

  it('is asked no more once checks are off, or the sidecar has stopped', async () => {
    const all = await scene({ status: 500 })
    await expect.poll(() => all.checks()).toBeGreaterThan(0)
    await all.test.sidecar.reload(snapshotOf({ app: app(all.url) }))
    expect((await ingress(all)).status).toBe(200)
    expect(all.test.sidecar.health).toBeUndefined()
    expect(await metadata(all)).not.toHaveProperty('health')
  })
})

it('an app whose health is not checked is called, and never asked', async () => {
  const all = await scene({ spec: undefined, status: 500 })
  expect((await ingress(all)).status).toBe(200)
  expect((await ingress(all, '/up')).status).toBe(500)
  expect(all.checks()).toBe(1)
})
