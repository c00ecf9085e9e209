// The access log: one record per request, with what is known of those that are refused early.
import { mkdtempSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

import { sendRaw, statusesOf } from '../support/raw-http.ts'
import { endpoint, handlerOf, snapshotOf, type TestSidecar } from '../support/sidecar.ts'
import { app, echo, refuse, sidecarOf } from './call-fixture.ts'

const up = '/v1.0/invoke/up/method/mcp'
const self = '/v1.0/invoke/app/method/mcp'
const get = (path: string, headers: string): string =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}Connection: close\r\n\r\n`
const twice = 'Authorization: Bearer a\r\nauthorization: Bearer b\r\n'

async function guarded(options: Parameters<typeof sidecarOf>[2] = {}): Promise<TestSidecar> {
  const upstream = await echo()
  return sidecarOf(
    snapshotOf({ app: app(upstream.url), endpoints: [endpoint('up', upstream.url)] }),
    {},
    options,
  )
}

describe('a request that is refused early', () => {
  it.for([
    ['a foreign origin', up, 'Origin: https://evil.test\r\n', 403],
    ['a wrong API token', up, 'dapr-api-token: wrong\r\n', 401],
    ['WebSocket', up, 'Upgrade: websocket\r\n', 501],
    ['a repeated header', up, 'Mcp-Session-Id: a\r\nMcp-Session-Id: b\r\n', 400],
    ['a reserved name in Connection', up, 'Connection: authorization\r\n', 400],
  ] as const)('is logged with its target and path: %s', async ([, path, headers, status]) => {
    const test = await guarded()
    expect(statusesOf(await sendRaw(test.port, [get(path, headers)]))).toEqual([status])
    expect(test.log).toMatchObject([{ target: 'up', path, status, api: false }])
  })

  it('by a handler is logged with its target', async () => {
    const test = await sidecarOf(
      snapshotOf({
        endpoints: [endpoint('up', 'http://127.0.0.1:1')],
        httpPipeline: [handlerOf('refuse')],
      }),
      { refuse },
    )
    await fetch(`${test.url}/mcp`, { headers: { 'dapr-app-id': 'up' } })
    await test.logged(1)
    expect(test.log).toMatchObject([{ target: 'up', path: '/mcp', status: 401, reason: 'no' }])
  })

  it('is logged without a target that does not exist, and without a path that cannot be read', async () => {
    const test = await guarded()
    await sendRaw(test.port, [get('/v1.0/invoke/nobody/method/x', '')])
    await sendRaw(test.port, [get('/%zz', '')])
    expect(test.log).toMatchObject([
      { target: undefined, path: '/v1.0/invoke/nobody/method/x', status: 404 },
      { target: undefined, path: '-', status: 400 },
    ])
  })
})

describe('a repeated Authorization', () => {
  const challenge = 'www-authenticate: Bearer realm="mcpauth", error="invalid_request"\r\n'

  it('in front of the app is an invalid_request, said by a challenge', async () => {
    const test = await guarded({ ingressPort: 0 })
    const through = [
      [test.port, self],
      [test.sidecar.ingressPort ?? 0, '/mcp'],
    ] as const
    for (const [port, path] of through) {
      const raw = await sendRaw(port, [get(path, twice)])
      expect(statusesOf(raw)).toEqual([400])
      expect(raw).toContain(challenge)
      expect(test.log.at(-1)).toMatchObject({ target: 'app', path, status: 400 })
    }
  })

  it('on the private socket as well', async () => {
    const socketPath = join(mkdtempSync(join(tmpdir(), 'mcpauth-')), 's')
    const test = await guarded({ socketPath })
    const outgoing = httpRequest({
      socketPath,
      path: '/mcp',
      headers: ['Host', 'localhost', 'Authorization', 'Bearer a', 'Authorization', 'Bearer b'],
    })
    outgoing.end()
    const answer = await new Promise<{ status: number | undefined; header: string | undefined }>(
      (resolve, reject) => {
        outgoing.once('error', reject)
        outgoing.once('response', ({ statusCode: status, headers }) =>
          resolve({ status, header: headers['www-authenticate'] }),
        )
      },
    )
    expect(answer).toEqual({
      status: 400,
      header: 'Bearer realm="mcpauth", error="invalid_request"',
    })
    outgoing.destroy()
    await test.logged(1)
    expect(test.log[0]).toMatchObject({ door: 'peer', target: 'app', path: '/mcp' })
  })

  it('on the way out is refused without one: this sidecar guards nothing there', async () => {
    const test = await guarded()
    const raw = await sendRaw(test.port, [get(up, twice)])
    expect(statusesOf(raw)).toEqual([400])
    expect(raw.toLowerCase()).not.toContain('www-authenticate')
  })
})

describe("a request to the sidecar's own API", () => {
  it('is marked as such, with a reason only when it failed', async () => {
    const test = await guarded()
    const wrong = { headers: { 'dapr-api-token': 'wrong' } }
    await fetch(`${test.url}/v1.0/healthz`)
    await fetch(`${test.url}/v1.0/metadata`)
    await fetch(`${test.url}/v1.0/metadata`, wrong)
    await fetch(`${test.url}/v1.0/metadata`, { method: 'DELETE' })
    await fetch(`${test.url}${up}`)
    await test.logged(5)
    expect(test.log.map(({ api, status, reason }) => [api, status, reason?.split(':')[0]])).toEqual(
      [
        [true, 500, 'ERR_HEALTH_NOT_READY'],
        [true, 200, undefined],
        [true, 401, 'API_TOKEN_INVALID'],
        [true, 405, 'METHOD_NOT_ALLOWED'],
        [false, 200, undefined],
      ],
    )
  })
})
