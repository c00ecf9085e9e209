// The proxy endpoint of MCP servers over real sockets: who may call what, with whose credentials, and what comes back.
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'

import { Secret } from '../../src/core/secret.ts'
import { mcpServer, postMcp, rpc, rule } from '../support/mcp.ts'
import {
  reply,
  startScriptedAuthorizationServer,
} from '../support/scripted-authorization-server.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { apiToken, snapshotOf, type TestSidecar } from '../support/sidecar.ts'
import type { Upstream } from '../support/upstream.ts'
import { sidecarOf, upstreamOf } from './call-fixture.ts'

const json = { 'content-type': 'application/json' }

/** Answers every message with the list of three tools. */
const listing = (): Promise<Upstream> =>
  upstreamOf((_request, response, { body }) => {
    const { id } = JSON.parse(body === '' ? '{}' : body) as { id?: number }
    const result = { tools: [{ name: 'add' }, { name: 'echo' }, { name: 'drop' }] }
    response.writeHead(200, json).end(JSON.stringify({ jsonrpc: '2.0', id, result }))
  })

async function setting(
  names: readonly string[],
  parts: Parameters<typeof mcpServer>[2] = {},
): Promise<{ upstream: Upstream; sidecar: TestSidecar }> {
  const upstream = await listing()
  const server = mcpServer(`${upstream.url}/mcp?x=1`, names, parts)
  return { upstream, sidecar: await sidecarOf(snapshotOf({ mcpServers: [server] })) }
}

