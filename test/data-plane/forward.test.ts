import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect, createServer, type AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'

import { sendRaw, statusesOf } from '../support/raw-http.ts'
import { endpoint, snapshotOf, startSidecar, type TestSidecar } from '../support/sidecar.ts'
import { startUpstream, type Upstream } from '../support/upstream.ts'

const open: { upstream?: Upstream; test?: TestSidecar } = {}
afterEach(async () => {
  await open.test?.sidecar.stop(0)
  await open.upstream?.close()
})

type Answer = Parameters<typeof startUpstream>[0]

async function proxied(answer: Answer, early = false, headers: Record<string, string> = {}) {
  open.upstream = await startUpstream(answer, early)
  open.test = await startSidecar(
    snapshotOf({ endpoints: [endpoint('up', `${open.upstream.url}/base`, headers)] }),
  )
  return { upstream: open.upstream, test: open.test, url: `${open.test.url}/v1.0/invoke/up/method` }
}

describe('a forwarded request', () => {
  it.for(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'])(
    'keeps %s',
    async (method) => {
      const { upstream, url } = await proxied((_request, response) => {
        response.end('ok')
      })
      const sent =
        method === 'POST' || method === 'PUT' || method === 'PATCH' ? { body: 'hello' } : {}
      const answer = await fetch(`${url}/a/b?x=%2F&y=1`, { method, ...sent })
      expect(answer.status).toBe(200)
      expect(upstream.seen[0]).toMatchObject({
        method,
        url: '/base/a/b?x=%2F&y=1',
        body: sent.body ?? '',
      })
      expect(upstream.seen[0]?.headers.host).toBe(`127.0.0.1:${upstream.port}`)
    },
  )

  it('streams a chunked body as it comes', async () => {
    const firstChunk = Promise.withResolvers<string>()
    const { url } = await proxied((request, response) => {
      request.once('data', (chunk: string) => firstChunk.resolve(chunk))
      request.once('end', () => response.end('done'))
    }, true)
    const outgoing = httpRequest(`${url}/up`, { method: 'POST' })
    outgoing.write('first')
    expect(await firstChunk.promise).toBe('first')
    outgoing.end('last')
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
    expect(answer.statusCode).toBe(200)
    answer.resume()
  })

  it('never looks complete when the caller breaks off', async () => {
    const aborted = Promise.withResolvers<void>()
    const { test, upstream } = await proxied((request) => {
      request.once('error', () => aborted.resolve())
    }, true)
    const socket = connect(test.port, '127.0.0.1')
    socket.write(
      'POST /v1.0/invoke/up/method/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
    )
    await expect.poll(() => upstream.seen[0]?.body).toBe('hello')
    socket.destroy()
    await aborted.promise
    expect(upstream.seen[0]?.aborted).toBe(true)
  })

  it('is refused with 413 beyond the limit, declared or streamed', async () => {
    const { test, upstream, url } = await proxied((_request, response) => {
      response.end('ok')
    })
    const big = 'a'.repeat(5 * 1024 * 1024)
    const declared = await sendRaw(test.port, [
      `POST /v1.0/invoke/up/method/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${big.length}\r\n\r\n`,
    ])
    expect(statusesOf(declared)).toEqual([413])
    expect(upstream.seen.length).toBe(0)
    const streamed = await fetch(`${url}/x`, {
      method: 'POST',
      body: new Blob([big]).stream(),
      duplex: 'half',
    })
    expect(streamed.status).toBe(413)
    expect(await streamed.json()).toMatchObject({ errorCode: 'REQUEST_TOO_LARGE' })
  })

  it('loses hop-by-hop headers, both ways, and the identity of nobody gets through', async () => {
    const { upstream, url } = await proxied((_request, response) => {
      response.setHeader('Connection', 'x-private')
      response.setHeader('X-Private', '1')
      response.setHeader('Proxy-Authenticate', 'Basic')
      response.setHeader('X-Kept', ['a', 'b'])
      response.setHeader('WWW-Authenticate', 'Bearer scope="x"')
      response.statusCode = 401
      response.end()
    })
    const outgoing = httpRequest(`${url}/x`, {
      headers: {
        connection: 'close, x-nominated',
        'x-nominated': '1',
        te: 'trailers',
        'proxy-authorization': 'Basic x',
        'dapr-caller-app-id': 'root',
        dapr_caller_app_id: 'root',
        'dapr-caller-namespace': 'kube-system',
        'mcp-session-id': 's1',
        'last-event-id': '7',
        cookie: 'a=b',
      },
    })
    outgoing.end()
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
    answer.resume()
    expect(answer.statusCode).toBe(401)
    expect(answer.headers['www-authenticate']).toBe('Bearer scope="x"')
    expect(answer.headers).not.toHaveProperty('x-private')
    expect(answer.headers).not.toHaveProperty('proxy-authenticate')
    expect(answer.rawHeaders.filter((name) => name === 'X-Kept')).toHaveLength(2)
    const names = Object.keys(upstream.seen[0]?.headers ?? {})
    expect(names).toEqual(expect.arrayContaining(['mcp-session-id', 'last-event-id', 'cookie']))
    for (const gone of [
      'x-nominated',
      'te',
      'proxy-authorization',
      'dapr-caller-app-id',
      'dapr_caller_app_id',
      'dapr-caller-namespace',
    ]) {
      expect(names).not.toContain(gone)
    }
  })

  it("merges the endpoint's Accept and sets its other headers", async () => {
    const { upstream, url } = await proxied(
      (_request, response) => {
        response.end()
      },
      false,
      { Accept: 'text/event-stream', 'X-Tenant': 'ours' },
    )
    await fetch(url, { headers: { accept: 'application/json', 'x-tenant': 'theirs' } })
    await fetch(url, { headers: { accept: 'application/json, text/event-stream' } })
    expect(upstream.seen.map((seen) => [seen.headers.accept, seen.headers['x-tenant']])).toEqual([
      ['application/json, text/event-stream', 'ours'],
      ['application/json, text/event-stream', 'ours'],
    ])
  })
})

