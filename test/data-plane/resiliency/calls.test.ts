// Calls under the policies of a Resiliency, over real sockets: what is tried again, what is not, and what is refused.
import { request as httpRequest } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'

import type { ResiliencySpec, RetrySpec, TargetPolicy } from '../../../src/core/resiliency.ts'
import type { AppSnapshot } from '../../../src/core/snapshot.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { apiToken, closedToAll, endpoint, handlerOf, snapshotOf } from '../../support/sidecar.ts'
import type { Seen, Upstream } from '../../support/upstream.ts'
import { app, sidecarOf, upstreamOf } from '../call-fixture.ts'

const retry: RetrySpec = { policy: 'constant', durationMs: 5, maxIntervalMs: 5, maxRetries: 2 }
const breaker = { maxRequests: 1, intervalMs: 0, timeoutMs: 60_000, cacheSize: 10 }

const forTarget = (policy: TargetPolicy, target = 'up'): ResiliencySpec => ({
  names: ['calls'],
  targets: { [target]: policy },
})

/** Answers with the statuses in turn, and with the last one from then on. */
async function answering(...statuses: number[]): Promise<Upstream> {
  const upstream: Upstream = await upstreamOf((_request, response) => {
    response.statusCode = statuses[upstream.seen.length - 1] ?? statuses.at(-1) ?? 200
    response.setHeader('x-attempt', String(upstream.seen.length))
    response.end(`attempt ${upstream.seen.length}`)
  })
  return upstream
}

const under = (upstream: Upstream, policy: TargetPolicy, parts: Partial<AppSnapshot> = {}) =>
  snapshotOf({ endpoints: [endpoint('up', upstream.url)], resiliency: forTarget(policy), ...parts })

const bodies = (seen: readonly Seen[]): string[] => seen.map(({ body }) => body)

