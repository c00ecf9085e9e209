// The official SDKs of both eras against servers that do not speak streamable HTTP: stdio of both eras, and HTTP with SSE.
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

import type { McpServerSpec } from '../../src/core/snapshot.ts'
import { mcpServer } from '../support/mcp.ts'
import { apiToken } from '../support/sidecar.ts'
import { stdioServer, stdioSidecar } from '../support/stdio.ts'

const clients = ['1.x', '2.x'] as const
const kinds = ['sdk1', 'sdk2', 'rough', 'sse'] as const
const pairs = clients.flatMap((client) => kinds.map((kind) => [client, kind] as const))

async function serverOf(
  kind: (typeof kinds)[number],
  names: readonly string[],
): Promise<McpServerSpec> {
  if (kind !== 'sse') return stdioServer(kind, names)
  const app = fileURLToPath(new URL('../../fixtures/apps/mcp-server-sse.js', import.meta.url))
  const child = spawn(process.execPath, [app, '0'], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill())
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const url = /http:\S+/.exec(line.toString())?.[0] ?? ''
  return mcpServer('', names, {
    transport: { kind: 'sse', url, headers: [], timeoutSeconds: 30 },
  })
}

const info = { name: 'test', version: '1' }
const options = { requestInit: { headers: { 'dapr-api-token': apiToken } } }

interface Connected {
  readonly revision: string | undefined
  list(): Promise<readonly string[]>
  call(name: string, args: object, onProgress?: (progress: number) => void): Promise<string>
  end(): Promise<void>
}

async function connect(
  version: (typeof clients)[number],
  { url }: { url: string },
): Promise<Connected> {
  const endpoint = new URL(`${url}/v1.0/diagrid/mcp/calc`)
  const textOf = ({ content }: object & { content?: unknown }): string =>
    (content as { text: string }[])[0]?.text ?? ''
  if (version === '1.x') {
    const client = new Client(info)
    const transport = new StreamableHTTPClientTransport(endpoint, options)
    await client.connect(transport)
    onTestFinished(() => client.close())
    return {
      revision: transport.protocolVersion,
      list: async () => (await client.listTools()).tools.map(({ name }) => name),
      call: async (name, args, onProgress) => {
        const onprogress = ({ progress }: { progress: number }): void => onProgress?.(progress)
        return textOf(
          await client.callTool({ name, arguments: { ...args } }, undefined, { onprogress }),
        )
      },
      end: () => transport.terminateSession(),
    }
  }
  const client = new ModernClient(info, { versionNegotiation: { mode: 'auto' } })
  const transport = new ModernTransport(endpoint, options)
  await client.connect(transport)
  onTestFinished(() => client.close())
  return {
    revision: client.getNegotiatedProtocolVersion(),
    list: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, args, onProgress) => {
      const onprogress = ({ progress }: { progress: number }): void => onProgress?.(progress)
      return textOf(await client.callTool({ name, arguments: { ...args } }, { onprogress }))
    },
    end: () => transport.terminateSession(),
  }
}

describe.each(pairs)('SDK %s and a server of kind %s', (version, kind) => {
  it('list what is granted, call it, and show why another tool is denied', async () => {
    const isRough = kind === 'rough'
    const granted = isRough ? ['pid', 'note'] : ['add', 'countdown']
    const sidecar = await stdioSidecar(await serverOf(kind, granted))
    const client = await connect(version, sidecar)
    expect(client.revision?.startsWith('2026')).toBe(version === '2.x' && kind === 'sdk2')
    expect(await client.list()).toEqual(granted)
    if (isRough) expect(await client.call('note', {})).toBe('said')
    else expect(await client.call('add', { a: 2, b: 3 })).toBe('5')
    const denied = client.call(isRough ? 'crash' : 'echo', { text: 'x' })
    await expect(denied).rejects.toThrow(/ERR_MCP_TOOL_DENIED/)
    // Whether it knows the newest revision is asked of the process that serves then.
    if (kind !== 'sse') expect(sidecar.started()).toBe(1)
  })
})

describe.each(
  clients.flatMap((client) =>
    (['sdk1', 'sdk2', 'sse'] as const).map((kind) => [client, kind] as const),
  ),
)('SDK %s and a server of kind %s', (version, kind) => {
  it('work side by side, each call with its own progress', async () => {
    const sidecar = await stdioSidecar(await serverOf(kind, ['*']))
    const both = await Promise.all([connect(version, sidecar), connect(version, sidecar)])
    const results = await Promise.all(
      both.flatMap((client) =>
        [2, 3].map(async (steps) => {
          const seen: number[] = []
          const end = await client.call('countdown', { steps, intervalMs: 20 }, (progress) =>
            seen.push(progress),
          )
          return { end, seen }
        }),
      ),
    )
    const expected = [2, 3, 2, 3].map((steps) => ({
      end: 'lift-off',
      seen: Array.from({ length: steps }, (_, index) => index + 1),
    }))
    expect(results).toEqual(expected)
  })
})

it('a client that ends its session begins another', async () => {
  const sidecar = await stdioSidecar(stdioServer('sdk1', ['*']))
  await (await connect('1.x', sidecar)).end()
  expect(await (await connect('1.x', sidecar)).call('echo', { text: 'again' })).toBe('again')
  expect(sidecar.started()).toBe(2)
})
