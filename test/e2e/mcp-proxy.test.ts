// The official SDKs of both eras through the proxy endpoint, against servers of both eras: lists, calls, denials.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'

import { mcpServer, postMcp, rpc } from '../support/mcp.ts'
import { clientVersions, connectClient } from '../support/mcp-clients.ts'
import { snapshotOf, startSidecar, type TestSidecar } from '../support/sidecar.ts'
import { startUpstream } from '../support/upstream.ts'

const apps = fileURLToPath(new URL('../../fixtures/apps/', import.meta.url))
const servers = ['mcp-server.js', 'mcp-server-stateless.js'] as const
const pairs = clientVersions.flatMap((client) => servers.map((server) => [client, server] as const))

async function startApp(file: string): Promise<string> {
  const child = spawn(process.execPath, [`${apps}${file}`, '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill())
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const url = /http:\S+/.exec(line.toString())?.[0]
  if (url === undefined) throw new Error(`${file} said ${line.toString()}`)
  return url
}

async function sidecarFor(url: string, names: readonly string[]): Promise<TestSidecar> {
  const test = await startSidecar(snapshotOf({ mcpServers: [mcpServer(url, names)] }))
  onTestFinished(() => test.sidecar.stop(0))
  return test
}

describe.each(pairs)('SDK %s and %s', (version, file) => {
  it('list what is granted, call it, and show why another tool is denied', async () => {
    const sidecar = await sidecarFor(await startApp(file), ['add', 'count*'])
    const client = await connectClient(version, sidecar)
    expect(await client.listTools()).toEqual(['add', 'countdown'])
    expect(await client.call('add', { a: 2, b: 3 })).toEqual([{ type: 'text', text: '5' }])
    expect(await client.call('countdown', { steps: 2, intervalMs: 5 })).toEqual([
      { type: 'text', text: 'lift-off' },
    ])
    await expect(client.call('echo', { text: 'x' })).rejects.toThrow(
      /ERR_MCP_TOOL_DENIED[^]*mcpserver access grant calc --caller app --allow-tools echo/,
    )
    expect(sidecar.log.map(({ rpc: asked }) => asked)).toContain('tools/call add')
  })

  it('are told when the caller is granted nothing', async () => {
    const test = await startSidecar(
      snapshotOf({ mcpServers: [mcpServer(await startApp(file), [], { policy: { rules: [] } })] }),
    )
    onTestFinished(() => test.sidecar.stop(0))
    await expect(connectClient(version, test)).rejects.toThrow(/ERR_MCP_CALLER_NOT_GRANTED|404/)
  })
})

/** 300 tools of the list, and where the next ones begin. */
function pageOf(names: readonly string[], from: number): object {
  const to = from + 300
  return {
    tools: names.slice(from, to).map((name) => ({ name, inputSchema: { type: 'object' } })),
    ...(to < names.length ? { nextCursor: String(to) } : {}),
  }
}

/** A server of no SDK, so that it may have any tools. Its list comes in pages. */
async function manyTools(names: readonly string[], stream: boolean): Promise<string> {
  const upstream = await startUpstream((request, response, { body }) => {
    const { id, method, params } = JSON.parse(body === '' ? '{}' : body) as {
      id?: number
      method?: string
      params?: { name?: string; cursor?: string }
    }
    const results: Record<string, object> = {
      initialize: {
        protocolVersion: '2025-06-18',
        capabilities: { tools: {} },
        serverInfo: { name: 's', version: '1' },
      },
      'tools/list': pageOf(names, Number(params?.cursor ?? 0)),
      'tools/call': { content: [{ type: 'text', text: params?.name ?? '' }] },
    }
    const result = results[method ?? '']
    if (request.method !== 'POST') response.writeHead(405).end()
    else if (id === undefined) response.writeHead(202).end()
    else if (result === undefined) {
      const error = { code: -32601, message: 'none' }
      response.writeHead(404, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ jsonrpc: '2.0', id, error }))
    } else {
      const text = JSON.stringify({ jsonrpc: '2.0', id, result })
      const type = stream ? 'text/event-stream' : 'application/json'
      response.writeHead(200, { 'content-type': type }).end(stream ? `data: ${text}\n\n` : text)
    }
  })
  onTestFinished(() => upstream.close())
  return upstream.url
}

const thousand = Array.from({ length: 1000 }, (_, index) => `tool-${index}`)
const odd = [
  'größe',
  'a b',
  '日本',
  '=?base64?x?=',
  '__proto__',
  'x"y\\z',
  ' a ',
  'a/../b',
  'a%2Fb',
  'é',
  'n'.repeat(5_000),
]
/** The last three of them look like one that is granted. */
const oddAndDenied = ['𝄞', "o'clock; rm", 'm'.repeat(5_000), 'a/b', 'A B', 'e\u0301']

describe.each(clientVersions)('SDK %s', (version) => {
  it.each([false, true])(
    'reads a list of 1,000 tools on several pages, as a stream: %s',
    async (stream) => {
      const sidecar = await sidecarFor(await manyTools(thousand, stream), ['tool-7*', 'tool-1'])
      const client = await connectClient(version, sidecar)
      const wanted = thousand.filter((name) => name.startsWith('tool-7') || name === 'tool-1')
      expect(await client.listTools()).toEqual(wanted)
    },
  )

  it('calls tools with odd names that are granted, and no others', async () => {
    const sidecar = await sidecarFor(await manyTools([...odd, ...oddAndDenied], false), odd)
    const client = await connectClient(version, sidecar)
    expect(await client.listTools()).toEqual(odd)
    for (const name of odd) {
      expect(await client.call(name, {})).toEqual([{ type: 'text', text: name }])
    }
    for (const name of oddAndDenied) {
      await expect(client.call(name, {})).rejects.toThrow('ERR_MCP_TOOL_DENIED')
    }
  })
})

it.each(servers)('a client that lies in its headers gets nowhere: %s', async (file) => {
  const url = await startApp(file)
  const sidecar = await sidecarFor(url, ['add'])
  const echo = rpc('tools/call', { name: 'echo', arguments: { text: 'x' } })
  const before = await reached(url)
  for (const headers of [
    { 'mcp-method': 'tools/call', 'mcp-name': 'add' },
    { 'mcp-method': 'tools/list' },
    { 'mcp-name': '=?base64?YWRk?=' },
  ]) {
    expect((await postMcp(sidecar, echo, headers as Record<string, string>)).status).toBe(400)
  }
  const honest = { 'mcp-method': 'tools/call', 'mcp-name': 'echo' }
  expect((await postMcp(sidecar, echo, honest)).status).toBe(403)
  expect(await reached(url)).toBe(before)
})

async function reached(url: string): Promise<number> {
  const answer = await fetch(new URL('/__count', url))
  return ((await answer.json()) as { count: number }).count
}
