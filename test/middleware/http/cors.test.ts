// Pages of other origins: which may call at which door, what they may read, and that nobody else gets in.
import { describe, expect, it } from 'vitest'

import { closedToAll } from '../../support/sidecar.ts'
import { real, twoSidecars } from '../../data-plane/two-sidecars.ts'

const page = 'https://app.example.com'
const cors = real('cors', {
  allowedOrigins: `${page} http://localhost:5173`,
  allowedMethods: 'POST',
  allowedHeaders: 'Content-Type',
  exposedHeaders: 'X-Id',
  allowCredentials: 'true',
  maxAge: '1m',
})
const preflight = (origin: string) => ({
  method: 'OPTIONS',
  headers: { origin, 'access-control-request-method': 'POST' },
})
const from = (origin: string) => ({ headers: { origin } })

describe('a page of an allowed origin', () => {
  it('gets its preflight answered, and may read the answer', async () => {
    const { ingress, apps } = await twoSidecars({ two: { appHttpPipeline: [cors] } })
    const asked = await fetch(ingress('/a'), preflight(page))
    expect(asked.status).toBe(204)
    expect(Object.fromEntries(asked.headers)).toMatchObject({
      'access-control-allow-origin': page,
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'Content-Type',
      'access-control-allow-credentials': 'true',
      'access-control-max-age': '60',
      vary: 'Origin',
    })
    expect(apps.two.seen).toEqual([])
    const answer = await fetch(ingress('/a'), from(page))
    expect([answer.status, await answer.text()]).toEqual([200, 'two:/a'])
    expect(answer.headers.get('access-control-allow-origin')).toBe(page)
    expect(answer.headers.get('access-control-expose-headers')).toBe('X-Id')
    expect(answer.headers.get('vary')).toBe('Origin')
  })

  it('may read refusals of the handlers behind it, once each header', async () => {
    const checker = real('routerchecker', { rule: '^/ok' })
    const { ingress } = await twoSidecars({ two: { appHttpPipeline: [cors, checker] } })
    const refused = await fetch(ingress('/no'), from(page))
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([
      400,
      page,
    ])
  })

  it('gets no further than access control', async () => {
    const { ingress, apps } = await twoSidecars({
      two: { appHttpPipeline: [cors], accessControl: closedToAll },
    })
    expect((await fetch(ingress('/a'), preflight(page))).status).toBe(403)
    expect((await fetch(ingress('/a'), from(page))).status).toBe(403)
    expect(apps.two.seen).toEqual([])
  })
})

it.for([
  'https://evil.example',
  'https://app.example.com.evil.example',
  'null',
  'http://app.example.com',
])('a page of %s is refused at the door, as without the handler', async (origin) => {
  const { ingress, apps } = await twoSidecars({ two: { appHttpPipeline: [cors] } })
  for (const request of [preflight(origin), from(origin)]) {
    const answer = await fetch(ingress('/a'), request)
    expect(answer.status).toBe(403)
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  }
  expect(apps.two.seen).toEqual([])
})

it('opens the door of its own pipeline alone', async () => {
  const behind = await twoSidecars({ one: { appHttpPipeline: [cors] } })
  expect((await fetch(behind.through('two', '/a'), from(page))).status).toBe(403)
  const before = await twoSidecars({ one: { httpPipeline: [cors] } })
  const answer = await fetch(before.through('two', '/a'), from(page))
  expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, page])
})

it.for([
  ['POST', '/v1.0/shutdown'],
  ['GET', '/v1.0/metadata'],
  ['PUT', '/v1.0/metadata/x'],
  ['GET', '/v1.0/mcp'],
  ['POST', '/v1.0/mcp/calc'],
  ['POST', '/v1.0/diagrid/mcp/calc'],
] as const)('opens nothing that does not pass it: %s %s', async ([method, path]) => {
  const { one } = await twoSidecars({ one: { httpPipeline: [cors] } })
  const answer = await fetch(one.url + path, { ...from(page), method })
  expect(answer.status).toBe(403)
  expect(await answer.json()).toMatchObject({ errorCode: 'ORIGIN_DENIED' })
})

it('with a wildcard closes the pipeline', async () => {
  const { ingress, apps } = await twoSidecars({
    two: { appHttpPipeline: [real('cors', { allowedOrigins: '*' })] },
  })
  expect((await fetch(ingress('/a'))).status).toBe(503)
  expect(apps.two.seen).toEqual([])
})