describe('access', () => {
  it('is given to what is granted, and lists show no more', async () => {
    const { upstream, sidecar } = await setting(['a*'])
    const answer = await postMcp(sidecar, rpc('tools/list'))
    expect(await answer.json()).toMatchObject({ id: 1, result: { tools: [{ name: 'add' }] } })
    expect((await postMcp(sidecar, rpc('tools/call', { name: 'add' }))).status).toBe(200)
    expect(upstream.seen.map(({ url }) => url)).toEqual(['/mcp?x=1', '/mcp?x=1'])
    await sidecar.logged(2)
    expect(sidecar.log[1]).toMatchObject({
      caller: 'app',
      target: 'mcp:calc',
      rpc: 'tools/call add',
      status: 200,
      api: false,
    })
  })

  it('is no wider in the answer to an earlier request whose id was used again', async () => {
    const { sidecar } = await setting(['add'])
    const answer = await postMcp(sidecar, rpc('tools/call', { name: 'add' }))
    expect(await answer.json()).toMatchObject({ id: 1, result: { tools: [{ name: 'add' }] } })
  })

  it('to other tools is denied, with the command that grants them', async () => {
    const { upstream, sidecar } = await setting(['add'])
    const answer = await postMcp(sidecar, rpc('tools/call', { name: "it's" }, 'x'))
    const command = String.raw`mcpauth mcpserver access grant calc --caller app --allow-tools 'it'\''s'`
    expect(answer.status).toBe(403)
    expect(await answer.json()).toMatchObject({
      jsonrpc: '2.0',
      id: 'x',
      error: {
        message: expect.stringContaining(command) as string,
        data: { errorCode: 'ERR_MCP_TOOL_DENIED' },
      },
      errorCode: 'ERR_MCP_TOOL_DENIED',
      message: expect.stringContaining('"it\'s"') as string,
    })
    expect(upstream.seen).toHaveLength(0)
  })

  it.each([
    ['resources/read', { uri: 'file:///x' }, 'ERR_MCP_RESOURCE_DENIED'],
    ['prompts/get', { name: 'x' }, 'ERR_MCP_PROMPT_DENIED'],
  ])('by %s has an error of its own', async (method, params, errorCode) => {
    const { sidecar } = await setting(['*'])
    expect(await (await postMcp(sidecar, rpc(method, params))).json()).toMatchObject({ errorCode })
  })

  it('to tasks is for callers with a tool, to the list of all tasks for those with all tools', async () => {
    const task = rpc('tasks/result', { taskId: 't' })
    const list = rpc('tasks/list')
    const statuses = async (sidecar: TestSidecar): Promise<number[]> => {
      const answers = [await postMcp(sidecar, task), await postMcp(sidecar, list)]
      return answers.map(({ status }) => status)
    }
    const none = await setting([], { policy: { rules: [rule(['*'], 'resources')] } })
    expect(await statuses(none.sidecar)).toEqual([403, 403])
    expect(none.upstream.seen).toHaveLength(0)
    const text = await (await postMcp(none.sidecar, task)).text()
    expect(text).toContain('ERR_MCP_TOOL_DENIED')
    expect(text).toContain('is granted no tool of the MCP server calc')
    expect(await statuses((await setting(['a*'])).sidecar)).toEqual([200, 403])
    expect(await statuses((await setting(['*'])).sidecar)).toEqual([200, 200])
  })

  it('of a caller without a rule is as to a server that is not there', async () => {
    const { sidecar } = await setting([], { policy: { rules: [rule(['*'], 'tools', 'shadow')] } })
    const answer = await postMcp(sidecar, rpc('tools/list'))
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ errorCode: 'ERR_MCP_CALLER_NOT_GRANTED' })
    await sidecar.logged(1)
    expect(sidecar.log[0]).toMatchObject({
      target: 'mcp:calc',
      reason: expect.stringContaining('ERR_MCP_CALLER_NOT_GRANTED') as string,
      shadow: expect.stringContaining('shadow') as string,
    })
  })

  it('that a shadow rule would give is denied and logged', async () => {
    const rules = [rule(['add']), rule(['drop'], 'tools', 'shadow')]
    const { sidecar } = await setting([], { policy: { rules } })
    expect((await postMcp(sidecar, rpc('tools/call', { name: 'drop' }))).status).toBe(403)
    await sidecar.logged(1)
    expect(sidecar.log[0]?.shadow).toBe('shadow rule 2 grants tools "drop"')
  })

  it('with some arguments only is denied with others, by a sentence that does not repeat them', async () => {
    const schema = { properties: { amount: { type: 'number', maximum: 100 } } }
    const grants = [{ capability: 'tools', names: ['add'], arguments: schema }] as const
    const rules = [{ callers: ['app'], grants, mode: 'enforce' }] as const
    const { upstream, sidecar } = await setting([], { policy: { rules } })
    const call = (given: unknown): object => rpc('tools/call', { name: 'add', arguments: given })
    expect((await postMcp(sidecar, call({ amount: 100 }))).status).toBe(200)
    expect((await postMcp(sidecar, rpc('tools/call', { name: 'add' }))).status).toBe(200)
    const list = await (await postMcp(sidecar, rpc('tools/list'))).json()
    expect(list).toMatchObject({ result: { tools: [{ name: 'add' }] } })
    const denied = await postMcp(sidecar, call({ amount: 4711 }))
    expect(denied.status).toBe(403)
    const text = await denied.text()
    expect(JSON.parse(text)).toMatchObject({
      id: 1,
      errorCode: 'ERR_MCP_ARGUMENTS_DENIED',
      message: expect.stringContaining('at "/amount" they break the keyword "maximum"') as string,
    })
    expect(text).not.toContain('4711')
    expect((await postMcp(sidecar, call({ Amount: 4711 }))).status).toBe(403)
    expect((await postMcp(sidecar, call([4711]))).status).toBe(200)
    const looks = rpc('tools/call', { name: 'add', Arguments: { amount: 4711 } })
    expect((await postMcp(sidecar, looks)).status).toBe(400)
    expect(upstream.seen).toHaveLength(4)
  })

  it('is denied to everybody where a schema of the policy cannot be used', async () => {
    const grants = [{ capability: 'tools', names: ['add'], arguments: { format: 'x' } }] as const
    const broken = { callers: ['other'], grants, mode: 'enforce' } as const
    const { upstream, sidecar } = await setting([], { policy: { rules: [rule(['*']), broken] } })
    const answer = await postMcp(sidecar, rpc('tools/call', { name: 'add' }))
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({
      errorCode: 'ERR_MCP_SERVER_UNUSABLE',
      message: expect.stringContaining('grant 1 of rule 2') as string,
    })
    expect(upstream.seen).toHaveLength(0)
  })

  it('is denied to a whole batch for one of its messages', async () => {
    const { upstream, sidecar } = await setting(['add'])
    const add = rpc('tools/call', { name: 'add' })
    expect((await postMcp(sidecar, [add, rpc('tools/call', { name: 'drop' }, 2)])).status).toBe(403)
    expect(upstream.seen).toHaveLength(0)
    expect((await postMcp(sidecar, [add, rpc('ping', {}, 2)])).status).toBe(200)
  })

  it('follows a new snapshot', async () => {
    const { upstream, sidecar } = await setting(['add'])
    const drop = rpc('tools/call', { name: 'drop' })
    expect((await postMcp(sidecar, drop)).status).toBe(403)
    await sidecar.sidecar.reload(snapshotOf({ mcpServers: [mcpServer(upstream.url, ['*'])] }))
    expect((await postMcp(sidecar, drop)).status).toBe(200)
  })
})

