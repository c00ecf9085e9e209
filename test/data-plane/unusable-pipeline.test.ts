// A pipeline with a handler that cannot be used refuses everything that would go through it.
import { describe, expect, it } from 'vitest'

import { endpoint, handlerOf, snapshotOf } from '../support/sidecar.ts'
import { app, echo, sidecarOf } from './call-fixture.ts'

describe('a pipeline that cannot be used', () => {
  it.for([
    ['a handler with a problem', { ...handlerOf('x'), problem: { message: 'no Component x' } }],
    ['sentinel, known by name', handlerOf('middleware.http.sentinel')],
    ['wasm, known by name', handlerOf('middleware.http.wasm')],
    ['a handler that throws', handlerOf('throws')],
  ] as const)('answers 503 with the reason: %s', async ([, handler]) => {
    const upstream = await echo()
    const test = await sidecarOf(
      snapshotOf({
        app: app(upstream.url),
        httpPipeline: [handler],
        appHttpPipeline: [handler],
        endpoints: [endpoint('up', upstream.url)],
      }),
      {
        throws: () => {
          throw new Error('secret detail')
        },
      },
      { ingressPort: 0 },
    )
    for (const url of [
      `${test.url}/v1.0/invoke/up/method/a`,
      `http://127.0.0.1:${test.sidecar.ingressPort}/a`,
    ]) {
      const answer = await fetch(url)
      const body = await answer.text()
      expect(answer.status).toBe(503)
      expect(body).toContain('HANDLER_UNUSABLE')
      expect(body).not.toContain('secret detail')
    }
    expect(upstream.seen).toEqual([])
  })

  it('does not close the health probes', async () => {
    const test = await sidecarOf(snapshotOf({ httpPipeline: [handlerOf('missing')] }))
    await test.sidecar.warmUp(AbortSignal.timeout(1_000))
    expect((await fetch(`${test.url}/v1.0/healthz`)).status).toBe(204)
  })
})
