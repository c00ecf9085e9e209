// The body of a refused request: read as far as an honest caller needs, and no further.
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'

import { drainRequest } from '../../src/data-plane/request-body.ts'
import { statusesOf } from '../support/raw-http.ts'
import { handlerOf, snapshotOf } from '../support/sidecar.ts'
import { app, echo, refuse, sidecarOf } from './call-fixture.ts'

const megabyte = 1024 * 1024
const post = 'POST /a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n'

describe('a body nobody wants', () => {
  it('is read up to 64 MiB: then the connection is cut, and the answer has long been there', async () => {
    const upstream = await echo()
    const test = await sidecarOf(
      snapshotOf({ app: app(upstream.url), appHttpPipeline: [handlerOf('refuse')] }),
      { refuse },
      { ingressPort: 0 },
    )
    const socket = connect(test.sidecar.ingressPort ?? 0, '127.0.0.1')
    let received = ''
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => (received += text))
    // What is cut with bytes unread is reset.
    socket.on('error', () => {})
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.write(post)
    const chunk = Buffer.from(`100000\r\n${'x'.repeat(megabyte)}\r\n`)
    let sent = 0
    while (!socket.destroyed && sent < 1000 * megabyte) {
      sent += megabyte
      if (!socket.write(chunk)) {
        await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed])
      }
    }
    await closed
    expect(statusesOf(received)).toEqual([401])
    expect(sent).toBeGreaterThan(50 * megabyte)
    expect(sent).toBeLessThan(100 * megabyte)
    expect(upstream.seen).toEqual([])
  })

  it('is read for 30 seconds, however busily it comes', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const arrived = Promise.withResolvers<IncomingMessage>()
    const server = createServer((request, response) => {
      drainRequest(request)
      response.end('refused')
      arrived.resolve(request)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    socket.on('error', () => {})
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.write(post)
    const request = await arrived.promise
    await once(socket, 'data')
    for (let second = 0; second < 29; second += 1) {
      vi.advanceTimersByTime(1000)
      const read = once(request, 'data')
      socket.write('1\r\nx\r\n')
      await read
    }
    expect(request.destroyed).toBe(false)
    vi.advanceTimersByTime(1000)
    expect(request.destroyed).toBe(true)
    await closed
  })

  it('costs no timer once it is read', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const server = createServer((request, response) => {
      drainRequest(request)
      response.end('refused')
      request.once('close', () => socket.destroy())
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    socket.write(`${post}1\r\nx\r\n0\r\n\r\n`)
    await once(socket, 'close')
    expect(vi.getTimerCount()).toBe(0)
  })
})