describe('a server', () => {
  it.each([
    [{ isEnabled: false }, 503, 'ERR_MCP_SERVER_UNUSABLE'],
    [{ problem: { message: 'Its secret is missing.' } }, 503, 'ERR_MCP_SERVER_UNUSABLE'],
    [
      { transport: { kind: 'stdio', command: 'x', args: [], env: [], timeoutSeconds: 60 } },
      503,
      'ERR_MCP_SERVER_UNUSABLE',
    ],
    [{ name: 'other' }, 404, 'ERR_MCP_SERVER_UNKNOWN'],
  ] as const)('that is %o answers %i', async (parts, status, errorCode) => {
    const { sidecar } = await setting(['*'], parts)
    const answer = await postMcp(sidecar, rpc('tools/list'))
    expect(answer.status).toBe(status)
    expect(await answer.json()).toMatchObject({ errorCode })
  })

  it('is listed to those who may use it, and served under both paths and no further', async () => {
    const { sidecar } = await setting(['add'])
    const list = await fetch(`${sidecar.url}/v1.0/diagrid/mcp`)
    const path = '/v1.0/diagrid/mcp/calc'
    expect(await list.json()).toEqual({
      mcpServers: [{ name: 'calc', displayName: 'Calculator', path }],
    })
    expect((await postMcp(sidecar, rpc('ping'), {}, '/v1.0/mcp/calc')).status).toBe(200)
    expect((await postMcp(sidecar, rpc('ping'), {}, `${path}/mcp`)).status).toBe(404)
    expect((await postMcp(sidecar, rpc('ping'), {}, `${path}?tools=all`)).status).toBe(400)
    const none = await setting([], { policy: { rules: [] } })
    expect(await (await fetch(`${none.sidecar.url}/v1.0/mcp`)).json()).toEqual({ mcpServers: [] })
  })
})

