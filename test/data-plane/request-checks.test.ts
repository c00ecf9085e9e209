import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { endpoint, snapshotOf, startSidecar, type TestSidecar } from '../support/sidecar.ts'
import { sendRaw, statusesOf } from '../support/raw-http.ts'
import { startUpstream, type Upstream } from '../support/upstream.ts'

let upstream: Upstream
let test: TestSidecar

beforeAll(async () => {
  upstream = await startUpstream((_request, response) => {
    response.end('reached')
  })
  test = await startSidecar(snapshotOf({ endpoints: [endpoint('up', upstream.url)] }))
})
afterAll(async () => {
  await test.sidecar.stop(0)
  await upstream.close()
})

const path = '/v1.0/invoke/up/method/mcp'
const get = (headers: string, target = path): string => `GET ${target} HTTP/1.1\r\n${headers}\r\n`
const host = 'Host: 127.0.0.1\r\n'

describe('a request with doubtful framing', () => {
  const cases: [string, string, number][] = [
    [
      'two content lengths',
      `POST ${path} HTTP/1.1\r\n${host}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`,
      400,
    ],
    [
      'content length and chunked',
      `POST ${path} HTTP/1.1\r\n${host}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    [
      'identity before chunked',
      `POST ${path} HTTP/1.1\r\n${host}Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    [
      'chunked in HTTP/1.0',
      `POST ${path} HTTP/1.0\r\n${host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['an obs-fold', get(`${host}X-A: b\r\n c\r\n`), 400],
    ['bare LF', `GET ${path} HTTP/1.1\nHost: 127.0.0.1\n\n`, 400],
    ['a space before the colon', get(`${host}Authorization : Bearer x\r\n`), 400],
    ['no Host', get(''), 400],
    ['an empty Host', get('Host: \r\n'), 400],
    ['two Hosts', get(`${host}${host}`), 400],
    ['a Host with userinfo', get('Host: a@127.0.0.1\r\n'), 400],
    ['a Host with a path', get('Host: 127.0.0.1/b\r\n'), 400],
    [
      'two Authorizations',
      get(`${host}Authorization: Bearer a\r\nauthorization: Bearer b\r\n`),
      400,
    ],
    ['two Mcp-Session-Ids', get(`${host}Mcp-Session-Id: a\r\nMCP-SESSION-ID: b\r\n`), 400],
    ['an absolute-form target', get(host, 'http://evil.test/x'), 400],
    ['an asterisk target', `OPTIONS * HTTP/1.1\r\n${host}\r\n`, 400],
    ['a fragment', get(host, `${path}#x`), 400],
    ['TRACE', `TRACE ${path} HTTP/1.1\r\n${host}\r\n`, 405],
    ['CONNECT', `CONNECT evil.test:443 HTTP/1.1\r\n${host}\r\n`, 405],
    [
      'a WebSocket upgrade',
      get(
        `${host}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n`,
      ),
      501,
    ],
    ['an unknown expectation', get(`${host}Expect: 200-maybe\r\n`), 417],
    ['HTTP/2 prior knowledge', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    [
      '101 headers',
      get(host + Array.from({ length: 101 }, (_, n) => `X-${n}: 1\r\n`).join('')),
      431,
    ],
    ['a header over 16 KiB', get(`${host}X-A: ${'a'.repeat(17_000)}\r\n`), 431],
    ...[
      'authorization',
      'content-length',
      'content-type',
      'cookie',
      'dapr-api-token',
      'dapr-caller-app-id',
      'host',
      'last-event-id',
      'mcp-session-id',
      'origin',
      'x-forwarded-for',
    ].map((name): [string, string, number] => [
      `a Connection that names ${name}`,
      get(`${host}Connection: close\r\nConnection: X-A, ${name.toUpperCase()}\r\n`),
      400,
    ]),
  ]
  it.for(cases)('is refused: %s', async ([, bytes, status]) => {
    const before = upstream.seen.length
    expect(statusesOf(await sendRaw(test.port, [bytes]))[0]).toBe(status)
    expect(upstream.seen.length).toBe(before)
  })

  it.for(cases.filter(([what]) => what !== 'a WebSocket upgrade'))(
    'ends its connection, and what follows there is no request: %s',
    async ([, bytes]) => {
      const before = upstream.seen.length
      const raw = await sendRaw(test.port, [`${bytes}${get(host)}`, get(host)])
      expect(statusesOf(raw)).toHaveLength(1)
      expect(raw.toLowerCase()).toContain('\r\nconnection: close\r\n')
      expect(upstream.seen.length).toBe(before)
    },
  )

  it('waits for the answers before it, and is the last one', async () => {
    const before = upstream.seen.length
    const doubtful = get(`${host}Transfer-Encoding: identity\r\n`)
    const raw = await sendRaw(test.port, [get(host) + doubtful + get(host)])
    expect(statusesOf(raw)).toEqual([200, 400])
    expect(upstream.seen.length).toBe(before + 1)
  })

  it('is refused for each request of a pipelined pair by itself', async () => {
    const before = upstream.seen.length
    const raw = await sendRaw(test.port, [get(host) + get('Host: evil.test\r\n')])
    expect(statusesOf(raw)).toEqual([200, 403])
    expect(upstream.seen.length).toBe(before + 1)
  })
})

describe('the Host and Origin guard', () => {
  it.for([
    'Host: evil.test:3500\r\n',
    'Host: 127.0.0.1.nip.io\r\n',
    'Host: localhost.\r\n',
    `${host}Origin: https://evil.test\r\n`,
    `${host}Origin: null\r\n`,
    `${host}Origin: http://localhost.evil.test\r\n`,
    `${host}Sec-Fetch-Site: cross-site\r\n`,
  ])('keeps out %j', async (headers) => {
    const before = upstream.seen.length
    const status = statusesOf(await sendRaw(test.port, [get(headers)]))[0]
    expect([400, 403]).toContain(status)
    expect(upstream.seen.length).toBe(before)
  })

  it.for([
    'Host: localhost:3500\r\n',
    'Host: [::1]:3500\r\n',
    `${host}Origin: http://localhost:6274\r\nSec-Fetch-Site: same-site\r\n`,
  ])('lets in %j', async (headers) => {
    expect(statusesOf(await sendRaw(test.port, [get(headers)]))[0]).toBe(200)
  })
})
