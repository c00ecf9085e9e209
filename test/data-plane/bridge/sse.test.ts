// Servers of the 2024-11-05 transport through the proxy endpoint: origin, credentials, streams that die, sessions.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'

import { Secret } from '../../../src/core/secret.ts'
import type { McpServerSpec } from '../../../src/core/snapshot.ts'
import { mcpServer, postMcp, rpc } from '../../support/mcp.ts'
import {
  reply,
  startScriptedAuthorizationServer,
} from '../../support/scripted-authorization-server.ts'
import { snapshotOf, type TestSidecar } from '../../support/sidecar.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { beginSession, callText, initialize } from '../../support/stdio.ts'
import type { Upstream } from '../../support/upstream.ts'
import { sidecarOf, upstreamOf } from '../call-fixture.ts'

interface Parts {
  /** The data of the `endpoint` event; undefined: none comes. */
  readonly endpoint?: string | undefined
  /** Answers a request in place of the server. */
  readonly before?: (request: IncomingMessage, response: ServerResponse) => boolean
  readonly server?: Partial<McpServerSpec>
  readonly options?: Parameters<typeof sidecarOf>[2]
  readonly timeoutSeconds?: number
  readonly headers?: { name: string; value: string | Secret }[]
}

interface Scene {
  readonly upstream: Upstream
  readonly sidecar: TestSidecar
  readonly streams: ServerResponse[]
}

interface Message {
  readonly id?: unknown
  readonly method: string
  readonly params?: { readonly name?: string }
}

/** The event that answers, of several lines of data. */
function answerTo({ id, method, params }: Message): string | undefined {
  if (id === undefined || params?.name === 'hang' || params?.name === 'die') return undefined
  const results: Record<string, object> = {
    initialize: { protocolVersion: '2024-11-05', capabilities: {}, serverInfo: {} },
    'tools/list': { tools: [{ name: 'add' }, { name: 'drop' }] },
    'tools/call': { content: [{ type: 'text', text: params?.name }] },
  }
  const text = JSON.stringify({ jsonrpc: '2.0', id, result: results[method] }, null, 1)
  return `event: message\ndata: ${text.replaceAll('\n', '\ndata: ')}\n\n`
}

/** A server of no SDK: it answers `die` by ending its stream, `hang` never, everything else with its name. */
async function scene(parts: Parts = {}): Promise<Scene> {
  const streams: ServerResponse[] = []
  const upstream = await upstreamOf((request, response, { body }) => {
    if (parts.before?.(request, response) === true) return
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const endpoint = 'endpoint' in parts ? parts.endpoint : '/messages?s=1'
      response.write(endpoint === undefined ? ':\n\n' : `event: endpoint\ndata: ${endpoint}\n\n`)
      streams.push(response)
      return
    }
    response.writeHead(202).end('Accepted')
    const message = JSON.parse(body) as Message
    if (message.params?.name === 'die') streams.at(-1)?.end()
    const event = answerTo(message)
    if (event !== undefined) streams.at(-1)?.write(event)
  })
  const { headers = [], timeoutSeconds = 30 } = parts
  const transport = {
    kind: 'sse' as const,
    url: `${upstream.url}/sse?x=1`,
    headers,
    timeoutSeconds,
  }
  const names = ['add', 'hang', 'die']
  const server = mcpServer('', names, { transport, ...parts.server })
  return {
    upstream,
    streams,
    sidecar: await sidecarOf(snapshotOf({ mcpServers: [server] }), {}, parts.options),
  }
}

const call = (name: string, id: string | number = 1): object => rpc('tools/call', { name }, id)

