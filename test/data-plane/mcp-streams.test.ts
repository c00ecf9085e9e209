// What the proxy endpoint of MCP servers passes on without deciding: sessions, idle streams, the end of a client, batches.
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'

import { mcpServer, postMcp, rpc, rule } from '../support/mcp.ts'
import { snapshotOf, type TestSidecar } from '../support/sidecar.ts'
import type { Upstream } from '../support/upstream.ts'
import { sidecarOf, upstreamOf } from './call-fixture.ts'

const endpoint = '/v1.0/diagrid/mcp/calc'
const events = { 'content-type': 'text/event-stream' }

async function sidecarFor(
  { url }: Upstream,
  names: readonly string[] = ['add'],
  timeoutSeconds = 30,
): Promise<TestSidecar> {
  const transport = { kind: 'streamableHTTP' as const, url, headers: [], timeoutSeconds }
  return sidecarOf(snapshotOf({ mcpServers: [mcpServer('', names, { transport })] }))
}

describe('a session', () => {
  it.each([200, 204, 404, 405])('is ended at the server, which answers %i', async (status) => {
    const upstream = await upstreamOf((_request, response) => {
      response.writeHead(status).end()
    })
    const sidecar = await sidecarFor(upstream)
    const headers = { 'mcp-session-id': 's1', 'mcp-protocol-version': '2025-06-18' }
    const answer = await fetch(`${sidecar.url}${endpoint}`, { method: 'DELETE', headers })
    expect(answer.status).toBe(status)
    expect(upstream.seen).toMatchObject([{ method: 'DELETE', headers, body: '' }])
  })

  it('is not ended for a caller without a grant, nor with a body', async () => {
    const upstream = await upstreamOf((_request, response) => {
      response.end()
    })
    const none = await sidecarOf(
      snapshotOf({ mcpServers: [mcpServer(upstream.url, [], { policy: { rules: [] } })] }),
    )
    expect((await fetch(`${none.url}${endpoint}`, { method: 'DELETE' })).status).toBe(404)
    const sidecar = await sidecarFor(upstream)
    const withBody = { method: 'DELETE', body: '{}' }
    expect((await fetch(`${sidecar.url}${endpoint}`, withBody)).status).toBe(400)
    expect(upstream.seen).toHaveLength(0)
  })

  it('keeps its headers in both directions, and what needs no answer is a 202', async () => {
    const upstream = await upstreamOf((_request, response) => {
      response.writeHead(202, { 'mcp-session-id': 's2' }).end()
    })
    const sidecar = await sidecarFor(upstream)
    const cancelled = {
      jsonrpc: '2.0',
      method: 'notifications/cancelled',
      params: { requestId: 1 },
    }
    const answer = await postMcp(sidecar, cancelled, { 'mcp-session-id': 's2' })
    expect([answer.status, answer.headers.get('mcp-session-id')]).toEqual([202, 's2'])
    expect(upstream.seen[0]?.headers).toMatchObject({ 'mcp-session-id': 's2' })
    expect(upstream.seen[0]?.body).toBe(JSON.stringify(cancelled))
  })
})