describe('a message', () => {
  it.each([
    ['another method', rpc('tools/call', { name: 'add' }), { 'mcp-method': 'tools/list' }],
    ['another name', rpc('tools/call', { name: 'add' }), { 'mcp-name': 'safe' }],
  ])('beside a header with %s is refused', async (_what, body, headers) => {
    const { upstream, sidecar } = await setting(['*'])
    const answer = await postMcp(sidecar, body, headers)
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({
      id: 1,
      error: { code: -32020 },
      errorCode: 'ERR_MCP_HEADER_MISMATCH',
    })
    expect(upstream.seen).toHaveLength(0)
  })

  it.each([
    ['{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}', {}],
    [rpc('tools/call', {}), {}],
    [rpc('ping'), { 'content-encoding': 'gzip' }],
    [rpc('ping'), { 'content-type': 'application/json; charset=utf-7' }],
    [rpc('ping'), { 'content-type': 'application/json; charset=utf-8; charset=utf-7' }],
    [rpc('ping'), { 'content-type': 'application/json; x="; charset=utf-8"; charset=utf-7' }],
    [rpc('ping'), { 'content-type': 'application/json; x="; charset=utf-8;"; charset=utf-7' }],
  ])('that can be read in two ways is refused: %j %o', async (body, headers) => {
    const { upstream, sidecar } = await setting(['*'])
    expect((await postMcp(sidecar, body, headers as Record<string, string>)).status).toBe(400)
    expect(upstream.seen).toHaveLength(0)
  })

  it.each([
    ['2026-07-28', 404, -32601],
    ['2025-11-25', 400, -32600],
  ])('that subscribes to nothing in %s is refused with %i', async (version, status, code) => {
    const { upstream, sidecar } = await setting(['*'])
    const subscribe = rpc('resources/subscribe')
    const answer = await postMcp(sidecar, subscribe, { 'mcp-protocol-version': version })
    expect(answer.status).toBe(status)
    expect(await answer.json()).toMatchObject({ id: 1, error: { code } })
    expect(upstream.seen).toEqual([])
  })

  it.each(['application/json; charset="utf-8"', 'application/json;Charset=UTF-8; x=y'])(
    'says in one way that it is UTF-8: %s',
    async (type) => {
      const { sidecar } = await setting(['*'])
      expect((await postMcp(sidecar, rpc('ping'), { 'content-type': type })).status).toBe(200)
    },
  )

  it('is judged by what is granted once it is there', async () => {
    const { upstream, sidecar } = await setting(['add'])
    const text = JSON.stringify(rpc('tools/call', { name: 'add' }))
    const request = httpRequest(`${sidecar.url}/v1.0/diagrid/mcp/calc`, {
      method: 'POST',
      headers: { ...json, 'content-length': text.length },
    })
    const answered = once(request, 'response')
    request.write(text.slice(0, 1))
    // One that came after the held one has been answered.
    expect((await postMcp(sidecar, rpc('ping'))).status).toBe(200)
    const server = mcpServer(upstream.url, ['echo'])
    await sidecar.sidecar.reload(snapshotOf({ mcpServers: [server] }))
    request.end(text.slice(1))
    const [response] = (await answered) as [IncomingMessage]
    response.resume()
    expect(response.statusCode).toBe(403)
    expect(upstream.seen).toHaveLength(1)
  })

  it('larger than the limit is refused, and one below it goes through', async () => {
    const upstream = await listing()
    const snapshot = snapshotOf({ mcpServers: [mcpServer(upstream.url, ['*'])] })
    const sidecar = await sidecarOf(snapshot, {}, { maxBodyBytes: 300_000 })
    const call = (size: number): object =>
      rpc('tools/call', { name: 'add', arguments: { a: 'x'.repeat(size) } })
    expect((await postMcp(sidecar, call(400_000))).status).toBe(413)
    expect((await postMcp(sidecar, call(200_000))).status).toBe(200)
    expect(upstream.seen[0]?.body).toHaveLength(JSON.stringify(call(200_000)).length)
  })
})

