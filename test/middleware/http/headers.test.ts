// Headers that are set and removed, on requests, on answers of the app and on those that mcpauth makes itself.
import { describe, expect, it } from 'vitest'

import { real, twoSidecars } from '../../data-plane/two-sidecars.ts'

const change = real('headers', {
  setRequest: '{"X-Tenant": "acme", "Mcp-Extra": "a, b"}',
  removeRequest: 'X-Drop, Cookie',
  setResponse: '{"X-Frame-Options": "DENY"}',
  removeResponse: 'X-Powered-By',
})

describe.for([
  ['httpPipeline', { one: { httpPipeline: [change] } }],
  ['appHttpPipeline', { two: { appHttpPipeline: [change] } }],
] as const)('in %s', ([, where]) => {
  it('replaces every spelling of what it sets, and leaves the rest', async () => {
    const { through, apps } = await twoSidecars(where, (_request, response) => {
      response.setHeader('x-powered-by', 'app')
      response.setHeader('x-frame-options', 'ALLOWALL')
      response.setHeader('x-kept', 'kept')
      response.end()
    })
    const answer = await fetch(through('two', '/a'), {
      headers: {
        'x-tenant': 'evil',
        X_Tenant: 'evil',
        cookie: 'a=b',
        'X-DROP': 'x',
        x_drop: 'y',
        'x-other': 'stays',
      },
    })
    expect(answer.headers.get('x-frame-options')).toBe('DENY')
    expect(answer.headers.get('x-powered-by')).toBeNull()
    expect(answer.headers.get('x-kept')).toBe('kept')
    const seen = apps.two.seen[0]?.headers
    expect(seen).toMatchObject({ 'x-tenant': 'acme', 'mcp-extra': 'a, b', 'x-other': 'stays' })
    for (const name of ['x_tenant', 'cookie', 'x-drop', 'x_drop']) {
      expect(seen).not.toHaveProperty(name)
    }
  })
})

it('changes answers of handlers behind it and errors, not those of handlers before it', async () => {
  const refusing = real('routerchecker', { rule: '^/ok' })
  const { ingress, two, apps } = await twoSidecars({
    two: { appHttpPipeline: [change, refusing] },
  })
  const refused = await fetch(ingress('/no'))
  expect([refused.status, refused.headers.get('x-frame-options')]).toEqual([400, 'DENY'])
  await apps.two.close()
  const failed = await fetch(ingress('/ok'))
  expect([failed.status, failed.headers.get('x-frame-options')]).toEqual([502, 'DENY'])
  expect(two.log.map(({ status }) => status)).toEqual([400, 502])
  const before = await twoSidecars({ two: { appHttpPipeline: [refusing, change] } })
  const unchanged = await fetch(before.ingress('/no'))
  expect([unchanged.status, unchanged.headers.get('x-frame-options')]).toEqual([400, null])
})

it('cannot set who calls: 503, and the app is not reached', async () => {
  const { through, apps } = await twoSidecars({
    two: { appHttpPipeline: [real('headers', { setRequest: '{"dapr_caller_app_id": "admin"}' })] },
  })
  expect((await fetch(through('two', '/a'))).status).toBe(503)
  expect(apps.two.seen).toEqual([])
})
