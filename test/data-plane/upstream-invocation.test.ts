// What Dapr's own integration tests of service invocation and of its HTTP server assert, asked of this data plane, under their
// names there (dapr/dapr, tests/integration/suite/daprd/). Differences are stated where they are.
import { setTimeout as delay } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { sendRaw, statusesOf } from '../support/raw-http.ts'
import { endpoint } from '../support/sidecar.ts'
import { upstreamOf } from './call-fixture.ts'
import { real, twoSidecars } from './two-sidecars.ts'

describe('serviceinvocation/http', () => {
  it('basic.go: every verb, with body, headers and a path of several segments, local and remote', async () => {
    const { one, through, apps } = await twoSidecars({}, (request, response, seen) => {
      response.setHeader('x-echo', request.headers['x-test'] ?? '')
      response.end(`${request.method} ${request.url} ${seen.body}`)
    })
    for (const id of ['one', 'two'] as const) {
      for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
        const body = method === 'GET' ? null : 'b'
        const url = through(id, '/multiple/segments?q=1')
        const answer = await fetch(url, { method, body, headers: { 'x-test': method } })
        expect([answer.status, answer.headers.get('x-echo'), await answer.text()]).toEqual([
          200,
          method,
          `${method} /multiple/segments?q=1 ${body ?? ''}`,
        ])
      }
      const headers = { 'dapr-app-id': id }
      const named = await fetch(`${one.url}/by/header`, { headers })
      expect(await named.text()).toBe('GET /by/header ')
      expect(apps[id].seen.at(-1)?.headers).not.toHaveProperty('dapr-app-id')
    }
    expect((await fetch(`${one.url}/v1.0/invoke/nobody/method/a`)).status).toBe(404)
  })

  it('contentlength.go: a body and its length arrive as sent', async () => {
    const { through, apps } = await twoSidecars({})
    for (const id of ['one', 'two'] as const) {
      const body = 'x'.repeat(100_000)
      expect((await fetch(through(id, '/a'), { method: 'POST', body })).status).toBe(200)
      expect(apps[id].seen[0]?.headers['content-length']).toBe('100000')
      expect(apps[id].seen[0]?.body).toBe(body)
    }
  })

  it('hopbyhop.go: fields of one connection end there, in both directions; the rest goes on', async () => {
    const answerFields = { 'keep-alive': 'timeout=5', 'x-gone': '1', 'x-kept': '1' }
    const external = await upstreamOf((_request, response) => {
      response.writeHead(200, { ...answerFields, connection: 'x-gone' }).end()
    })
    const { one, apps } = await twoSidecars(
      { one: { endpoints: [endpoint('external', external.url)] } },
      (_request, response) => {
        response.writeHead(200, { ...answerFields, connection: 'x-gone' }).end()
      },
    )
    const seen = { one: apps.one.seen, two: apps.two.seen, external: external.seen }
    for (const id of ['one', 'two', 'external'] as const) {
      const raw = await sendRaw(one.port, [
        [
          `GET /v1.0/invoke/${id}/method/a HTTP/1.1`,
          `host: localhost:${one.port}`,
          'connection: x-hop, close',
          'x-hop: 1',
          'keep-alive: timeout=9',
          'proxy-connection: keep-alive',
          'proxy-authorization: Basic eDp5',
          'te: trailers',
          'trailer: x-t',
          'x-end: 1',
          '',
          '',
        ].join('\r\n'),
      ])
      expect(statusesOf(raw)).toEqual([200])
      expect(raw).toMatch(/^x-kept: 1\r$/m)
      expect(raw).not.toMatch(/x-gone|timeout=5/)
      const headers: Readonly<Record<string, unknown>> = seen[id][0]?.headers ?? {}
      expect(headers).toHaveProperty('x-end', '1')
      for (const name of ['x-hop', 'proxy-connection', 'proxy-authorization', 'te', 'trailer']) {
        expect(headers).not.toHaveProperty(name)
      }
      expect(headers['keep-alive']).not.toBe('timeout=9')
    }
  })

  it('httpendpoints.go: an endpoint by its name, and a URL where it is allowed', async () => {
    const external = await upstreamOf((request, response) => void response.end(request.url))
    const { one } = await twoSidecars({
      one: { endpoints: [endpoint('external', `${external.url}/base`)] },
    })
    const named = await fetch(`${one.url}/v1.0/invoke/external/method/hello?x=1`)
    expect(await named.text()).toBe('/base/hello?x=1')
    // DIFFERS: a URL in place of an App ID is served only when the run allows its origin.
    const url = await fetch(`${one.url}/v1.0/invoke/${external.url}/method/hello`)
    expect(url.status).toBe(404)
  })

  it('redirect.go: DIFFERS, a redirect is the caller’s to follow', async () => {
    const external = await upstreamOf((_request, response) => {
      response.writeHead(301, { location: '/redirected' }).end()
    })
    const { one } = await twoSidecars({
      one: { endpoints: [endpoint('external', external.url)] },
    })
    const target = `${one.url}/v1.0/invoke/external/method/hello`
    const answer = await fetch(target, { redirect: 'manual' })
    expect([answer.status, answer.headers.get('location')]).toEqual([301, '/redirected'])
    expect(external.seen).toHaveLength(1)
  })

  it('sse.go, sserelay.go: events arrive as they are sent, over three hops as well', async () => {
    let next = (): void => {}
    const { through } = await twoSidecars({}, async (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      for (let n = 0; n < 10; n += 1) {
        const read = new Promise<void>((resolve) => (next = resolve))
        response.write(`data: ${n}\n\n`)
        await read
      }
      response.end()
    })
    const answer = await fetch(through('two', '/events'), {
      headers: { accept: 'text/event-stream' },
    })
    const events: string[] = []
    const decoder = new TextDecoder()
    for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
      // The app sends the next one only when this one was read here.
      events.push(decoder.decode(chunk))
      next()
    }
    expect(events).toEqual(Array.from({ length: 10 }, (_x, n) => `data: ${n}\n\n`))
  })

  it('ssepanic.go: DIFFERS, an answer that is no stream keeps its own status', async () => {
    const { through } = await twoSidecars({}, (_request, response) => {
      response.writeHead(404).end('nothing here')
    })
    const answer = await fetch(through('two', '/a'), { headers: { accept: 'text/event-stream' } })
    expect([answer.status, await answer.text()]).toEqual([404, 'nothing here'])
  })

  it('fuzz.go: methods, bodies, headers and queries make the round trip', async () => {
    const { through } = await twoSidecars({}, (request, response, seen) => {
      const { method, url } = request
      response.end(JSON.stringify({ method, url, body: seen.body, x: request.headers['x-f'] }))
    })
    const word = fc.stringMatching(/^[A-Za-z0-9_~.-]{1,20}$/).filter((text) => !/^\.+$/.test(text))
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('POST', 'PUT', 'PATCH', 'DELETE'),
        fc.array(word, { minLength: 1, maxLength: 4 }),
        fc.string({ maxLength: 2_000 }),
        word,
        async (method, segments, text, x) => {
          const body = text.toWellFormed()
          const path = `/${segments.join('/')}?q=${encodeURIComponent(x)}`
          const init: RequestInit = { method, body, headers: { 'x-f': x } }
          const answer = await fetch(through('two', path), init)
          expect(await answer.json()).toEqual({ method, url: path, body, x })
        },
      ),
      { numRuns: 60 },
    )
  })

  it('reservedchars: what two readers could read differently is a 400, and reaches nobody', async () => {
    const { one, apps } = await twoSidecars({})
    for (const path of [
      'public%23/../admin',
      'public%3F/../admin',
      'public%0D/admin',
      'public%00',
      'public/../admin',
      'public/%2e%2e/admin',
      'public%2F..%2Fadmin',
      'public/%252e%252e/admin',
      'a%',
    ]) {
      const raw = await sendRaw(one.port, [
        `GET /v1.0/invoke/two/method/${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`,
      ])
      expect([path, ...statusesOf(raw)]).toEqual([path, 400])
    }
    expect(apps.two.seen).toEqual([])
    const percent = await fetch(`${one.url}/v1.0/invoke/two/method/100%25`)
    expect(await percent.text()).toBe('two:/100%25')
  })

  it('streaming: a chunked request and its answer pass piece by piece', async () => {
    const { through } = await twoSidecars(
      { two: { appHttpPipeline: [real('routerchecker', { rule: '^/a$' })] } },
      (_request, response, { body }) => {
        response.write(body)
        response.end()
      },
    )
    const pieces = new ReadableStream({
      async start(controller) {
        for (let n = 0; n < 5; n += 1) {
          controller.enqueue(Buffer.from(`piece ${n};`))
          await delay(1)
        }
        controller.close()
      },
    })
    const answer = await fetch(through('two', '/a'), {
      method: 'POST',
      body: pieces,
      duplex: 'half',
    })
    expect(await answer.text()).toBe('piece 0;piece 1;piece 2;piece 3;piece 4;')
  })
})