describe('an upstream answer', () => {
  it.for([301, 302, 404, 405, 406, 429, 500, 503])(
    'keeps status %s and its body',
    async (status) => {
      const { url } = await proxied((_request, response) => {
        response.writeHead(status, { location: 'http://evil.test/', 'content-type': 'text/plain' })
        response.end('as it was')
      })
      const answer = await fetch(url, { redirect: 'manual' })
      expect([answer.status, await answer.text()]).toEqual([status, 'as it was'])
      expect(answer.headers.get('location')).toBe('http://evil.test/')
    },
  )

  it('keeps 405 to a GET that accepts only an event stream', async () => {
    const { url } = await proxied((_request, response) => {
      response.writeHead(405, { allow: 'POST' }).end()
    })
    const answer = await fetch(url, { headers: { accept: 'text/event-stream' } })
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST'])
  })

  it('gives headers at once and each event as it comes', async () => {
    let send = (_event: string): void => {}
    const { url } = await proxied((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.flushHeaders()
      send = (event) => response.write(event)
    })
    const answer = await fetch(url, { headers: { accept: 'text/event-stream' } })
    const reader = answer.body?.getReader()
    for (const event of ['data: 1\n\n', 'data: 2\n\n']) {
      send(event)
      const part = await reader?.read()
      expect(Buffer.from(part?.value ?? []).toString()).toBe(event)
    }
    await reader?.cancel()
  })

  it('ends upstream when the caller leaves, before and after the headers', async () => {
    let closed = 0
    const { url, upstream } = await proxied((request, response) => {
      response.once('close', () => (closed += 1))
      if (request.url?.endsWith('/stream') === true) response.writeHead(200).flushHeaders()
    })
    for (const path of ['/silent', '/stream']) {
      const abort = new AbortController()
      const answer = fetch(`${url}${path}`, { signal: abort.signal })
      await expect.poll(() => upstream.seen.at(-1)?.url).toBe(`/base${path}`)
      if (path === '/stream') await answer
      abort.abort()
      await answer.catch(() => {})
    }
    await expect.poll(() => closed).toBe(2)
  })

  it('is held back for a slow reader', async () => {
    let written = 0
    const { test } = await proxied((_request, response) => {
      response.writeHead(200)
      const chunk = Buffer.alloc(64 * 1024)
      const push = (): void => {
        while (written < 256 * 1024 * 1024) {
          written += chunk.length
          if (!response.write(chunk)) {
            response.once('drain', push)
            return
          }
        }
        response.end()
      }
      push()
    })
    const socket = connect(test.port, '127.0.0.1')
    socket.write('GET /v1.0/invoke/up/method/x HTTP/1.1\r\nHost: localhost\r\n\r\n')
    socket.pause()
    let last = -1
    while (written !== last) {
      last = written
      await delay(200)
    }
    expect(written).toBeLessThan(64 * 1024 * 1024)
    socket.destroy()
  })

  it('is cut, never completed, when the upstream breaks off', async () => {
    const { url } = await proxied((_request, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('half')
      setImmediate(() => response.destroy())
    })
    const answer = await fetch(url)
    await expect(answer.text()).rejects.toThrow()
  })

  const broken: [string, string][] = [
    ['nothing', ''],
    ['two content lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    ['rubbish', 'hello\r\n\r\n'],
    ['a header of 20 KiB', `HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`],
  ]
  it.for(broken)('that breaks the protocol gives 502: %s', async ([, bytes]) => {
    const server = createServer((socket) => {
      socket.once('data', () => socket.end(bytes))
      socket.on('error', () => {})
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    open.test = await startSidecar(
      snapshotOf({ endpoints: [endpoint('up', `http://127.0.0.1:${port}`)] }),
    )
    const answer = await fetch(`${open.test.url}/v1.0/invoke/up/method/x`)
    expect(answer.status).toBe(502)
    server.close()
  })

  it('that never comes because nothing listens gives 502 with the place', async () => {
    open.test = await startSidecar(
      snapshotOf({ endpoints: [endpoint('up', 'http://127.0.0.1:1')] }),
    )
    const answer = await fetch(`${open.test.url}/v1.0/invoke/up/method/x`)
    expect(answer.status).toBe(502)
    expect(await answer.json()).toEqual({
      errorCode: 'UPSTREAM_UNREACHABLE',
      message:
        'The HTTPEndpoint up at http://127.0.0.1:1 refused the connection. Check that it runs and listens there.',
    })
  })
})
