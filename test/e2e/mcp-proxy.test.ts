// The official SDKs of both eras through the proxy endpoint, against servers of both eras: lists, calls, denials.
import {
  Client as ModernClient,
  StreamableHTTPClientTransport as ModernTransport,
} from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'

import { mcpServer, postMcp, rpc } from '../support/mcp.ts'
import { apiToken, snapshotOf, startSidecar, type TestSidecar } from '../support/sidecar.ts'
import { startUpstream } from '../support/upstream.ts'

const apps = fileURLToPath(new URL('../../fixtures/apps/', import.meta.url))
const servers = ['mcp-server.js', 'mcp-server-stateless.js'] as const
const clients = ['1.x', '2.x'] as const
const pairs = clients.flatMap((client) => servers.map((server) => [client, server] as const))

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

interface Connected {
  listTools(): Promise<readonly string[]>
  call(name: string, args: Record<string, unknown>): Promise<unknown>
}

async function connect(version: '1.x' | '2.x', { url }: TestSidecar): Promise<Connected> {
  const endpoint = new URL(`${url}/v1.0/diagrid/mcp/calc`)
  const options = { requestInit: { headers: { 'dapr-api-token': apiToken } } }
  const info = { name: 'test', version: '1' }
  if (version === '1.x') {
    const client = new Client(info)
    await client.connect(new StreamableHTTPClientTransport(endpoint, options))
    onTestFinished(() => client.close())
    return {
      listTools: async () => (await client.listTools()).tools.map(({ name }) => name),
      call: async (name, args) => (await client.callTool({ name, arguments: args })).content,
    }
  }
  const client = new ModernClient(info, { versionNegotiation: { mode: 'auto' } })
  await client.connect(new ModernTransport(endpoint, options))
  onTestFinished(() => client.close())
  return {
    listTools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, args) => (await client.callTool({ name, arguments: args })).content,
  }
}

describe.each(pairs)('SDK %s and %s', (version, file) => {
  it('list what is granted, call it, and show why another tool is denied', async () => {
    const sidecar = await sidecarFor(await startApp(file), ['add', 'count*'])
    const client = await connect(version, sidecar)
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
    await expect(connect(version, test)).rejects.toThrow(/ERR_MCP_CALLER_NOT_GRANTED|404/)
  })
})

/** A server of no SDK, so that it may have any tools. */
async function manyTools(names: readonly string[], stream: boolean): Promise<string> {
  const upstream = await startUpstream((request, response, { body }) => {
    const { id, method, params } = JSON.parse(body === '' ? '{}' : body) as {
      id?: number
      method?: string
      params?: { name: string }
    }
    const results: Record<string, object> = {
      initialize: {
        protocolVersion: '2025-06-18',
        capabilities: { tools: {} },
        serverInfo: { name: 's', version: '1' },
      },
      'tools/list': { tools: names.map((name) => ({ name, inputSchema: { type: 'object' } })) },
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
const odd = ['größe', 'a b', '日本', '=?base64?x?=', '__proto__', 'x"y\\z', '𝄞', "o'clock; rm"]

describe.each(clients)('SDK %s', (version) => {
  it.each([false, true])('reads a list of 1,000 tools, as a stream: %s', async (stream) => {
    const sidecar = await sidecarFor(await manyTools(thousand, stream), ['tool-7*', 'tool-1'])
    const client = await connect(version, sidecar)
    const wanted = thousand.filter((name) => name.startsWith('tool-7') || name === 'tool-1')
    expect(await client.listTools()).toEqual(wanted)
  })

  it('calls tools with odd names that are granted, and no others', async () => {
    const sidecar = await sidecarFor(await manyTools(odd, false), odd.slice(0, 6))
    const client = await connect(version, sidecar)
    expect(await client.listTools()).toEqual(odd.slice(0, 6))
    for (const name of odd.slice(0, 6)) {
      expect(await client.call(name, {})).toEqual([{ type: 'text', text: name }])
    }
    for (const name of odd.slice(6)) {
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
