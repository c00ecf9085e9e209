// A policy sees what it is told of a request, and only what it clearly allows gets through.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'

import { authorizationServer, handlerSpec } from '../../data-plane/protected-app.ts'
import { real, twoSidecars, type TwoSidecars } from '../../data-plane/two-sidecars.ts'
import { createKey, signToken } from '../../oauth/token-fixtures.ts'

const folder = fileURLToPath(new URL('../../../fixtures/opa/', import.meta.url))
const policyFile = join(folder, 'policy.wasm')
const asks = (metadata: Readonly<Record<string, string>> = {}) =>
  real('opa', { policyFile, ...metadata })

const guarded = (metadata: Readonly<Record<string, string>> = {}) =>
  twoSidecars({ two: { appHttpPipeline: [asks(metadata)] } })

const acme = { 'x-tenant': 'acme' }
const denied = { errorCode: 'POLICY_DENIED', message: 'The policy does not allow the request.' }

describe.for([
  ['httpPipeline', (handlers: ReturnType<typeof asks>[]) => ({ one: { httpPipeline: handlers } })],
  [
    'appHttpPipeline',
    (handlers: ReturnType<typeof asks>[]) => ({ two: { appHttpPipeline: handlers } }),
  ],
] as const)('in %s', ([, place]) => {
  const ask = ({ one }: TwoSidecars, path: string, headers = {}) =>
    fetch(`${one.url}${path}`, { headers: { 'dapr-app-id': 'two', ...headers } })

  it('lets through what the policy allows, and refuses the rest before the app', async () => {
    const test = await twoSidecars(place([asks({ includedHeaders: 'x-tenant' })]))
    expect((await ask(test, '/open', acme)).status).toBe(200)
    const answer = await ask(test, '/open', { 'x-tenant': 'other' })
    expect([answer.status, await answer.json()]).toEqual([403, denied])
    expect((await ask(test, '/no', acme)).status).toBe(403)
    expect(test.apps.two.seen).toHaveLength(1)
  })

  it('that cannot be used is a 503', async () => {
    const test = await twoSidecars(place([asks({ policyFile: '/nowhere.wasm' })]))
    expect((await ask(test, '/open', acme)).status).toBe(503)
    expect(test.apps.two.seen).toEqual([])
  })
})

it('shows no header that is not named', async () => {
  const { ingress } = await guarded()
  expect((await fetch(ingress('/open'), { headers: acme })).status).toBe(403)
})

it('shows path, query, method and the body, which goes on to the app', async () => {
  const { ingress, apps } = await guarded({ readBody: 'true', defaultStatus: '401' })
  const post = (query: string, body: string | Uint8Array<ArrayBuffer>, headers = {}) =>
    fetch(ingress(`/deep/path?${query}`), { method: 'POST', body, headers })
  expect((await post('a=1&a=2', 'hello')).status).toBe(200)
  expect((await post('a=2&a=1', 'hello')).status).toBe(401)
  expect((await post('a=1&a=2', 'bye')).status).toBe(401)
  expect((await post('a=1&a=2', 'hello', { 'content-encoding': 'gzip' })).status).toBe(400)
  expect((await post('a=1&a=2', new Uint8Array([0xff]))).status).toBe(400)
  expect(apps.two.seen.map(({ body }) => body)).toEqual(['hello'])
})

it('shows no body unless it is to be read', async () => {
  const { ingress } = await guarded()
  const url = ingress('/deep/path?a=1&a=2')
  expect((await fetch(url, { method: 'POST', body: 'hello' })).status).toBe(403)
})

it('refuses with the status and headers of the policy', async () => {
  const { ingress } = await guarded()
  const answer = await fetch(ingress('/paid'))
  expect([answer.status, answer.headers.get('x-why')]).toEqual([402, 'unpaid'])
  expect(answer.headers.get('x-dapr-opa-error')).toBeNull()
})

it.for(['/nothing', '/text', '/shown', '/forge', '/success'])(
  'refuses what is no answer: %s',
  async (path) => {
    const { ingress, apps } = await guarded()
    const answer = await fetch(ingress(path))
    expect([answer.status, answer.headers.get('x-dapr-opa-error')]).toEqual([403, 'true'])
    expect(apps.two.seen).toEqual([])
  },
)

it('refuses when the policy fails, and goes on with the next request', async () => {
  const { ingress, apps } = await guarded({ includedHeaders: 'x-tenant' })
  for (let round = 0; round < 3; round += 1) {
    const answer = await fetch(ingress('/fails'))
    expect([answer.status, answer.headers.get('x-dapr-opa-error')]).toEqual([403, 'true'])
    expect((await fetch(ingress('/open'), { headers: acme })).status).toBe(200)
  }
  expect(apps.two.seen).toHaveLength(3)
})