describe('a retry', () => {
  it('sends a call again until it succeeds, with its body and headers', async () => {
    const upstream = await answering(503, 500, 200)
    const { url } = await sidecarOf(under(upstream, { retry }))
    const answer = await fetch(`${url}/v1.0/invoke/up/method/a?q=1`, {
      method: 'POST',
      headers: { 'x-own': 'kept' },
      body: 'hello',
    })
    expect([answer.status, await answer.text()]).toEqual([200, 'attempt 3'])
    expect(bodies(upstream.seen)).toEqual(['hello', 'hello', 'hello'])
    expect(
      upstream.seen.map((seen) => `${seen.method} ${seen.url} ${String(seen.headers['x-own'])}`),
    ).toEqual(Array.from({ length: 3 }, () => 'POST /a?q=1 kept'))
  })

  it('passes the last answer on as it is when none succeeds', async () => {
    const upstream = await answering(503)
    const { url } = await sidecarOf(under(upstream, { retry }))
    const answer = await fetch(`${url}/v1.0/invoke/up/method/a`)
    expect([answer.status, answer.headers.get('x-attempt')]).toEqual([503, '3'])
    expect(await answer.text()).toBe('attempt 3')
  })

  it.for([
    ['401 is a failure, as in Dapr', undefined, 401, 3],
    ['a redirect is none', undefined, 302, 1],
    [
      'a status that matches',
      [
        [429, 429],
        [501, 503],
      ],
      502,
      3,
    ],
    [
      'a status that does not match',
      [
        [429, 429],
        [501, 503],
      ],
      500,
      1,
    ],
  ] as const)('%s', async ([, statusCodes, status, attempts]) => {
    const upstream = await answering(status)
    const policy = { retry: { ...retry, ...(statusCodes === undefined ? {} : { statusCodes }) } }
    const { url } = await sidecarOf(under(upstream, policy))
    const answer = await fetch(`${url}/v1.0/invoke/up/method/a`, { redirect: 'manual' })
    expect(answer.status).toBe(status)
    expect(upstream.seen).toHaveLength(attempts)
  })

  it.for([
    ['a chunked body', { 'transfer-encoding': 'chunked' }, 'x'],
    ['a body of more than 64 KiB', {}, 'x'.repeat(65 * 1024)],
  ] as const)('is not made of %s', async ([, headers, body]) => {
    const upstream = await answering(503)
    const { port } = await sidecarOf(under(upstream, { retry }))
    const status = await new Promise((resolve, reject) => {
      const path = '/v1.0/invoke/up/method/a'
      const length = 'transfer-encoding' in headers ? {} : { 'content-length': body.length }
      const request = httpRequest({
        port,
        path,
        method: 'POST',
        headers: { ...headers, ...length },
      })
      request.on('response', (response) => {
        void text(response).then(() => resolve(response.statusCode))
      })
      request.on('error', reject)
      request.end(body)
    })
    expect(status).toBe(503)
    expect(bodies(upstream.seen)).toEqual([body])
  })

  it('is made of a connection that is refused or cut, and says which when it stays so', async () => {
    let connections = 0
    const server = createServer((socket) => {
      connections += 1
      const isLast = connections === 3
      socket.on('error', () => {})
      socket.once('data', () => {
        if (isLast) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
        else socket.destroy()
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const { url } = await sidecarOf(
      snapshotOf({ endpoints: [endpoint('up', address)], resiliency: forTarget({ retry }) }),
    )
    const call = (): Promise<Response> =>
      fetch(`${url}/v1.0/invoke/up/method/a`, { method: 'POST' })
    expect(await (await call()).text()).toBe('ok')
    await new Promise((resolve) => server.close(resolve))
    const answer = await call()
    expect([answer.status, await answer.text()]).toEqual([
      502,
      expect.stringContaining('UPSTREAM_UNREACHABLE'),
    ])
  })

  it('ends with the caller', async () => {
    const upstream = await answering(503)
    const endless = { retry: { ...retry, durationMs: 60_000, maxRetries: -1 } }
    const test = await sidecarOf(under(upstream, endless))
    const abort = new AbortController()
    upstream.server.once('request', () => setImmediate(() => abort.abort()))
    const call = fetch(`${test.url}/v1.0/invoke/up/method/a`, { signal: abort.signal })
    await expect(call).rejects.toThrow('aborted')
    await test.logged(1)
    expect(upstream.seen).toHaveLength(1)
  })

  it('leaves the refresh of a token to its handler, which goes before', async () => {
    const upstream = await upstreamOf((request, response) => {
      response.statusCode = request.headers.authorization === 'Bearer 2' ? 200 : 401
      response.end()
    })
    const { url } = await sidecarOf(
      under(upstream, { retry, breaker }, { httpPipeline: [handlerOf('again')] }),
      {
        again: () => ({
          summary: '',
          onRequest: (exchange) => void exchange.headers.set('authorization', 'Bearer 1'),
          onResponse: (exchange, head) => {
            if (head.status !== 401 || !exchange.replayable) return undefined
            exchange.headers.set('authorization', 'Bearer 2')
            return 'retry'
          },
        }),
      },
    )
    expect((await fetch(`${url}/v1.0/invoke/up/method/a`)).status).toBe(200)
    expect(upstream.seen).toHaveLength(2)
  })
})

describe('a timeout', () => {
  it('is that of one attempt, and a call that is late is tried again', async () => {
    const upstream: Upstream = await upstreamOf((_request, response) => {
      if (upstream.seen.length > 1) response.end('in time')
    })
    const { url } = await sidecarOf(under(upstream, { timeoutMs: 40, retry }))
    expect(await (await fetch(`${url}/v1.0/invoke/up/method/a`)).text()).toBe('in time')
    expect(upstream.seen).toHaveLength(2)
  })

  it('is 504 with the reason when every attempt is late', async () => {
    const upstream = await upstreamOf(() => {})
    const { url } = await sidecarOf(under(upstream, { timeoutMs: 20 }))
    const answer = await fetch(`${url}/v1.0/invoke/up/method/a`)
    expect(answer.status).toBe(504)
    expect(await answer.json()).toMatchObject({
      errorCode: 'UPSTREAM_TIMEOUT',
      message: expect.stringContaining('did not answer within 20 ms'),
    })
    expect(upstream.seen).toHaveLength(1)
  })

  it('does not end an answer that has begun', async () => {
    const upstream = await upstreamOf((_request, response) => {
      response.write('data: 1\n\n')
      setTimeout(() => response.end('data: 2\n\n'), 60)
    })
    const { url } = await sidecarOf(under(upstream, { timeoutMs: 30, retry }))
    const answer = await fetch(`${url}/v1.0/invoke/up/method/a`)
    expect(await answer.text()).toBe('data: 1\n\ndata: 2\n\n')
  })
})

describe('a call that is tried without end', () => {
  const endless = { retry: { ...retry, maxRetries: -1 } }

  it('ends when its target is taken away', async () => {
    const upstream = await answering(503)
    const test = await sidecarOf(under(upstream, endless))
    const answer = fetch(`${test.url}/v1.0/invoke/up/method/a`)
    await expect.poll(() => upstream.seen.length).toBeGreaterThan(1)
    await test.sidecar.reload(under(upstream, endless, { endpoints: [], revision: 2 }))
    expect(await (await answer).json()).toMatchObject({ errorCode: 'INVOKE_TARGET_UNKNOWN' })
  })

  it('ends when access control of its own app closes', async () => {
    const upstream = await answering(503)
    const own = { app: app(upstream.url), resiliency: forTarget(endless, 'app') }
    const test = await sidecarOf(snapshotOf(own))
    const answer = fetch(`${test.url}/v1.0/invoke/app/method/a`)
    await expect.poll(() => upstream.seen.length).toBeGreaterThan(1)
    await test.sidecar.reload(snapshotOf({ ...own, accessControl: closedToAll, revision: 2 }))
    expect(await (await answer).json()).toMatchObject({ errorCode: 'ACCESS_DENIED' })
  })
})

describe('a circuit breaker', () => {
  it('leaves a target alone that fails, and tries it again later', async () => {
    const clock = createFakeClock()
    const upstream = await answering(500, 500, 200)
    const policy = { breaker: { ...breaker, trip: 'consecutiveFailures >= 2' } }
    const test = await sidecarOf(under(upstream, policy), {}, { clock })
    const call = (path = 'a'): Promise<Response> =>
      fetch(`${test.url}/v1.0/invoke/up/method/${path}`)
    expect([(await call()).status, (await call('b')).status]).toEqual([500, 500])
    const refused = await call()
    expect(refused.status).toBe(503)
    expect(await refused.json()).toEqual({
      errorCode: 'CIRCUIT_OPEN',
      message: `The HTTPEndpoint up at ${upstream.url} failed too often, and gets no calls for another 60 s.`,
    })
    expect(upstream.seen).toHaveLength(2)
    await test.sidecar.reload(under(upstream, policy, { revision: 2 }))
    expect((await call()).status).toBe(503)
    clock.advance(60)
    expect((await call()).status).toBe(200)
    expect((await call()).status).toBe(200)
  })

  it('starts closed after a change of its policy', async () => {
    const upstream = await answering(500)
    const trip = 'consecutiveFailures >= 1'
    const test = await sidecarOf(under(upstream, { breaker: { ...breaker, trip } }))
    const call = async (): Promise<number> =>
      (await fetch(`${test.url}/v1.0/invoke/up/method/a`)).status
    expect([await call(), await call()]).toEqual([500, 503])
    await test.sidecar.reload(under(upstream, { breaker: { ...breaker, trip, timeoutMs: 1000 } }))
    expect(await call()).toBe(500)
  })

  it('ends the retries of the call that opened it, which gets the answer', async () => {
    const upstream = await answering(500)
    const policy = {
      retry: { ...retry, maxRetries: 9 },
      breaker: { ...breaker, trip: 'requests == 2' },
    }
    const { url } = await sidecarOf(under(upstream, policy))
    const answer = await fetch(`${url}/v1.0/invoke/up/method/a`)
    expect([answer.status, await answer.text()]).toEqual([500, 'attempt 2'])
    expect((await fetch(`${url}/v1.0/invoke/up/method/a`)).status).toBe(503)
  })

  it('counts streams, which are not sent again', async () => {
    const upstream = await answering(500)
    const policy = { retry, breaker: { ...breaker, trip: 'consecutiveFailures >= 1' } }
    const { url } = await sidecarOf(under(upstream, policy))
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('x'))
        controller.close()
      },
    })
    const answer = await fetch(`${url}/v1.0/invoke/up/method/a`, {
      method: 'POST',
      body,
      duplex: 'half',
    })
    expect(answer.status).toBe(500)
    expect((await fetch(`${url}/v1.0/invoke/up/method/a`)).status).toBe(503)
    expect(upstream.seen).toHaveLength(1)
  })

  it('of an App ID is one for each path', async () => {
    const upstream = await answering(500)
    const policy = { breaker: { ...breaker, trip: 'consecutiveFailures >= 1' } }
    const { url } = await sidecarOf(
      snapshotOf({ app: app(upstream.url), resiliency: forTarget(policy, 'app') }),
    )
    const call = async (path: string): Promise<number> =>
      (await fetch(`${url}/v1.0/invoke/app/method/${path}`)).status
    expect([await call('a'), await call('a'), await call('b')]).toEqual([500, 503, 500])
  })
})

