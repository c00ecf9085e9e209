// Bodies in capital letters, of any length and framing, in both pipelines and both directions.
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'

import type { Exchange } from '../../../src/core/exchange.ts'
import type { HandlerSpec } from '../../../src/core/snapshot.ts'
import { uppercase } from '../../../src/middleware/http/uppercase.ts'
import { app, sidecarOf, upstreamOf } from '../../data-plane/call-fixture.ts'
import { real, twoSidecars, type TwoSidecars } from '../../data-plane/two-sidecars.ts'
import { handlerOf, snapshotOf } from '../../support/sidecar.ts'
import { createContext } from '../exchange-fixture.ts'

const echoing = (change: Parameters<typeof twoSidecars>[0]) =>
  twoSidecars(change, (request, response, seen) => {
    response.setHeader('x-length', request.headers['content-length'] ?? 'chunked')
    const code = request.headers['content-encoding']
    if (code !== undefined) response.setHeader('content-encoding', code)
    response.end(seen.body)
  })

async function said({ through }: TwoSidecars, body: RequestInit['body']): Promise<string> {
  const answer = await fetch(through('two', '/a'), {
    method: 'POST',
    body: body ?? null,
    ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
  })
  expect(answer.status).toBe(200)
  return answer.text()
}

describe.for([
  ['httpPipeline', { one: { httpPipeline: [real('uppercase')] } }],
  ['appHttpPipeline', { two: { appHttpPipeline: [real('uppercase')] } }],
] as const)('of requests, in %s', ([, change]) => {
  it('sends a short body with its length', async () => {
    const both = await echoing(change)
    expect(await said(both, 'hello ß ı ǆ 日本')).toBe('HELLO ß I Ǆ 日本')
    // The dotless i is one byte shorter as a capital.
    const sent = both.apps.two.seen[0]?.headers['content-length']
    expect(sent).toBe(String(Buffer.byteLength('HELLO ß I Ǆ 日本')))
  })

  it('streams a long one, and one whose length nobody said, across pieces of characters', async () => {
    const both = await echoing(change)
    const long = 'aé'.repeat(100_000)
    expect(await said(both, long)).toBe(long.toUpperCase())
    const bytes = Buffer.from('xéy'.repeat(50))
    const pieces = new ReadableStream({
      start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte))
        controller.close()
      },
    })
    expect(await said(both, pieces)).toBe('XÉY'.repeat(50))
  })
})

it('of a body that breaks off, nothing looks complete, and the next call is served', async () => {
  const { one, through, apps } = await twoSidecars({ one: { httpPipeline: [real('uppercase')] } })
  const broken = connect(one.port, '127.0.0.1')
  broken.write(
    'POST /v1.0/invoke/two/method/a HTTP/1.1\r\nhost: localhost\r\ncontent-length: 200000\r\n\r\nabc',
  )
  await expect.poll(() => apps.two.seen[0]?.body).toBe('ABC')
  broken.destroy()
  await expect.poll(() => apps.two.seen[0]?.aborted).toBe(true)
  const next = await fetch(through('two', '/b'), { method: 'POST', body: 'x' })
  expect([next.status, apps.two.seen[1]?.body]).toEqual([200, 'X'])
})

it('of answers and of both, with what is compressed left alone', async () => {
  const answers = await twoSidecars(
    { one: { httpPipeline: [real('uppercase', { direction: 'response' })] } },
    (_request, response) => response.end('two says ı') as unknown as void,
  )
  expect(await said(answers, 'x')).toBe('TWO SAYS I')
  expect(answers.apps.two.seen[0]?.body).toBe('x')
  const both = await echoing({
    two: { appHttpPipeline: [real('uppercase', { direction: 'both' })] },
  })
  expect(await said(both, 'hello')).toBe('HELLO')
  const answer = await fetch(both.through('two', '/a'), {
    method: 'POST',
    headers: { 'content-encoding': 'gzip' },
    body: gzipSync('hello'),
  })
  expect(both.apps.two.seen[1]?.headers['content-encoding']).toBe('gzip')
  await answer.body?.cancel()
})

it('in a direction that does not exist closes the pipeline', async () => {
  const both = await echoing({ one: { httpPipeline: [real('uppercase', { direction: 'up' })] } })
  expect((await fetch(both.through('two', '/a'))).status).toBe(503)
  expect(both.apps.two.seen).toEqual([])
})

describe('beside a handler that reads bodies to decide by them', () => {
  const reader = () => ({
    summary: 'reads',
    onRequest: async (exchange: Exchange) => {
      exchange.headers.set('x-judged', Buffer.from(await exchange.wholeBody()).toString('utf8'))
      return undefined
    },
  })
  const serve = async (order: readonly HandlerSpec[]) => {
    const upstream = await upstreamOf((_request, response) => void response.end())
    const { url } = await sidecarOf(
      snapshotOf({ app: app(upstream.url), appHttpPipeline: order }),
      { reader, [real('uppercase').type]: () => uppercase.provision({}, createContext()) },
    )
    const target = `${url}/v1.0/invoke/app/method/a`
    const { status } = await fetch(target, { method: 'POST', body: 'hello' })
    return { status, seen: upstream.seen }
  }

  it('that one judges what the app gets', async () => {
    const { status, seen } = await serve([real('uppercase'), handlerOf('reader')])
    expect([status, seen[0]?.body, seen[0]?.headers['x-judged']]).toEqual([200, 'HELLO', 'HELLO'])
  })

  it('and nothing is changed once it was judged: 503', async () => {
    const { status, seen } = await serve([handlerOf('reader'), real('uppercase')])
    expect([status, seen]).toEqual([503, []])
  })
})
