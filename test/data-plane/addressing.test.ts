// How a request names its target, and what is left of the name when it goes on.
import { describe, expect, it } from 'vitest'

import type { Provisioned } from '../../src/middleware/middleware.ts'
import { endpoint, handlerOf, snapshotOf } from '../support/sidecar.ts'
import { echo, sidecarOf } from './call-fixture.ts'

const basic = (id: string): string => `Basic ${Buffer.from(`dapr-app-id:${id}`).toString('base64')}`

describe('a target', () => {
  it('is named by path, header or Basic credentials, and the naming header does not go on', async () => {
    const upstream = await echo()
    const test = await sidecarOf(snapshotOf({ endpoints: [endpoint('up', upstream.url)] }))
    await fetch(`${test.url}/v1.0/invoke/up/method/a`)
    await fetch(`${test.url}/a`, { headers: { 'dapr-app-id': 'up' } })
    await fetch(`${test.url}/a`, { headers: { authorization: basic('up') } })
    await fetch(`${test.url}/v1.0/healthz`, { headers: { 'dapr-app-id': 'up' } })
    expect(upstream.seen.map(({ url }) => url)).toEqual(['/a', '/a', '/a'])
    for (const seen of upstream.seen) {
      expect(seen.headers).not.toHaveProperty('dapr-app-id')
      expect(seen.headers).not.toHaveProperty('authorization')
    }
  })

  it.for([
    ['/nothing', 'INVOKE_TARGET_MISSING', 404],
    ['/v1.0/invoke/upp/method/a', 'INVOKE_TARGET_UNKNOWN', 404],
    ['/v1.0/invoke/http://127.0.0.1:1/method/a', 'INVOKE_TARGET_UNKNOWN', 404],
    ['/v1.0/invoke/other/method/a', 'INVOKE_TARGET_OFFLINE', 503],
  ] as const)('that is not there is refused: %s', async ([path, errorCode, status]) => {
    const test = await sidecarOf(
      snapshotOf({
        endpoints: [endpoint('up', 'http://127.0.0.1:1')],
        peers: [{ appId: 'other' }],
      }),
    )
    const answer = await fetch(`${test.url}${path}`)
    expect(answer.status).toBe(status)
    expect(await answer.json()).toMatchObject({ errorCode })
  })

  it('may be a URL only of an origin that was allowed', async () => {
    const upstream = await echo()
    const test = await sidecarOf(snapshotOf(), {}, { allowedUrls: new Set([upstream.url]) })
    const answer = await fetch(`${test.url}/v1.0/invoke/${upstream.url}/method/a`)
    expect(answer.status).toBe(200)
    expect(upstream.seen[0]?.url).toBe('/a')
    const refused = await fetch(`${test.url}/v1.0/invoke/http://other.test/method/a`)
    expect(refused.status).toBe(404)
    expect(await refused.text()).toContain('start dev run with --allow-invoke-url ORIGIN')
    const encoded = `${test.url}/v1.0/invoke/${encodeURIComponent(upstream.url)}/method/a`
    expect((await fetch(encoded)).status).toBe(400)
  })

  it.for([
    ['dapr-app-id', 'up'],
    ['authorization', basic('up')],
  ] as const)('named by %s is found whatever a handler does to headers', async ([name, value]) => {
    const upstream = await echo()
    const paths: string[] = []
    const attach = (): Provisioned => ({
      summary: '',
      onRequest: ({ headers, path }) => {
        paths.push(`${path} ${headers.get('authorization') ?? 'none'}`)
        headers.set('authorization', 'Bearer t')
        headers.delete('dapr-app-id')
        return undefined
      },
    })
    const test = await sidecarOf(
      snapshotOf({
        endpoints: [endpoint('up', upstream.url)],
        httpPipeline: [handlerOf('attach')],
      }),
      { attach },
    )
    const answer = await fetch(`${test.url}/mcp`, { headers: { [name]: value } })
    expect(answer.status).toBe(200)
    expect(paths).toEqual(['/mcp none'])
    expect(upstream.seen[0]?.headers.authorization).toBe('Bearer t')
  })

  it('named in both headers is the one of dapr-app-id, and neither goes on', async () => {
    const upstream = await echo()
    const test = await sidecarOf(snapshotOf({ endpoints: [endpoint('up', upstream.url)] }))
    const headers = { 'dapr-app-id': 'up', authorization: basic('other') }
    expect((await fetch(`${test.url}/a`, { headers })).status).toBe(200)
    expect(upstream.seen[0]?.headers).not.toHaveProperty('authorization')
  })

  it('is not named by Basic credentials of anybody else, which go on', async () => {
    const upstream = await echo()
    const test = await sidecarOf(snapshotOf({ endpoints: [endpoint('up', upstream.url)] }))
    const authorization = `Basic ${Buffer.from('alice:secret').toString('base64')}`
    await fetch(`${test.url}/v1.0/invoke/up/method/a`, { headers: { authorization } })
    expect(upstream.seen[0]?.headers.authorization).toBe(authorization)
  })

  it('in the path is found after the httpPipeline, which may change it', async () => {
    const upstream = await echo()
    const alias = (): Provisioned => ({
      summary: '',
      onRequest: (exchange) => {
        exchange.path = '/v1.0/invoke/up/method/aliased'
        return undefined
      },
    })
    const test = await sidecarOf(
      snapshotOf({ endpoints: [endpoint('up', upstream.url)], httpPipeline: [handlerOf('alias')] }),
      { alias },
    )
    expect((await fetch(`${test.url}/short`)).status).toBe(200)
    expect(upstream.seen[0]?.url).toBe('/aliased')
  })
})
