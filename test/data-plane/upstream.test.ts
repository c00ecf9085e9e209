// What Dapr's own integration tests of HTTP middlewares and invocation assert, asked of this data plane, under their names
// there (dapr/dapr, tests/integration/suite/daprd/). Differences are stated where they are.
import { describe, expect, it } from 'vitest'

import { handlerOf } from '../support/sidecar.ts'
import { real, twoSidecars } from './two-sidecars.ts'

const post = async (url: string, body = '') => {
  const answer = await fetch(url, { method: 'POST', body })
  return { status: answer.status, text: await answer.text() }
}

const routes = (map: object) => real('routeralias', { routes: JSON.stringify(map) })

describe('middleware/http', () => {
  it('order.go: aliases run in the listed order', async () => {
    const method = '/v1.0/invoke/two/method'
    const { one } = await twoSidecars({
      one: {
        httpPipeline: [
          routes({ '/helloworld': `${method}/foobar` }),
          routes({ '/helloworld': `${method}/barfoo`, [`${method}/foobar`]: `${method}/abc` }),
        ],
      },
    })
    expect(await post(`${one.url}/helloworld`)).toEqual({ status: 200, text: 'two:/abc' })
  })

  it('app/order.go: and in front of the app', async () => {
    const { through } = await twoSidecars({
      two: {
        appHttpPipeline: [
          routes({ '/helloworld': '/foobar', '/xyz': '/abc' }),
          routes({ '/helloworld': '/xyz', '/foobar': '/abc' }),
        ],
      },
    })
    expect(await post(through('two', '/helloworld'))).toEqual({ status: 200, text: 'two:/abc' })
  })

  const pipelines = ['httpPipeline', 'appHttpPipeline'] as const

  it.for(pipelines)('missing.go, app/missing.go: DIFFERS, %s answers 503', async (pipeline) => {
    const missing = { ...handlerOf('uppercase'), problem: { message: 'There is no Component.' } }
    const { through, apps } = await twoSidecars({ one: { [pipeline]: [missing] } })
    expect((await post(through('one', '/foo'))).status).toBe(503)
    expect(apps.one.seen).toEqual([])
  })

  it.for([
    // In httpPipeline: whatever leaves through that sidecar, wherever it goes.
    ['uppercase.go', 'httpPipeline', { one: 'HELLO', two: 'HELLO', back: 'hello' }],
    // In appHttpPipeline: whatever reaches that app, wherever it comes from.
    ['app/uppercase.go', 'appHttpPipeline', { one: 'HELLO', two: 'hello', back: 'HELLO' }],
  ] as const)('%s: a body changes in that pipeline alone', async ([, pipeline, expected]) => {
    const { one, two } = await twoSidecars(
      { one: { [pipeline]: [real('uppercase')] } },
      (_request, response, { body }) => void response.end(body),
    )
    const invoke = (url: string, id: string) => post(`${url}/v1.0/invoke/${id}/method/foo`, 'hello')
    expect({
      one: (await invoke(one.url, 'one')).text,
      two: (await invoke(one.url, 'two')).text,
      back: (await invoke(two.url, 'one')).text,
    }).toEqual(expected)
    expect((await invoke(two.url, 'two')).text).toBe('hello')
  })
})
