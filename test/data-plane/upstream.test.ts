// What Dapr's own integration tests of HTTP middlewares and invocation assert, asked of this data plane, under their names
// there (dapr/dapr, tests/integration/suite/daprd/). Differences are stated where they are.
import { describe, expect, it } from 'vitest'

import { Secret } from '../../src/core/secret.ts'
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

describe('serviceinvocation/http/appapitoken', () => {
  const token = (value: string) => ({ tokenHeader: 'dapr-api-token', token: new Secret(value) })

  it.for([
    ['remotebothtokens.go', 'of-one', 'of-two', 'of-two'],
    ['remotereceiverhastoken.go', undefined, 'of-two', 'of-two'],
    ['remotereceivernotoken.go', 'of-one', undefined, undefined],
  ] as const)(
    '%s: an app gets the token of its own sidecar, or none',
    async ([, one, two, got]) => {
      const both = await twoSidecars({})
      const reload = async (id: 'one' | 'two', value: string | undefined) => {
        const { snapshot } = both[id]
        const spec = value === undefined ? {} : token(value)
        await both[id].sidecar.reload({ ...snapshot, app: { ...snapshot.app, ...spec } })
      }
      await reload('one', one)
      await reload('two', two)
      const headers = { 'dapr-api-token': 'forged' }
      // DIFFERS: a wrong token of the sidecar is refused even where none is demanded.
      expect((await fetch(both.through('two', '/a'), { headers })).status).toBe(401)
      expect((await fetch(both.ingress('/a'), { headers })).status).toBe(200)
      expect((await post(both.through('two', '/a'))).status).toBe(200)
      const seen = both.apps.two.seen.map((request) => request.headers['dapr-api-token'])
      expect(seen).toEqual([got, got])
    },
  )

  it.for([
    ['selfwithtoken.go', 'of-one'],
    ['selfnotoken.go', undefined],
  ] as const)('%s: an app that calls itself as well', async ([, value]) => {
    const both = await twoSidecars({})
    const { snapshot } = both.one
    const spec = value === undefined ? {} : token(value)
    await both.one.sidecar.reload({ ...snapshot, app: { ...snapshot.app, ...spec } })
    expect((await post(both.through('one', '/a'))).status).toBe(200)
    expect(both.apps.one.seen[0]?.headers['dapr-api-token']).toBe(value)
  })

  it('remoteheaders.go, selfheaders.go: who calls is stamped, whatever the caller writes', async () => {
    const { through, apps } = await twoSidecars({})
    const headers = { 'dapr-caller-app-id': 'forged', dapr_callee_app_id: 'forged' }
    for (const id of ['two', 'one'] as const) {
      expect((await fetch(through(id, '/a'), { headers })).status).toBe(200)
      expect(apps[id].seen[0]?.headers).toMatchObject({
        'dapr-caller-app-id': 'one',
        'dapr-caller-namespace': 'test',
        'dapr-callee-app-id': id,
      })
      expect(apps[id].seen[0]?.headers).not.toHaveProperty('dapr_callee_app_id')
    }
  })
})