describe('credentials', () => {
  it('are those of the server, never the caller’s', async () => {
    const upstream = await listing()
    const transport = {
      kind: 'streamableHTTP' as const,
      url: upstream.url,
      headers: [{ name: 'X-Api-Key', value: new Secret('k') }],
      timeoutSeconds: 30,
    }
    const sidecar = await sidecarOf(
      snapshotOf({ mcpServers: [mcpServer('', ['*'], { transport })] }),
    )
    const headers = {
      authorization: 'Bearer mine',
      authorization_: 'Bearer mine',
      'dapr-api-token': apiToken,
      x_api_key: 'mine',
      'x-kept': '1',
    }
    expect((await postMcp(sidecar, rpc('ping'), headers)).status).toBe(200)
    const got = upstream.seen[0]?.headers
    expect(got).toMatchObject({ 'x-api-key': 'k', 'x-kept': '1' })
    for (const name of ['authorization', 'authorization_', 'dapr-api-token', 'x_api_key']) {
      expect(got).not.toHaveProperty(name)
    }
    const wrong = await postMcp(sidecar, rpc('ping'), { 'dapr-api-token': 'wrong' })
    expect(wrong.status).toBe(401)
  })

  it('of OAuth come from the issuer and are shared', async () => {
    const as = await startScriptedAuthorizationServer()
    onTestFinished(() => as[Symbol.asyncDispose]())
    const metadata = { issuer: as.origin, token_endpoint: `${as.origin}/oauth` }
    as.on('/.well-known/oauth-authorization-server', reply(200, metadata))
    as.on('/oauth', reply(200, { access_token: 'first', token_type: 'Bearer', expires_in: 3600 }))
    const upstream = await upstreamOf((request, response) => {
      const isGood = request.headers.authorization === 'Bearer first'
      response.writeHead(isGood ? 200 : 401, json).end('{}')
    })
    const oauth2 = {
      issuer: as.origin,
      audience: 'calc',
      scopes: ['a', 'b'],
      clientId: 'c',
      clientSecret: new Secret('s'),
    }
    const server = mcpServer(upstream.url, ['*'], { oauth2 })
    const sidecar = await sidecarOf(snapshotOf({ mcpServers: [server] }))
    const answers = await Promise.all([1, 2, 3].map(() => postMcp(sidecar, rpc('ping'))))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(as.count('/oauth')).toBe(1)
    const form = as.requests.find(({ path }) => path === '/oauth')?.form
    expect(form?.get('audience')).toBe('calc')
    expect(form?.get('scope')).toBe('a b')
  })

  it('of OAuth are renewed once after a 401, and no more', async () => {
    const as = await startScriptedAuthorizationServer()
    onTestFinished(() => as[Symbol.asyncDispose]())
    let minted = 0
    as.on('/token', (request, response) => {
      minted += 1
      const token = { access_token: `t${minted}`, token_type: 'Bearer', expires_in: 3600 }
      reply(200, token)(request, response)
    })
    let good = 'Bearer t1'
    const upstream = await upstreamOf((request, response) => {
      response.writeHead(request.headers.authorization === good ? 200 : 401, json).end('{}')
    })
    const clock = createFakeClock()
    const oauth2 = {
      issuer: `${as.origin}/token`,
      scopes: [],
      clientId: 'c',
      clientSecret: new Secret('s'),
    }
    const server = mcpServer(upstream.url, ['*'], { oauth2 })
    const sidecar = await sidecarOf(snapshotOf({ mcpServers: [server] }), {}, { clock })
    expect((await postMcp(sidecar, rpc('ping'))).status).toBe(200)
    good = 'Bearer t2'
    clock.advance(60)
    const large = rpc('ping', { text: 'x'.repeat(200_000) })
    expect((await postMcp(sidecar, large)).status).toBe(200)
    expect(upstream.seen).toHaveLength(3)
    good = 'nothing'
    clock.advance(60)
    expect((await postMcp(sidecar, rpc('ping'))).status).toBe(502)
    expect(upstream.seen).toHaveLength(5)
    expect(minted).toBe(3)
    expect(as.requests.every(({ path }) => path === '/token')).toBe(true)
  })

  it('of OAuth that cannot be had are a 5xx, and nothing goes to the server', async () => {
    const upstream = await listing()
    const as = await startScriptedAuthorizationServer()
    onTestFinished(() => as[Symbol.asyncDispose]())
    as.on(
      '/.well-known/openid-configuration',
      reply(200, { issuer: 'https://other.example', token_endpoint: 'x' }),
    )
    const oauth2 = { issuer: as.origin, scopes: [], clientId: 'c', clientSecret: new Secret('s') }
    const server = mcpServer(upstream.url, ['*'], { oauth2 })
    const sidecar = await sidecarOf(snapshotOf({ mcpServers: [server] }))
    const answer = await postMcp(sidecar, rpc('ping'))
    expect(answer.status).toBe(502)
    expect(await answer.json()).toMatchObject({ errorCode: 'TOKEN_ENDPOINT_REFUSED' })
    expect(upstream.seen).toHaveLength(0)
  })

  it.each([401, 403])('that the server refuses with %i are a 502 that says so', async (status) => {
    const upstream = await upstreamOf((_request, response) => {
      response.writeHead(status, { 'www-authenticate': 'Bearer' }).end()
    })
    const sidecar = await sidecarOf(snapshotOf({ mcpServers: [mcpServer(upstream.url, ['*'])] }))
    const answer = await postMcp(sidecar, rpc('ping'))
    expect(answer.status).toBe(502)
    expect(answer.headers.get('www-authenticate')).toBeNull()
    expect(await answer.json()).toMatchObject({
      errorCode: 'ERR_MCP_UPSTREAM_REFUSED',
      message: expect.stringContaining(`answered ${status}`) as string,
    })
  })

  it('do not follow a redirect, and neither does the client', async () => {
    const upstream = await upstreamOf((_request, response) => {
      response.writeHead(307, { location: 'https://evil.example/' }).end()
    })
    const sidecar = await sidecarOf(snapshotOf({ mcpServers: [mcpServer(upstream.url, ['*'])] }))
    expect((await postMcp(sidecar, rpc('ping'))).status).toBe(502)
  })
})

