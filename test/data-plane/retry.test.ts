// A handler may ask once for a request to be sent again, while its body is at hand.
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'

import type { Provisioned } from '../../src/middleware/middleware.ts'
import { endpoint, handlerOf, snapshotOf } from '../support/sidecar.ts'
import { app, sidecarOf, upstreamOf } from './call-fixture.ts'

describe('a retry', () => {
  const onceMore = (): Provisioned => {
    let token = 1
    return {
      summary: '',
      onRequest: (exchange) => void exchange.headers.set('authorization', `Bearer ${token}`),
      onResponse: async (exchange, head) => {
        if (head.status !== 401 || !exchange.replayable) return undefined
        token += 1
        exchange.headers.set('authorization', `Bearer ${token}`)
        return 'retry' as const
      },
    }
  }

  /** Says so without waiting, while the answer is being read. */
  const atOnceAgain: Provisioned = {
    summary: '',
    onRequest: (exchange) => void exchange.headers.set('authorization', 'Bearer 1'),
    onResponse: (exchange, head) => {
      if (head.status !== 401 || !exchange.replayable) return undefined
      exchange.headers.set('authorization', 'Bearer 2')
      return 'retry'
    },
  }

  it('sends a small body again, once, with the headers as they are now', async () => {
    const upstream = await upstreamOf((request, response) => {
      response.statusCode = request.headers.authorization === 'Bearer 2' ? 200 : 401
      response.end('x'.repeat(1000))
    })
    const test = await sidecarOf(
      snapshotOf({ endpoints: [endpoint('up', upstream.url)], httpPipeline: [handlerOf('again')] }),
      { again: onceMore },
    )
    const answer = await fetch(`${test.url}/v1.0/invoke/up/method/a`, {
      method: 'POST',
      body: 'hello',
    })
    expect(answer.status).toBe(200)
    expect(upstream.seen.map(({ body, headers }) => [body, headers.authorization])).toEqual([
      ['hello', 'Bearer 1'],
      ['hello', 'Bearer 2'],
    ])
  })

  it.for([
    ['a stream', false, 'HTTP/1.1 401 No\r\nContent-Type: text/event-stream\r\n\r\n:\n\n'],
    ['a stream, judged at once', true, 'HTTP/1.1 401 No\r\n\r\n:\n\n'],
    ['long', false, `HTTP/1.1 401 No\r\nContent-Length: 100000\r\n\r\n${'x'.repeat(70_000)}`],
    ['never complete', false, 'HTTP/1.1 401 No\r\nContent-Length: 10\r\n\r\nx'],
  ] as const)('holds no connection to an answer that is %s', async ([, atOnce, refused]) => {
    const open = new Set<Socket>()
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.on('data', (bytes) => {
        if (!bytes.includes('Bearer 1')) {
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
          return
        }
        open.add(socket)
        socket.once('close', () => open.delete(socket))
        socket.write(refused)
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    const test = await sidecarOf(
      snapshotOf({
        endpoints: [endpoint('up', `http://127.0.0.1:${port}`)],
        httpPipeline: [handlerOf('again')],
      }),
      { again: () => (atOnce ? atOnceAgain : onceMore()) },
    )
    const answer = await fetch(`${test.url}/v1.0/invoke/up/method/a`)
    expect([answer.status, await answer.text()]).toEqual([200, 'ok'])
    await expect.poll(() => open.size, { timeout: 5000 }).toBe(0)
  })

  it('uses the connection of a short answer again', async () => {
    const ports = new Set<number | undefined>()
    const upstream = await upstreamOf((request, response) => {
      ports.add(request.socket.remotePort)
      response.statusCode = request.headers.authorization === 'Bearer 2' ? 200 : 401
      response.end('x'.repeat(1000))
    })
    const test = await sidecarOf(
      snapshotOf({ endpoints: [endpoint('up', upstream.url)], httpPipeline: [handlerOf('again')] }),
      { again: onceMore },
    )
    expect((await fetch(`${test.url}/v1.0/invoke/up/method/a`)).status).toBe(200)
    expect((await fetch(`${test.url}/v1.0/invoke/up/method/a`)).status).toBe(200)
    expect(upstream.seen.length).toBe(3)
    expect(ports.size).toBeLessThan(3)
  })

  it('is made once only', async () => {
    const upstream = await upstreamOf((_request, response) => {
      response.writeHead(401).end()
    })
    const test = await sidecarOf(
      snapshotOf({ endpoints: [endpoint('up', upstream.url)], httpPipeline: [handlerOf('again')] }),
      { again: onceMore },
    )
    expect((await fetch(`${test.url}/v1.0/invoke/up/method/a`)).status).toBe(401)
    expect(upstream.seen.length).toBe(2)
  })

  it('is not made past the appHttpPipeline that has already seen the request', async () => {
    const upstream = await upstreamOf((_request, response) => {
      response.writeHead(401).end()
    })
    const strip = (): Provisioned => ({
      summary: '',
      onRequest: (exchange) => void exchange.headers.delete('authorization'),
    })
    const test = await sidecarOf(
      snapshotOf({
        app: app(upstream.url),
        httpPipeline: [handlerOf('again')],
        appHttpPipeline: [handlerOf('strip')],
      }),
      { again: onceMore, strip },
    )
    expect((await fetch(`${test.url}/v1.0/invoke/app/method/a`)).status).toBe(401)
    expect(upstream.seen.map(({ headers }) => headers.authorization)).toEqual([undefined])
  })

  it('is not made with a body of more than 64 KiB', async () => {
    const upstream = await upstreamOf((_request, response) => {
      response.writeHead(401).end()
    })
    const test = await sidecarOf(
      snapshotOf({ endpoints: [endpoint('up', upstream.url)], httpPipeline: [handlerOf('again')] }),
      { again: onceMore },
    )
    const body = 'a'.repeat(65 * 1024)
    expect(
      (await fetch(`${test.url}/v1.0/invoke/up/method/a`, { method: 'POST', body })).status,
    ).toBe(401)
    expect(upstream.seen.length).toBe(1)
  })
})
