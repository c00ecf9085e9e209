// Answers that are unusual but legal, or that come early: nothing hangs, nothing is taken for the next answer.
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'

import { sendRaw, statusesOf } from '../support/raw-http.ts'
import { endpoint, snapshotOf, type TestSidecar } from '../support/sidecar.ts'
import { sidecarOf, upstreamOf } from './call-fixture.ts'

const path = '/v1.0/invoke/up/method/x'
const megabyte = 1024 * 1024
const get = (headers = ''): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`

/** An upstream that answers the n-th request with the n-th text, on whatever connection it comes, and `fine` after that. */
async function scripted(...answers: readonly string[]): Promise<TestSidecar> {
  let count = 0
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', () => {
      socket.write(answers[count] ?? 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine')
      count += 1
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return sidecarOf(snapshotOf({ endpoints: [endpoint('up', `http://127.0.0.1:${port}`)] }))
}

describe('an answer that has no body', () => {
  const evil = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil'

  it.for([
    ['HEAD', 200, `HTTP/1.1 200 OK\r\nContent-Length: ${evil.length}\r\n\r\n${evil}`],
    ['GET', 204, `HTTP/1.1 204 No Content\r\nContent-Length: ${evil.length}\r\n\r\n${evil}`],
    ['GET', 304, `HTTP/1.1 304 Not Modified\r\nContent-Length: ${evil.length}\r\n\r\n${evil}`],
  ] as const)(
    'but comes with one, to %s with %d, poisons no later answer',
    async ([method, status, answer]) => {
      const test = await scripted(answer)
      const first = get().replace('GET', method)
      const raw = await sendRaw(test.port, [first])
      expect(statusesOf(raw)).toEqual([status])
      expect(raw.endsWith('\r\n\r\n')).toBe(true)
      for (let later = 0; later < 3; later += 1) {
        expect(await (await fetch(`${test.url}${path}`)).text()).toBe('fine')
      }
    },
  )

  it.for([
    ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', 'content-length: 5'],
    ['HEAD', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', undefined],
    ['GET', 'HTTP/1.1 204 No Content\r\n\r\n', undefined],
    ['GET', 'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n', undefined],
    ['GET', 'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\nContent-Length: 5\r\n\r\n', 'etag: "1"'],
  ] as const)('ends at once, with its fields: %j', async ([method, answer, field]) => {
    const test = await scripted(answer)
    const raw = await sendRaw(test.port, [get().replace('GET', method) + get()])
    expect(statusesOf(raw)).toHaveLength(2)
    expect(raw.endsWith('fine')).toBe(true)
    const [head = ''] = raw.toLowerCase().split('\r\n\r\n')
    if (field === undefined) expect(head).not.toContain('content-length')
    else expect(head).toContain(field)
  })
})

describe('what comes around an answer', () => {
  it.for(['102 Processing', '103 Early Hints'])('stays here when it is %s', async (status) => {
    const hint = `HTTP/1.1 ${status}\r\nLink: </a>\r\n\r\n`
    const test = await scripted(`${hint}${hint}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok`)
    const raw = await sendRaw(test.port, [get('Connection: close\r\n')])
    expect(statusesOf(raw)).toEqual([200])
    expect(raw).not.toContain('Link')
    expect(raw.endsWith('\r\n\r\nok')).toBe(true)
  })

  it.for([
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
    'HTTP/1.1 100 Continue\r\n\r\n',
  ])('is refused when nobody asked for it: %j', async (answer) => {
    const test = await scripted(answer)
    expect((await fetch(`${test.url}${path}`)).status).toBe(502)
  })

  it('is dropped when it is a trailer, either way', async () => {
    let trailers: NodeJS.Dict<string> = {}
    const upstream = await upstreamOf((request, response) => {
      ;({ trailers } = request)
      response.writeHead(200, { trailer: 'X-After' })
      response.write('body')
      response.addTrailers({ 'X-After': 'smuggled' })
      response.end()
    })
    const test = await sidecarOf(snapshotOf({ endpoints: [endpoint('up', upstream.url)] }))
    const raw = await sendRaw(test.port, [
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nTrailer: Authorization\r\n\r\n` +
        '4\r\nbody\r\n0\r\nAuthorization: Bearer smuggled\r\ndapr-caller-app-id: root\r\n\r\n',
    ])
    expect(statusesOf(raw)).toEqual([200])
    expect(raw.toLowerCase()).not.toContain('x-after')
    expect(upstream.seen[0]?.body).toBe('body')
    expect(trailers).toEqual({})
    for (const name of ['trailer', 'authorization', 'dapr-caller-app-id']) {
      expect(upstream.seen[0]?.headers).not.toHaveProperty(name)
    }
  })
})

describe('an answer that comes before the request is complete', () => {
  async function answering(early: (request: IncomingMessage) => void): Promise<TestSidecar> {
    const upstream = await upstreamOf((request, response) => {
      if (request.method === 'POST') {
        early(request)
        response.writeHead(401, { 'www-authenticate': 'Bearer' })
        response.end('refused')
      } else response.end('fine')
    }, true)
    return sidecarOf(
      snapshotOf({ endpoints: [endpoint('up', upstream.url)] }),
      {},
      { maxBodyBytes: 100 * megabyte },
    )
  }

  const post = (framing: string): string =>
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${framing}\r\n\r\n`
  /** Looks like requests, for a reader that loses its place. */
  const filling = `GET ${path}?smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n`
  const part = Buffer.alloc(megabyte, filling)

  /** Sends all of 50 MB, as clients do that read afterwards, then one more request on the same connection. */
  async function upload(test: TestSidecar, head: string, frame: (part: Buffer) => Buffer[]) {
    const socket = connect(test.port, '127.0.0.1')
    let received = ''
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => (received += text))
    const write = async (bytes: Buffer | string): Promise<void> => {
      if (!socket.write(bytes)) await once(socket, 'drain')
    }
    await write(head)
    for (let sent = 0; sent < 50; sent += 1) {
      for (const bytes of frame(part)) await write(bytes)
    }
    if (head.includes('chunked')) await write('0\r\n\r\n')
    await expect.poll(() => received).toContain('refused')
    await write(get('Connection: close\r\n'))
    await once(socket, 'close')
    return statusesOf(received)
  }

  const plain = (bytes: Buffer): Buffer[] => [bytes]
  const chunk = (bytes: Buffer): Buffer[] => [
    Buffer.from(`${bytes.length.toString(16)}\r\n`),
    bytes,
    Buffer.from('\r\n'),
  ]
  const chunked = post('Transfer-Encoding: chunked')

  it.for([
    ['declared', post(`Content-Length: ${50 * megabyte}`), plain],
    ['chunked', chunked, chunk],
  ] as const)('reaches the caller, whose connection stays sound: %s', async ([, head, frame]) => {
    const test = await answering(() => {})
    expect(await upload(test, head, frame)).toEqual([401, 200])
    await test.logged(2)
    expect(test.log.map(({ method, status }) => [method, status])).toEqual([
      ['POST', 401],
      ['GET', 200],
    ])
  })

  it('reaches the caller as well when the upstream reads no further', async () => {
    const test = await answering((request) => request.pause())
    expect(await upload(test, chunked, chunk)).toEqual([401, 200])
  })
})
