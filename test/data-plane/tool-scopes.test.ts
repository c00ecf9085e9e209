// Scopes of single tools, before a protected MCP server, over real sockets.
import { expect, it } from 'vitest'

import { protectedApp, type ProtectedApp } from './protected-app.ts'

const settings = {
  requiredScopes: 'read',
  toolScopes: 'add = write, delete_* = write admin, delete_all = root',
  scopeHierarchy: 'owner > write admin',
}

const call = (name: unknown, id = 1) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name },
})

async function post(
  app: ProtectedApp,
  message: unknown,
  { scope = 'read', headers = {} }: { scope?: string; headers?: Record<string, string> } = {},
): Promise<Response> {
  const authorization = `Bearer ${app.token({ scope })}`
  return fetch(`${app.url}/mcp`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json', ...headers },
    body: typeof message === 'string' ? message : JSON.stringify(message),
  })
}

it.each([
  ['a tool that needs nothing more', call('echo'), 'read'],
  ['a tool with its scope', call('add'), 'read write'],
  ['a tool with a scope that stands for its own', call('delete_one'), 'read owner'],
  ['something that is no call', { jsonrpc: '2.0', id: 1, method: 'tools/list' }, 'read'],
  ['a notification', { jsonrpc: '2.0', method: 'notifications/initialized' }, 'read'],
])('%s gets through, with its body', async (_, message, scope) => {
  const app = await protectedApp(settings)
  expect((await post(app, message, { scope })).status).toBe(200)
  expect(app.upstream.seen.map(({ body }) => body)).toEqual([JSON.stringify(message)])
})

it.each([
  ['add', 'read', 'read write', 'write'],
  ['delete_one', 'read write', 'read write admin', 'admin'],
  ['delete_all', 'read owner', 'read write admin root', 'root'],
])('%s with "%s" is a 403 that names all it needs', async (tool, scope, needed, missing) => {
  const app = await protectedApp(settings)
  const answer = await post(app, call(tool), { scope })
  expect(answer.status).toBe(403)
  const challenge = answer.headers.get('www-authenticate')
  expect(challenge).toContain('error="insufficient_scope"')
  expect(challenge).toMatch(new RegExp(`scope="${needed}"$`))
  expect(app.test.log.at(-1)?.reason).toBe(`SCOPE_INSUFFICIENT: missing ${missing}`)
  expect(app.upstream.seen).toEqual([])
})

it('a batch needs what all its calls need', async () => {
  const app = await protectedApp(settings)
  const batch = [call('echo'), call('add', 2), call('delete_one', 3)]
  const answer = await post(app, batch, { scope: 'read admin' })
  expect(answer.headers.get('www-authenticate')).toMatch(/scope="read write admin"$/)
  expect((await post(app, batch, { scope: 'read write admin' })).status).toBe(200)
  expect(app.upstream.seen).toHaveLength(1)
})

it.each<[string, unknown, Record<string, string>]>([
  ['no JSON', '{', {}],
  [
    'a name that is there twice',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","name":"add"}}',
    {},
  ],
  [
    'a name that only looks like it',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"Name":"add"}}',
    {},
  ],
  ['a tool without a name', call(undefined), {}],
  ['a name that is no text', call(['add']), {}],
  ['a compressed body', call('echo'), { 'content-encoding': 'gzip' }],
  [
    'a header that names another tool',
    call('echo'),
    { 'mcp-method': 'tools/call', 'mcp-name': 'add' },
  ],
])('%s is refused, for nobody could tell what is called', async (_, message, headers) => {
  const app = await protectedApp(settings)
  expect((await post(app, message, { scope: 'read write admin root', headers })).status).toBe(400)
  expect(app.upstream.seen).toEqual([])
})

it('the token comes first: without a good one no body is read', async () => {
  const app = await protectedApp(settings)
  const answer = await fetch(`${app.url}/mcp`, { method: 'POST', body: '{' })
  expect(answer.status).toBe(401)
})

it('streams and the end of a session need no more than every request', async () => {
  const app = await protectedApp(settings)
  const headers = [`Authorization: Bearer ${app.token({ scope: 'read' })}`]
  expect((await app.send('GET', '/mcp', headers)).status).toBe(200)
  expect((await app.send('DELETE', '/mcp', headers)).status).toBe(200)
})
