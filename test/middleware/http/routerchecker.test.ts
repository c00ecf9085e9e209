// The rule sees path and query; where it stands decides which path.
import { expect, it } from 'vitest'

import { real, twoSidecars } from '../../data-plane/two-sidecars.ts'

const post = (url: string) => fetch(url, { method: 'POST', body: 'x' })

it('refuses what the rule does not match with 400, and the app is not reached', async () => {
  const rule = real('routerchecker', { rule: String.raw`^/mcp(\?[a-z=]*)?$` })
  const { through, ingress, apps } = await twoSidecars({ two: { appHttpPipeline: [rule] } })
  for (const url of [through('two', '/mcp'), through('two', '/mcp?a=b'), ingress('/mcp')]) {
    expect((await post(url)).status).toBe(200)
  }
  for (const url of [
    through('two', '/mcp/x'),
    through('two', '/mcp?a=1'),
    through('two', '/xmcp'),
    ingress('/other'),
  ]) {
    const answer = await post(url)
    expect([answer.status, await answer.json()]).toEqual([
      400,
      { errorCode: 'ROUTE_REFUSED', message: 'invalid router' },
    ])
  }
  expect(apps.two.seen).toHaveLength(3)
})

it('matches anywhere, and in httpPipeline what the app calls at its sidecar', async () => {
  const rule = real('routerchecker', { rule: '/invoke/two/method/[a-z]+' })
  const { through, apps } = await twoSidecars({ one: { httpPipeline: [rule] } })
  expect((await post(through('two', '/a1'))).status).toBe(200)
  expect((await post(through('two', '/1'))).status).toBe(400)
  expect((await post(through('one', '/a'))).status).toBe(400)
  expect(apps.two.seen).toHaveLength(1)
})

it('sees one spelling of a path', async () => {
  const rule = real('routerchecker', { rule: '^/(?:[b-z]|caf%C3%A9)' })
  const { ingress } = await twoSidecars({ two: { appHttpPipeline: [rule] } })
  expect((await post(ingress('/%61dmin'))).status).toBe(400)
  expect((await post(ingress('//admin'))).status).toBe(400)
  expect((await post(ingress('/caf%c3%a9'))).status).toBe(200)
})

it.for([{}, { rule: '' }, { rule: '(?=x)' }])('cannot be used with %j: 503', async (metadata) => {
  const { through, ingress, apps } = await twoSidecars({
    one: { httpPipeline: [real('routerchecker', metadata)] },
    two: { appHttpPipeline: [real('routerchecker', metadata)] },
  })
  expect((await post(through('two', '/a'))).status).toBe(503)
  expect((await post(ingress('/a'))).status).toBe(503)
  expect(apps.two.seen).toEqual([])
})