describe('a server of the older transport', () => {
  it('is served under the same policy, with credentials on all that goes to it', async () => {
    const headers = [{ name: 'X-Api-Key', value: new Secret('k') }]
    const { sidecar, upstream } = await scene({ headers })
    const session = await beginSession(sidecar)
    const list = await postMcp(sidecar, rpc('tools/list'), session)
    expect(await list.json()).toMatchObject({ result: { tools: [{ name: 'add' }] } })
    expect(await callText(sidecar, session, 'add')).toBe('add')
    expect((await postMcp(sidecar, call('drop'), session)).status).toBe(403)
    expect(upstream.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /sse?x=1',
      ...Array.from({ length: 3 }, () => 'POST /messages?s=1'),
    ])
    for (const { headers: got } of upstream.seen) {
      expect(got['x-api-key']).toBe('k')
      expect(got).not.toHaveProperty('mcp-session-id')
    }
    expect(upstream.seen[0]?.headers['accept']).toBe('text/event-stream')
  })

  it.each([
    'http://127.0.0.1:1/messages',
    '//evil.example/messages',
    'javascript:alert(1)',
    'http://user:password@{host}/messages',
    'http://[',
  ])('that wants messages at %s does not get them', async (endpoint) => {
    let host = ''
    const { sidecar, upstream } = await scene({
      before: (request, response) => {
        host = request.headers.host ?? ''
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write(`event: endpoint\ndata: ${endpoint.replace('{host}', host)}\n\n`)
        return true
      },
    })
    const answer = await postMcp(sidecar, initialize)
    expect(answer.status).toBe(502)
    const text = await answer.text()
    expect(text).toContain('UPSTREAM_INVALID')
    expect(text).not.toContain('password')
    expect(upstream.seen.map(({ method }) => method)).toEqual(['GET'])
  })

  it.each([
    [404, {}, 502, 'a server of streamable HTTP is declared as streamableHTTP'],
    [200, { 'content-type': 'application/json' }, 502, 'something else than an event stream'],
    [302, { location: 'http://evil.example/' }, 502, 'redirect'],
    [403, {}, 502, 'ERR_MCP_UPSTREAM_REFUSED'],
    [503, {}, 502, 'answered 503'],
  ] as const)(
    'that answers %i to the GET is a 502: %o',
    async (status, headers, expected, text) => {
      const { sidecar } = await scene({
        before: (_request, response) => {
          response.writeHead(status, headers).end()
          return true
        },
      })
      const answer = await postMcp(sidecar, initialize)
      expect(answer.status).toBe(expected)
      expect(await answer.text()).toContain(text)
    },
  )

  it('that names no URL for messages in time is a 504', async () => {
    const { sidecar } = await scene({ endpoint: undefined, timeoutSeconds: 0.2 })
    expect((await postMcp(sidecar, initialize)).status).toBe(504)
  })

  it('that takes a message and says nothing of it is a 504, and its session goes on', async () => {
    const { sidecar } = await scene({ timeoutSeconds: 0.8 })
    const session = await beginSession(sidecar)
    const silent = await postMcp(sidecar, call('hang', 'h'), session)
    expect(silent.status).toBe(504)
    expect(await silent.text()).toContain('did not begin its answer within 0.8 s')
    expect(await callText(sidecar, session, 'add')).toBe('add')
  })

  it('whose POST leads elsewhere is not followed', async () => {
    const { sidecar, upstream } = await scene({
      before: (request, response) => {
        if (request.method === 'GET') return false
        response.writeHead(307, { location: 'http://127.0.0.1:1/messages' }).end()
        return true
      },
    })
    const answer = await postMcp(sidecar, initialize)
    expect(answer.status).toBe(502)
    expect(await answer.text()).toContain('redirect (307)')
    expect(upstream.seen.map(({ method }) => method)).toEqual(['GET', 'POST'])
  })

  it('that names another URL for messages later ends its session, unless it is of its origin', async () => {
    const { sidecar, streams, upstream } = await scene()
    const session = await beginSession(sidecar)
    streams[0]?.write('event: endpoint\ndata: /elsewhere\n\n')
    expect(await callText(sidecar, session, 'add')).toBe('add')
    expect(upstream.seen.at(-1)?.url).toBe('/messages?s=1')
    streams[0]?.write('event: endpoint\ndata: http://127.0.0.1:1/messages\n\n')
    await expect.poll(async () => (await postMcp(sidecar, call('add'), session)).status).toBe(404)
  })

  it('that sends an event without an end, or what is no message, costs its session at most', async () => {
    const { sidecar, streams } = await scene()
    const session = await beginSession(sidecar)
    streams[0]?.write(
      'data: no JSON\n\ndata: [\n\ndata: {"jsonrpc":"2.0"}\n\nevent: odd\ndata: x\n\n',
    )
    expect(await callText(sidecar, session, 'add')).toBe('add')
    const hanging = postMcp(sidecar, call('hang', 'h'), session)
    streams[0]?.write(`data: ${'x'.repeat(17 * 1024 * 1024)}`)
    expect(await (await hanging).text()).toContain('sent an event that is too large')
    expect(await callText(sidecar, await beginSession(sidecar), 'add')).toBe('add')
  })

  it('that is not there is a 502', async () => {
    const { sidecar, upstream } = await scene()
    await upstream.close()
    expect((await postMcp(sidecar, initialize)).status).toBe(502)
  })

  it('whose stream dies answers everything asked, and the next session works', async () => {
    const { sidecar } = await scene()
    const session = await beginSession(sidecar)
    const hanging = postMcp(sidecar, call('hang', 'h'), session)
    const dying = await postMcp(sidecar, call('die', 'd'), session)
    expect(dying.status).toBe(502)
    expect(await dying.text()).toContain('ended its event stream')
    expect((await hanging).status).toBe(502)
    expect((await postMcp(sidecar, call('add'), session)).status).toBe(404)
    expect(await callText(sidecar, await beginSession(sidecar), 'add')).toBe('add')
  })

  it('that has lost a session ends it here', async () => {
    let isLost = false
    const { sidecar } = await scene({
      before: (request, response) => {
        if (!isLost || request.method === 'GET') return false
        response.writeHead(404).end()
        return true
      },
    })
    const session = await beginSession(sidecar)
    isLost = true
    expect((await postMcp(sidecar, call('add'), session)).status).toBe(404)
    isLost = false
    expect((await postMcp(sidecar, call('add'), session)).status).toBe(404)
  })

  it('has 16 sessions at most: the oldest that nobody waits for makes room', async () => {
    const { sidecar } = await scene()
    const url = `${sidecar.url}/v1.0/diagrid/mcp/calc`
    const sessions: Record<string, string>[] = []
    for (let count = 0; count < 16; count += 1) sessions.push(await beginSession(sidecar))
    const last = await beginSession(sidecar)
    const [oldest, ...others] = sessions
    expect((await postMcp(sidecar, call('add'), oldest)).status).toBe(404)
    const abort = new AbortController()
    const { signal } = abort
    for (const headers of [...others, last]) {
      expect((await fetch(url, { headers, signal })).status).toBe(200)
    }
    const refused = await postMcp(sidecar, initialize)
    expect(refused.status).toBe(503)
    expect(await refused.json()).toMatchObject({ errorCode: 'ERR_MCP_SESSION_LIMIT' })
    expect((await fetch(url, { method: 'DELETE', headers: last })).status).toBe(204)
    await beginSession(sidecar)
    abort.abort()
  })

  it('sees the end of a session as the end of its stream', async () => {
    const { sidecar, streams } = await scene()
    const headers = await beginSession(sidecar)
    const ended = new Promise((resolve) => streams[0]?.once('close', resolve))
    const url = `${sidecar.url}/v1.0/diagrid/mcp/calc`
    expect((await fetch(url, { method: 'DELETE', headers })).status).toBe(204)
    await ended
  })
})