describe('a stream', () => {
  it.each(['GET', 'POST'])(
    'of a %s outlives the time an answer may take to begin',
    async (method) => {
      const streams: ServerResponse[] = []
      const upstream = await upstreamOf((request, response) => {
        // What has no session is never answered.
        if (request.headers['mcp-session-id'] === undefined) return
        response.writeHead(200, events).flushHeaders()
        streams.push(response)
      })
      const sidecar = await sidecarFor(upstream, ['add'], 0.2)
      const headers = { 'mcp-session-id': 's' }
      const url = `${sidecar.url}${endpoint}`
      const answer =
        method === 'POST'
          ? await postMcp(sidecar, rpc('tools/list'), headers)
          : await fetch(url, { headers })
      // Asked later and given up: so the stream was idle for longer than that.
      expect((await postMcp(sidecar, rpc('ping'))).status).toBe(504)
      streams[0]?.end('data: {"late":1}\n\n')
      expect(await answer.text()).toBe('data: {"late":1}\n\n')
    },
  )

  it.each([
    ['GET', undefined],
    ['POST that is filtered', rpc('tools/list')],
    ['POST that is not', rpc('tools/call', { name: 'add' })],
  ])(
    'of a %s that the client leaves is left at the server within a second',
    async (_what, body) => {
      let opened = (_response: ServerResponse): void => {}
      const stream = new Promise<ServerResponse>((resolve) => (opened = resolve))
      const upstream = await upstreamOf((_request, response) => {
        response.writeHead(200, events).write(': hi\n\n')
        opened(response)
      })
      const sidecar = await sidecarFor(upstream)
      const client = new AbortController()
      const answer = await fetch(`${sidecar.url}${endpoint}`, {
        signal: client.signal,
        headers: { 'content-type': 'application/json' },
        ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      })
      await answer.body?.getReader().read()
      const closed = once(await stream, 'close', { signal: AbortSignal.timeout(1_000) })
      client.abort()
      await closed
      expect((await stream).writableFinished).toBe(false)
    },
  )

  it('that the client leaves before it began is given up at the server too', async () => {
    let asked = (_response: ServerResponse): void => {}
    const waiting = new Promise<ServerResponse>((resolve) => (asked = resolve))
    const upstream = await upstreamOf((_request, response) => asked(response))
    const sidecar = await sidecarFor(upstream)
    const client = new AbortController()
    const answer = fetch(`${sidecar.url}${endpoint}`, { signal: client.signal }).catch(String)
    const closed = once(await waiting, 'close', { signal: AbortSignal.timeout(1_000) })
    client.abort()
    await closed
    expect(await answer).toContain('AbortError')
  })

  it('carries what the server asks of the client, untouched', async () => {
    const asked =
      'data: {"jsonrpc":"2.0","id":1,"method":"sampling/createMessage","params":{"tools":[{"name":"drop"}]}}\n\n'
    const upstream = await upstreamOf((_request, response) => {
      response.writeHead(200, events).end(asked)
    })
    const sidecar = await sidecarFor(upstream)
    expect(await (await fetch(`${sidecar.url}${endpoint}`)).text()).toBe(asked)
    expect(await (await postMcp(sidecar, rpc('tools/list'))).text()).toBe(asked)
  })
})

describe('a grant that is gone', () => {
  const modern = { 'mcp-protocol-version': '2026-07-28' }
  const listen = rpc('subscriptions/listen', { notifications: {} })
  const snapshotWith = (
    { url }: Upstream,
    rules: Parameters<typeof rule>[],
    parts: Parameters<typeof mcpServer>[2] = {},
  ) => {
    const policy = { rules: rules.map((each) => rule(...each)) }
    return snapshotOf({ mcpServers: [mcpServer(url, [], { policy, ...parts })] })
  }
  const scene = async () => {
    const streams: ServerResponse[] = []
    const upstream = await upstreamOf((_request, response) => {
      response.writeHead(200, events).write(': hi\n\n')
      streams.push(response)
    })
    const sidecar = await sidecarOf(snapshotWith(upstream, [[['add', 'echo']]]))
    return { streams, upstream, sidecar }
  }
  const open = async ({ url }: TestSidecar, body?: object): Promise<() => Promise<string>> => {
    const answer =
      body === undefined
        ? await fetch(`${url}${endpoint}`)
        : await postMcp({ url }, body, { ...modern, 'mcp-method': 'subscriptions/listen' })
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
    await reader?.read()
    return async () => {
      const next = await reader?.read().catch(() => undefined)
      return next?.value ?? 'cut'
    }
  }

  it.each([
    ['one of two tools', [[['add']]], {}, 200],
    ['all', [], {}, 404],
    [
      'those of this caller, in shadow from now on',
      [[['add', 'echo'], 'tools', 'shadow']],
      {},
      404,
    ],
    ['the server itself, which is disabled', [[['add', 'echo']]], { isEnabled: false }, 503],
    ['the server itself, which has another name', [[['add', 'echo']]], { name: 'other' }, 404],
  ] as const)('cuts GET streams and subscriptions: %s', async (_what, rules, parts, status) => {
    const { streams, upstream, sidecar } = await scene()
    const nexts = [await open(sidecar), await open(sidecar, listen)]
    const closed = streams.map(async (stream) => once(stream, 'close'))
    await sidecar.sidecar.reload(
      snapshotWith(
        upstream,
        rules.map((each) => [...each]),
        parts,
      ),
    )
    expect(await Promise.all(nexts.map(async (next) => next()))).toEqual(['cut', 'cut'])
    await Promise.all(closed)
    await sidecar.logged(2)
    expect(sidecar.log.map(({ reason }) => reason)).toEqual(['grants changed', 'grants changed'])
    const again = new AbortController()
    const answer = await fetch(`${sidecar.url}${endpoint}`, { signal: again.signal })
    expect(answer.status).toBe(status)
    again.abort()
  })

  it.each([
    ['more is granted', [[['add', 'echo', 'drop']], [['*'], 'prompts']]],
    ['another rule grants the same', [[['echo']], [['add']]]],
  ] as const)('is none where %s', async (_what, rules) => {
    const { streams, upstream, sidecar } = await scene()
    const nexts = [await open(sidecar), await open(sidecar, listen)]
    await sidecar.sidecar.reload(
      snapshotWith(
        upstream,
        rules.map((each) => [...each]),
      ),
    )
    for (const stream of streams) stream.write('data: {"still":"there"}\n\n')
    for (const next of nexts) expect(await next()).toContain('still')
  })

  it('lets a call that was let through end, and its lists show what is granted now', async () => {
    const { streams, upstream, sidecar } = await scene()
    const answer = await postMcp(sidecar, rpc('tools/call', { name: 'echo' }))
    await sidecar.sidecar.reload(snapshotWith(upstream, [[['add']]]))
    const tools = [{ name: 'add' }, { name: 'echo' }]
    streams[0]?.end(`data: ${JSON.stringify({ jsonrpc: '2.0', id: 1, result: { tools } })}\n\n`)
    const text = await answer.text()
    expect(text).toContain('"add"')
    expect(text).not.toContain('"echo"')
  })
})