describe('httpserver', () => {
  const preflight = {
    method: 'OPTIONS',
    headers: { origin: 'https://app.example', 'access-control-request-method': 'GET' },
  }

  it('corsdefault.go: DIFFERS, a foreign origin is refused with 403 in place of 404', async () => {
    const { one } = await twoSidecars({})
    const answer = await fetch(`${one.url}/v1.0/metadata`, preflight)
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([403, null])
  })

  it('corsapitoken.go: a preflight needs no token; DIFFERS, origins are those of a middleware', async () => {
    const { one } = await twoSidecars({
      one: { httpPipeline: [real('cors', { allowedOrigins: 'https://app.example' })] },
    })
    const answer = await fetch(`${one.url}/v1.0/invoke/two/method/a`, preflight)
    const allowed = answer.headers.get('access-control-allow-origin')
    expect([answer.status, allowed]).toEqual([204, 'https://app.example'])
    const headers = { origin: 'https://app.example', 'dapr-api-token': 'wrong' }
    expect((await fetch(`${one.url}/v1.0/invoke/two/method/a`, { headers })).status).toBe(401)
  })
})

describe('hotreload/selfhosted/middleware/http', () => {
  it.for(['httpPipeline', 'appHttpPipeline'] as const)(
    'uppercase and routeralias come, change and go in %s while it runs',
    async (pipeline) => {
      const { one, through } = await twoSidecars({}, (request, response, { body }) => {
        response.end(`${request.url} ${body}`)
      })
      const prefix = pipeline === 'httpPipeline' ? '/v1.0/invoke/one/method' : ''
      const alias = (to: string) =>
        real('routeralias', { routes: JSON.stringify({ [`${prefix}/a`]: `${prefix}${to}` }) })
      const said = async (handlers: readonly ReturnType<typeof real>[]) => {
        await one.sidecar.reload({ ...one.snapshot, [pipeline]: handlers })
        return (await fetch(through('one', '/a'), { method: 'POST', body: 'x' })).text()
      }
      expect(await said([])).toBe('/a x')
      expect(await said([real('uppercase')])).toBe('/a X')
      expect(await said([real('uppercase'), alias('/b')])).toBe('/b X')
      expect(await said([alias('/c')])).toBe('/c x')
      expect(await said([])).toBe('/a x')
    },
  )
})