describe('client credentials', () => {
  it('go on the stream and the messages, and are renewed when either refuses them', async () => {
    const as = await startScriptedAuthorizationServer()
    onTestFinished(() => as[Symbol.asyncDispose]())
    let minted = 0
    as.on('/token', (request, response) => {
      minted += 1
      const token = { access_token: `t${minted}`, token_type: 'Bearer', expires_in: 3600 }
      reply(200, token)(request, response)
    })
    let good = 'Bearer t1'
    const clock = createFakeClock()
    const oauth2 = {
      issuer: `${as.origin}/token`,
      scopes: [],
      clientId: 'c',
      clientSecret: new Secret('s'),
    }
    const { sidecar, upstream } = await scene({
      server: { oauth2 },
      options: { clock },
      before: (request, response) => {
        if (request.headers.authorization === good) return false
        response.writeHead(401, { 'www-authenticate': 'Bearer' }).end()
        return true
      },
    })
    const session = await beginSession(sidecar)
    good = 'Bearer t2'
    clock.advance(60)
    expect(await callText(sidecar, session, 'add')).toBe('add')
    good = 'Bearer t3'
    clock.advance(60)
    const other = await beginSession(sidecar)
    expect(
      upstream.seen.map(({ method, headers }) => `${method} ${headers.authorization}`),
    ).toEqual([
      'GET Bearer t1',
      'POST Bearer t1',
      'POST Bearer t1',
      'POST Bearer t2',
      'GET Bearer t2',
      'GET Bearer t3',
      'POST Bearer t3',
    ])
    good = 'none'
    const refused = await postMcp(sidecar, call('add'), other)
    expect(await refused.json()).toMatchObject({ errorCode: 'ERR_MCP_UPSTREAM_REFUSED' })
  })
})