describe('a stream', () => {
  const list = 'data: {"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"add"},{"name":"drop"}]}}'

  it('is filtered event by event, for a POST and for a GET that goes on with it', async () => {
    const upstream = await upstreamOf((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end(`: hi\n\nid: 7\n${list}\n\ndata: {"method":"x"}\n\n`)
    })
    const sidecar = await sidecarOf(snapshotOf({ mcpServers: [mcpServer(upstream.url, ['add'])] }))
    const kept =
      ': hi\n\nid: 7\ndata: {"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"add"}]}}\n\ndata: {"method":"x"}\n\n'
    expect(await (await postMcp(sidecar, rpc('tools/list'))).text()).toBe(kept)
    const get = await fetch(`${sidecar.url}/v1.0/diagrid/mcp/calc`, {
      headers: { accept: 'text/event-stream', 'last-event-id': '6' },
    })
    expect(await get.text()).toBe(kept)
    expect(upstream.seen[1]?.headers).toMatchObject({ 'last-event-id': '6' })
  })

  it('comes event by event, and goes on over a reload', async () => {
    let push = (_text: string): void => {}
    const upstream = await upstreamOf((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
      push = (text) => void response.write(text)
    })
    const servers = { mcpServers: [mcpServer(upstream.url, ['add'])] }
    const sidecar = await sidecarOf(snapshotOf(servers))
    const answer = await fetch(`${sidecar.url}/v1.0/diagrid/mcp/calc`)
    const reader = answer.body?.getReader()
    const next = async (): Promise<string> =>
      Buffer.from((await reader?.read())?.value ?? new Uint8Array()).toString()
    push('data: 1\n\n')
    expect(await next()).toBe('data: 1\n\n')
    const elsewhere = mcpServer(`${upstream.url}/2`, ['add'], { digest: 'd2' })
    await sidecar.sidecar.reload(snapshotOf({ mcpServers: [elsewhere] }))
    push('data: 2\n\n')
    expect(await next()).toBe('data: 2\n\n')
    await reader?.cancel()
  })

  it('of what nobody can read is cut, and such a body is a 502', async () => {
    let type = 'text/event-stream'
    const upstream = await upstreamOf((_request, response) => {
      response.writeHead(200, { 'content-type': type }).end('data: {"x":NaN}\n\n')
    })
    const sidecar = await sidecarOf(snapshotOf({ mcpServers: [mcpServer(upstream.url, ['add'])] }))
    await expect(
      postMcp(sidecar, rpc('tools/list')).then((answer) => answer.text()),
    ).rejects.toThrow()
    type = 'application/json'
    expect((await postMcp(sidecar, rpc('tools/list'))).status).toBe(502)
  })
})
