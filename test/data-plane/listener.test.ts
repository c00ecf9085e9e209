// What a listener answers before, beside and after requests: expectations, upgrades, CONNECT, rubbish, its end.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'

import { sendRaw, statusesOf } from '../support/raw-http.ts'
import { endpoint, snapshotOf, type TestSidecar } from '../support/sidecar.ts'
import { echo, sidecarOf, upstreamOf } from './call-fixture.ts'

const path = '/v1.0/invoke/up/method/mcp'
const get = (headers: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`

async function proxied(): Promise<TestSidecar> {
  const upstream = await echo()
  return sidecarOf(snapshotOf({ endpoints: [endpoint('up', upstream.url)] }))
}

async function conversation(port: number): Promise<{ socket: Socket; received: () => string }> {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.setEncoding('latin1')
  socket.on('data', (part: string) => (text += part))
  await once(socket, 'connect')
  return { socket, received: () => text }
}

describe('a refusal', () => {
  it.for([
    ['CONNECT', 'CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test\r\n\r\n', 'CONNECT', 405],
    ['rubbish', 'rubbish\r\n\r\n', '-', 400],
    ['a long header', get(`X-A: ${'a'.repeat(17_000)}\r\n`), '-', 431],
  ] as const)('has a body and a line in the log: %s', async ([, bytes, method, status]) => {
    const test = await proxied()
    const raw = await sendRaw(test.port, [bytes])
    expect(statusesOf(raw)).toEqual([status])
    const [, body = ''] = raw.split('\r\n\r\n')
    expect(JSON.parse(body)).toMatchObject({ errorCode: expect.any(String) as string })
    expect(raw.toLowerCase()).toContain(`content-length: ${body.length}\r\n`)
    expect(test.log).toMatchObject([
      {
        door: 'sidecar',
        method,
        path: '-',
        status,
        caller: undefined,
        principal: undefined,
        target: undefined,
        api: false,
        reason: expect.any(String) as string,
      },
    ])
  })

  it('of an expectation is ours, with its line in the log', async () => {
    const test = await proxied()
    const raw = await sendRaw(test.port, [get('Expect: 200-maybe\r\nConnection: close\r\n')])
    expect(statusesOf(raw)).toEqual([417])
    expect(raw).toContain('"errorCode":"EXPECTATION_FAILED"')
    expect(test.log).toMatchObject([{ method: 'GET', path, target: 'up', status: 417 }])
  })

  it('of a request without Host is ours too, and the only answer to what came with it', async () => {
    const test = await proxied()
    const bytes = `GET ${path} HTTP/1.1\r\n\r\n`
    for (const behind of ['', get(''), 'rubbish\r\n\r\n', 'CONNECT a:1 HTTP/1.1\r\n\r\n']) {
      const raw = await sendRaw(test.port, [bytes + behind])
      expect(statusesOf(raw)).toEqual([400])
      expect(raw).toContain('"errorCode":"REQUEST_MALFORMED"')
    }
    const line = { method: 'GET', path, target: 'up', status: 400 }
    expect(test.log).toMatchObject([line, line, line, line])
  })

  it('survives a caller that resets the connection at once', async () => {
    const test = await proxied()
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const socket = connect(test.port, '127.0.0.1')
      await once(socket, 'connect')
      socket.write('CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test\r\n\r\n')
      socket.resetAndDestroy()
    }
    await test.logged(1)
    expect((await fetch(`${test.url}${path}`)).status).toBe(200)
  })

  describe.for([
    ['rubbish', 'rubbish\r\n\r\n', '-', 400],
    ['CONNECT', 'CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test\r\n\r\n', 'CONNECT', 405],
  ] as const)('of %s', ([, bytes, method, status]) => {
    const refusal = { method, path: '-', status }

    it('never mixes into an answer that is under way', async () => {
      const upstream = await upstreamOf((_request, response) => {
        response.write('first')
      })
      const test = await sidecarOf(snapshotOf({ endpoints: [endpoint('up', upstream.url)] }))
      const { socket, received } = await conversation(test.port)
      socket.write(get(''))
      await expect.poll(received).toContain('first')
      socket.write(bytes)
      await once(socket, 'close')
      expect(statusesOf(received())).toEqual([200])
      await test.logged(2)
      expect(test.log).toMatchObject([
        refusal,
        { method: 'GET', status: 200, reason: 'stream cut' },
      ])
    })

    it('is never taken for the answer to a request that was passed on', async () => {
      let cut = 0
      const upstream = await upstreamOf((_request, response) => {
        response.once('close', () => (cut += 1))
      })
      const test = await sidecarOf(snapshotOf({ endpoints: [endpoint('up', upstream.url)] }))
      const { socket, received } = await conversation(test.port)
      const post = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi`
      socket.write(post + post)
      await expect.poll(() => upstream.seen.length).toBe(2)
      socket.write(bytes)
      await once(socket, 'close')
      expect(received()).toBe('')
      await test.logged(3)
      expect(test.log).toMatchObject([refusal, { status: 499 }, { status: 499 }])
      await expect.poll(() => cut).toBe(2)
    })

    it('is not mixed in by a pipelined answer either', async () => {
      const upstream = await upstreamOf((request, response) => {
        if (request.url === '/mcp') response.write('first')
      })
      const test = await sidecarOf(snapshotOf({ endpoints: [endpoint('up', upstream.url)] }))
      const { socket, received } = await conversation(test.port)
      socket.write(get('') + get('').replace('/mcp', '/second'))
      await expect.poll(received).toContain('first')
      await expect.poll(() => upstream.seen.length).toBe(2)
      socket.write(bytes)
      await once(socket, 'close')
      expect(statusesOf(received())).toEqual([200])
    })
  })

  it('of a body that breaks off leaves one line in the log, that of its request', async () => {
    const upstream = await upstreamOf(() => {}, true)
    const test = await sidecarOf(snapshotOf({ endpoints: [endpoint('up', upstream.url)] }))
    const { socket } = await conversation(test.port)
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n`,
    )
    await expect.poll(() => upstream.seen[0]?.body).toBe('hi')
    socket.end()
    await once(socket, 'close')
    await test.logged(1)
    expect(test.log).toMatchObject([{ method: 'POST', status: 499 }])
    await expect.poll(() => upstream.seen[0]?.aborted).toBe(true)
  })
})

describe('a caller that pipelines', () => {
  async function silent() {
    let [open, most] = [0, 0]
    const upstream = await upstreamOf((_request, response) => {
      open += 1
      most = Math.max(most, open)
      response.once('close', () => (open -= 1))
    })
    const test = await sidecarOf(snapshotOf({ endpoints: [endpoint('up', upstream.url)] }))
    return { test, upstream, counts: () => ({ open, most }) }
  }

  it('has 32 requests under way and not one more: then the connection is cut', async () => {
    const { test, counts } = await silent()
    const { socket, received } = await conversation(test.port)
    socket.write(get('').repeat(32))
    await expect.poll(() => counts().open).toBe(32)
    socket.write(get(''))
    await once(socket, 'close')
    expect(received()).toBe('')
    await test.logged(33)
    expect(test.log[0]).toMatchObject({ method: 'GET', path: '-', status: 400 })
    await expect.poll(() => counts().open).toBe(0)
  })

  it('reaches the upstream with no more than that when all come at once', async () => {
    const { test, counts } = await silent()
    const { socket } = await conversation(test.port)
    // What is cut with bytes unread is reset.
    socket.on('error', () => {})
    socket.write(get('').repeat(1500))
    await test.logged(33)
    await expect.poll(() => counts().open).toBe(0)
    expect(counts().most).toBeLessThanOrEqual(32)
    expect(test.log).toHaveLength(33)
  })

  it('may send any number one after the other', async () => {
    const test = await proxied()
    const { socket, received } = await conversation(test.port)
    for (let round = 1; round <= 5; round += 1) {
      socket.write(get('').repeat(32))
      await expect.poll(() => statusesOf(received()).length).toBe(32 * round)
    }
    expect(new Set(statusesOf(received()))).toEqual(new Set([200]))
    socket.destroy()
  })
})

describe('an offer to upgrade', () => {
  const upgrade = (protocol: string): string =>
    get(
      `Connection: Upgrade, HTTP2-Settings\r\nUpgrade: ${protocol}\r\nHTTP2-Settings: AAMAAABk\r\n`,
    )

  it('to h2c is ignored: the request is served, and the connection goes on', async () => {
    const test = await proxied()
    const { socket, received } = await conversation(test.port)
    for (const [index, request] of [upgrade('h2c'), get('')].entries()) {
      socket.write(request)
      await expect.poll(() => statusesOf(received())).toHaveLength(index + 1)
    }
    expect(statusesOf(received())).toEqual([200, 200])
    socket.destroy()
  })

  it('to WebSocket is refused, with its line in the log', async () => {
    const test = await proxied()
    const raw = await sendRaw(test.port, [upgrade('websocket')])
    expect(statusesOf(raw)).toEqual([501])
    expect(raw).toContain('"errorCode":"UPGRADE_REFUSED"')
    expect(test.log).toMatchObject([{ path, target: 'up', status: 501 }])
  })
})

describe('the end', () => {
  it('comes with the last answer, however long the grace and the keep-alive are', async () => {
    const release = Promise.withResolvers<void>()
    const upstream = await upstreamOf(async (_request, response) => {
      await release.promise
      response.end('finished')
    })
    const test = await sidecarOf(snapshotOf({ endpoints: [endpoint('up', upstream.url)] }))
    const answer = fetch(`${test.url}${path}`)
    await expect.poll(() => upstream.seen.length).toBe(1)
    const stopped = test.sidecar.stop(600_000)
    release.resolve()
    expect(await (await answer).text()).toBe('finished')
    await stopped
  })
})