describe('an MCP message', () => {
  const message = (method: string, params = {}) => ({ jsonrpc: '2.0', id: 1, method, params })
  const call = (name: string) => message('tools/call', { name })

  it.for([
    ['the tool that is allowed', call('read'), 200],
    ['another tool', call('write'), 403],
    ['another method', message('tools/list', { name: 'read' }), 403],
    ['a batch of one', [call('read')], 200],
    ['a batch of two', [call('read'), { ...call('write'), id: 2 }], 400],
    ['a call of nothing', message('tools/call'), 400],
    ['something else', 'x', 400],
  ] as const)('%s', async ([, body, status]) => {
    const { ingress, apps } = await guarded({ readMCP: 'true' })
    const answer = await fetch(ingress('/mcp'), { method: 'POST', body: JSON.stringify(body) })
    expect(answer.status).toBe(status)
    expect(apps.two.seen).toHaveLength(status === 200 ? 1 : 0)
  })

  it('is not read unless it is to be', async () => {
    const { ingress } = await guarded({ readBody: 'true' })
    const body = JSON.stringify(call('read'))
    expect((await fetch(ingress('/mcp'), { method: 'POST', body })).status).toBe(403)
  })
})

describe('the claims of a token', () => {
  const start = async (isFirst: boolean) => {
    const key = createKey('k1', 'ES256')
    const { origin: issuer } = await authorizationServer(key)
    const bearer = handlerSpec({ issuer, audience: 'mcp-server' })
    const appHttpPipeline = isFirst ? [bearer, asks()] : [asks(), bearer]
    const test = await twoSidecars({ two: { appHttpPipeline } })
    const exp = Math.floor(Date.now() / 1000) + 600
    const token = signToken(
      key,
      { iss: issuer, aud: 'mcp-server', exp, team: 'payroll' },
      { alg: key.alg, kid: key.kid },
    )
    return { ...test, authorization: `Bearer ${token}` }
  }

  it('are there behind a bearer, and headers of the policy replace those of the caller', async () => {
    const { ingress, apps, authorization } = await start(true)
    for (let round = 0; round < 2; round += 1) {
      const headers = { authorization, X_Team: 'forged', 'x-team': 'forged' }
      expect((await fetch(ingress('/team'), { headers })).status).toBe(200)
      const { headers: seen } = apps.two.seen[round] ?? {}
      expect(JSON.stringify(seen)).toContain('payroll')
      expect(JSON.stringify(seen)).not.toContain('forged')
    }
    expect((await fetch(ingress('/team'))).status).toBe(401)
    expect(apps.two.seen).toHaveLength(2)
  })

  it('are not there before it', async () => {
    const { ingress, apps, authorization } = await start(false)
    expect((await fetch(ingress('/team'), { headers: { authorization } })).status).toBe(403)
    expect(apps.two.seen).toEqual([])
  })
})

it.for<Readonly<Record<string, string>>>([
  { policyFile: '' },
  { policyFile: join(folder, 'policy.rego') },
  { rego: 'package http' },
  { readBody: 'maybe' },
  { defaultStatus: '200' },
])('cannot be used with %j: 503', async (metadata) => {
  const { ingress } = await guarded(metadata)
  expect((await fetch(ingress('/paid'))).status).toBe(503)
})

const hasOpa = spawnSync('opa', ['version']).status === 0
const text = readFileSync(join(folder, 'policy.rego'), 'utf8')
const old = 'package http\n\nallow { input.request.path == "/open" }\n'

describe('rego', () => {
  it.skipIf(!hasOpa).for([
    ['of OPA 1', text],
    ['of before', old],
  ] as const)('%s is compiled (needs opa on the PATH)', async ([, rego]) => {
    const { ingress } = await guarded({ policyFile: '', rego, includedHeaders: 'x-tenant' })
    expect((await fetch(ingress('/open'), { headers: acme })).status).toBe(200)
    expect((await fetch(ingress('/no'), { headers: acme })).status).toBe(403)
  })

  it.skipIf(!hasOpa)('that is not valid is a 503 that says where (needs opa)', async () => {
    const { ingress } = await guarded({ policyFile: '', rego: 'package http\n\nallow if {secret' })
    const answer = await fetch(ingress('/open'))
    const body = await answer.text()
    expect([answer.status, body]).toEqual([503, expect.stringContaining('rego_parse_error')])
    expect(body).not.toContain('secret')
  })

  it.skipIf(!hasOpa)('reads a bundle as opa build writes it (needs opa)', async () => {
    const place = mkdtempSync(join(tmpdir(), 'mcpauth-bundle-'))
    onTestFinished(() => rmSync(place, { recursive: true, force: true }))
    writeFileSync(join(place, 'p.rego'), text)
    spawnSync('opa', ['build', '-t', 'wasm', '-e', 'http/allow', 'p.rego'], { cwd: place })
    const { ingress } = await guarded({ policyFile: join(place, 'bundle.tar.gz') })
    expect((await fetch(ingress('/paid'))).status).toBe(402)
  })

  it('without opa on the PATH is a 503 that says so', async () => {
    const before = process.env['PATH']
    onTestFinished(() => {
      process.env['PATH'] = before
    })
    process.env['PATH'] = folder
    const { ingress } = await guarded({ policyFile: '', rego: text })
    const answer = await fetch(ingress('/open'))
    expect([answer.status, await answer.text()]).toEqual([
      503,
      expect.stringContaining('there is no opa on the PATH'),
    ])
  })
})