describe('the target of policies', () => {
  it('is an App ID, an HTTPEndpoint or an origin; others have the defaults, named ones do not', async () => {
    const upstream = await answering(503)
    const origin = upstream.url
    const peer = { appId: 'peer', endpoint: { url: upstream.url, tokenHeader: 'dapr-api-token' } }
    const once = { retry: { ...retry, maxRetries: 1 } }
    const { url } = await sidecarOf(
      snapshotOf({
        app: app(upstream.url),
        endpoints: [endpoint('up', upstream.url), endpoint('bare', upstream.url)],
        peers: [peer],
        resiliency: {
          names: ['calls'],
          targets: { up: once, peer: once, app: once, [origin]: once, bare: {} },
          fallback: { retry },
        },
      }),
      {},
      { allowedUrls: new Set([origin]) },
    )
    const attempts = async (target: string): Promise<number> => {
      const before = upstream.seen.length
      await fetch(`${url}/v1.0/invoke/${target}/method/a`)
      return upstream.seen.length - before
    }
    expect(await attempts('up')).toBe(2)
    expect(await attempts('peer')).toBe(2)
    expect(await attempts('app')).toBe(2)
    expect(await attempts(origin)).toBe(2)
    expect(await attempts('bare')).toBe(1)
  })

  it('that nothing names has the default policies', async () => {
    const upstream = await answering(503)
    const snapshot = under(
      upstream,
      {},
      { resiliency: { names: [], targets: {}, fallback: { retry } } },
    )
    const { url } = await sidecarOf(snapshot)
    await fetch(`${url}/v1.0/invoke/up/method/a`)
    expect(upstream.seen).toHaveLength(3)
  })

  it('is what is called out of this sidecar: calls that come in have those of their caller', async () => {
    const upstream = await answering(503)
    const test = await sidecarOf(
      snapshotOf({ app: app(upstream.url), resiliency: forTarget({ retry }, 'app') }),
      {},
      { ingressPort: 0 },
    )
    const headers = { 'dapr-api-token': apiToken }
    await fetch(`http://127.0.0.1:${test.sidecar.ingressPort}/a`, { headers })
    expect(upstream.seen).toHaveLength(1)
  })

  it('is told by /v1.0/metadata', async () => {
    const upstream = await answering(200)
    const { url } = await sidecarOf(under(upstream, { retry }))
    const metadata = await (await fetch(`${url}/v1.0/metadata`)).json()
    expect(metadata).toMatchObject({ resiliencies: [{ name: 'calls' }] })
  })
})