describe('a batch', () => {
  const batch = [rpc('tools/list'), rpc('ping', {}, 2)]
  const answers = [
    { jsonrpc: '2.0', id: 1, result: { tools: [{ name: 'add' }, { name: 'drop' }] } },
    { jsonrpc: '2.0', id: 2, result: {} },
  ]
  const filtered = [{ ...answers[0], result: { tools: [{ name: 'add' }] } }, answers[1]]

  it.each([[{}], [{ 'mcp-protocol-version': '2025-03-26' }]])(
    'of 2025-03-26 goes on as it is, and its lists are filtered: %o',
    async (headers: Record<string, string>) => {
      const upstream = await upstreamOf((_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(JSON.stringify(answers))
      })
      const sidecar = await sidecarFor(upstream)
      expect(await (await postMcp(sidecar, batch, headers)).json()).toEqual(filtered)
      expect(JSON.parse(upstream.seen[0]?.body ?? '')).toEqual(batch)
    },
  )

  it('answered as a stream is filtered there', async () => {
    const upstream = await upstreamOf((_request, response) => {
      response.writeHead(200, events).end(`data: ${JSON.stringify(answers)}\n\n`)
    })
    const sidecar = await sidecarFor(upstream)
    const text = await (await postMcp(sidecar, batch)).text()
    expect(text).toBe(`data: ${JSON.stringify(filtered)}\n\n`)
  })

  it.each(['2025-06-18', '2025-11-25', '2026-07-28', 'draft'])(
    'of %s is refused whole',
    async (version) => {
      const upstream = await upstreamOf((_request, response) => {
        response.end()
      })
      const sidecar = await sidecarFor(upstream)
      const answer = await postMcp(sidecar, batch, { 'mcp-protocol-version': version })
      expect(answer.status).toBe(400)
      expect(await answer.json()).toMatchObject({
        id: null,
        errorCode: 'ERR_MCP_HEADER_MISMATCH',
        error: { message: expect.stringContaining('Batches ended with') as string },
      })
      expect(upstream.seen).toHaveLength(0)
    },
  )
})

it.each([
  ['said to be public', { cacheScope: 'public', ttlMs: 5 }],
  ['without a word on it', {}],
])('a list of 2026-07-28 %s is cached for nobody else', async (_what, scope) => {
  const result = { tools: [{ name: 'add' }], ...scope }
  const upstream = await upstreamOf((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', etag: '"x"' })
    response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result }))
  })
  const sidecar = await sidecarFor(upstream)
  const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/list' }
  const answer = await postMcp(sidecar, rpc('tools/list'), headers)
  expect(answer.headers.get('etag')).toBeNull()
  expect(await answer.json()).toMatchObject({ result: { ...result, cacheScope: 'private' } })
})
