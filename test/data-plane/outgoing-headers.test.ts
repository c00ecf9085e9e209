// Whose header counts: a handler's over the endpoint's, the endpoint's over the caller's.
import { describe, expect, it } from 'vitest'

import type { Provisioned } from '../../src/middleware/middleware.ts'
import { endpoint, handlerOf, snapshotOf } from '../support/sidecar.ts'
import { sidecarOf, upstreamOf } from './call-fixture.ts'

async function sent(
  handler: Provisioned,
  headers: Record<string, string>,
): Promise<(string | undefined)[]> {
  const upstream = await upstreamOf((request, response) => {
    response.statusCode = request.headers.authorization === 'Bearer old' ? 401 : 200
    response.end()
  })
  const test = await sidecarOf(
    snapshotOf({
      endpoints: [endpoint('up', upstream.url, { Authorization: 'Bearer static' })],
      httpPipeline: [handlerOf('handler')],
    }),
    { handler: () => handler },
  )
  await fetch(`${test.url}/v1.0/invoke/up/method/a`, { headers })
  return upstream.seen.map((seen) => seen.headers.authorization)
}

describe("an endpoint's header", () => {
  const attach: Provisioned = {
    summary: '',
    onRequest: (exchange) => void exchange.headers.set('authorization', 'Bearer acquired'),
  }

  it("takes the place of the caller's", async () => {
    const handler = { summary: '' }
    expect(await sent(handler, { authorization: 'Bearer own' })).toEqual(['Bearer static'])
    expect(await sent(handler, {})).toEqual(['Bearer static'])
  })

  it.for([{}, { authorization: 'Bearer own' }, { authorization: 'Bearer acquired' }])(
    'yields to the token that a handler attached, to a request with %j',
    async (headers) => {
      expect(await sent(attach, { 'x-first': '1', ...headers })).toEqual(['Bearer acquired'])
    },
  )

  it('yields when the handler has taken other headers away before and after', async () => {
    const handler: Provisioned = {
      summary: '',
      onRequest: (exchange) => {
        exchange.headers.delete('x-first')
        exchange.headers.set('Authorization', 'Bearer acquired')
        exchange.headers.delete('x-second')
        exchange.headers.delete('user-agent')
      },
    }
    const headers = { 'x-first': '1', authorization: 'Bearer own', 'x-second': '2' }
    expect(await sent(handler, headers)).toEqual(['Bearer acquired'])
  })

  it('yields to each token of a retry', async () => {
    const handler: Provisioned = {
      summary: '',
      onRequest: (exchange) => void exchange.headers.set('authorization', 'Bearer old'),
      onResponse: (exchange, head) => {
        if (head.status !== 401 || !exchange.replayable) return undefined
        exchange.headers.set('authorization', 'Bearer new')
        return 'retry'
      },
    }
    expect(await sent(handler, {})).toEqual(['Bearer old', 'Bearer new'])
  })

  it("counts where a handler took the caller's away", async () => {
    const handler: Provisioned = {
      summary: '',
      onRequest: (exchange) => void exchange.headers.delete('authorization'),
    }
    expect(await sent(handler, { authorization: 'Bearer own' })).toEqual(['Bearer static'])
  })
})
