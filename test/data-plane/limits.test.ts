// How long bodies and headers may be: 413 and 431 beyond what the sidecar was told, and what reaches the app below.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'

import { sendRaw, statusesOf } from '../support/raw-http.ts'
import { endpoint, snapshotOf, type TestSidecar } from '../support/sidecar.ts'
import type { Upstream } from '../support/upstream.ts'
import { echo, sidecarOf, upstreamOf } from './call-fixture.ts'

const path = '/v1.0/invoke/up/method/a'

const before = (upstream: Upstream, limits: object): Promise<TestSidecar> =>
  sidecarOf(snapshotOf({ endpoints: [endpoint('up', upstream.url)] }), {}, limits)

describe('a body', () => {
  it.for([
    ['declared', (text: string) => text],
    ['chunked', (text: string) => new Blob([text]).stream()],
  ] as const)(
    'longer than allowed is 413, and one of the length goes through: %s',
    async ([, of]) => {
      const upstream = await echo()
      const { url } = await before(upstream, { maxBodyBytes: 1000 })
      const send = (length: number): Promise<Response> =>
        fetch(`${url}${path}`, { method: 'POST', body: of('x'.repeat(length)), duplex: 'half' })
      expect((await send(1000)).status).toBe(200)
      const refused = await send(1001)
      expect(refused.status).toBe(413)
      expect(await refused.json()).toEqual({
        errorCode: 'REQUEST_TOO_LARGE',
        message:
          'The request body is larger than 1000 bytes. Raise the limit with --max-body-size.',
      })
    },
  )
})

describe('headers', () => {
  const get = (length: number): string =>
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nX-Long: ${'x'.repeat(length)}\r\n\r\n`

  it('of a request that are longer than allowed are 431 with what to do', async () => {
    const upstream = await echo()
    const { port } = await before(upstream, { maxHeaderBytes: 4096 })
    const refused = await sendRaw(port, [get(4100)])
    expect(refused).toMatch(/^HTTP\/1.1 431 /)
    expect(refused).toContain('"errorCode":"HEADERS_TOO_LARGE"')
    expect(refused).toContain('--read-buffer-size')
    expect(await sendRaw(port, [get(3500)])).toMatch(/^HTTP\/1.1 200 /)
    expect(upstream.seen).toHaveLength(1)
  })

  it.for([
    [undefined, 502],
    [64 * 1024, 200],
  ] as const)('of an answer are bound by the same: %s', async ([maxHeaderBytes, status]) => {
    const upstream = await upstreamOf((_request, response) => {
      response.setHeader('x-long', 'x'.repeat(30_000))
      response.end('reached')
    })
    const { port } = await before(upstream, { maxHeaderBytes })
    expect(statusesOf(await sendRaw(port, [get(1)]))).toEqual([status])
  })

  it('that are longer than 16 KiB get through when that is allowed', async () => {
    const server = createServer({ maxHeaderSize: 64 * 1024 }, (request, response) => {
      response.end(`${String(request.headers['x-long']).length} long`)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const snapshot = snapshotOf({ endpoints: [endpoint('up', url)] })
    const { port } = await sidecarOf(snapshot, {}, { maxHeaderBytes: 64 * 1024 })
    expect(await sendRaw(port, [get(30_000)])).toContain('30000 long')
  })
})
