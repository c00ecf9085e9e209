// A handler may ask once for a request to be sent again, while its body is at hand.
import { describe, expect, it } from 'vitest'

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
