// Conversations through the proxy endpoint, on the official SDKs: what a server asks its client, progress, cancelling,
// streams that break and go on, the end of a session.
import {
  acceptedContent,
  inputRequired,
  McpServer as ModernServer,
  type ServerContext,
} from '@modelcontextprotocol/server'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js'
import type { ServerNotification, ServerRequest } from '@modelcontextprotocol/sdk/types.js'
import { once } from 'node:events'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'

import { mcpServer } from '../support/mcp.ts'
import { clientVersions, connectClient } from '../support/mcp-clients.ts'
import { startModernServer, startSessionServer } from '../support/mcp-servers.ts'
import { snapshotOf, startSidecar, type TestSidecar } from '../support/sidecar.ts'

async function sidecarFor(url: string): Promise<TestSidecar> {
  const test = await startSidecar(snapshotOf({ mcpServers: [mcpServer(url, ['*'])] }))
  onTestFinished(() => test.sidecar.stop(0))
  return test
}

const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] })

interface Asked {
  readonly _meta?: { readonly progressToken?: string | number | undefined } | undefined
}

/** Every call of these tests asks for progress; 0 would be told to nobody. */
const tokenOf = ({ _meta: meta }: Asked): string | number => meta?.progressToken ?? 0

interface Work {
  readonly signal: AbortSignal
  readonly progress: (step: number) => Promise<void>
}

/** Tells that it has begun, and waits to be cancelled. */
class Waiting {
  readonly begun: Promise<void>
  readonly cancelled: Promise<void>
  #begin = (): void => {}
  #cancel = (): void => {}

  constructor() {
    this.begun = new Promise((resolve) => (this.#begin = resolve))
    this.cancelled = new Promise((resolve) => (this.#cancel = resolve))
  }

  readonly tool = async ({ signal, progress }: Work) => {
    // The first word of progress lets the client know that its call is under way.
    await progress(1)
    this.#begin()
    if (!signal.aborted) await once(signal, 'abort')
    this.#cancel()
    return text('cancelled')
  }
}

async function steps({ progress }: Work) {
  for (const step of [1, 2, 3]) await progress(step)
  return text('done')
}

describe('a server with sessions', () => {
  const waiting = (): { waiting: Waiting; build: () => McpServer } => {
    const state = new Waiting()
    return { waiting: state, build: () => sessionServer(state) }
  }

  function sessionServer(state: Waiting): McpServer {
    const server = new McpServer({ name: 's', version: '1' })
    server.registerTool('ask', {}, async () => {
      const { content } = await server.server.elicitInput({
        message: 'Who?',
        requestedSchema: { type: 'object', properties: { name: { type: 'string' } } },
      })
      const said = await server.server.createMessage({ messages: [], maxTokens: 1 })
      return text(`${JSON.stringify(said.content)} ${JSON.stringify(content)}`)
    })
    const workOf = (extra: RequestHandlerExtra<ServerRequest, ServerNotification>): Work => ({
      signal: extra.signal,
      progress: async (progress) =>
        extra.sendNotification({
          method: 'notifications/progress',
          params: { progressToken: tokenOf(extra), progress },
        }),
    })
    server.registerTool('steps', {}, async (extra) => steps(workOf(extra)))
    server.registerTool('wait', {}, async (extra) => state.tool(workOf(extra)))
    server.registerTool('break', {}, async (extra) => {
      await workOf(extra).progress(1)
      extra.closeSSEStream?.()
      return text('after the break')
    })
    return server
  }

  it.each(clientVersions)(
    'asks its client, SDK %s, for input and for a sample',
    async (version) => {
      const { url } = await startSessionServer(waiting().build)
      const client = await connectClient(version, await sidecarFor(url))
      expect(await client.call('ask', {})).toEqual([
        { type: 'text', text: '{"type":"text","text":"hello"} {"name":"Ada"}' },
      ])
    },
  )

  it.each(clientVersions)('tells SDK %s of its progress', async (version) => {
    const { url } = await startSessionServer(waiting().build)
    const client = await connectClient(version, await sidecarFor(url))
    const seen: number[] = []
    const onprogress = ({ progress }: { progress: number }): void => void seen.push(progress)
    expect(await client.call('steps', {}, { onprogress })).toEqual(text('done').content)
    expect(seen).toEqual([1, 2, 3])
  })

  it.each(clientVersions)('learns that SDK %s has cancelled a call', async (version) => {
    const { waiting: state, build } = waiting()
    const { url } = await startSessionServer(build)
    const sidecar = await sidecarFor(url)
    const client = await connectClient(version, sidecar)
    const cancel = new AbortController()
    const call = client.call('wait', {}, { signal: cancel.signal, onprogress: () => {} })
    await state.begun
    cancel.abort()
    await expect(call).rejects.toThrow(/abort/i)
    await state.cancelled
    await expect.poll(() => sidecar.log.map(({ rpc }) => rpc)).toContain('notifications/cancelled')
  })

  it.each(clientVersions)('goes on for SDK %s where its stream broke', async (version) => {
    const { url, seen } = await startSessionServer(waiting().build)
    const client = await connectClient(version, await sidecarFor(url))
    const options = { onprogress: () => {} }
    expect(await client.call('break', {}, options)).toEqual(text('after the break').content)
    expect(seen.some(({ method, headers }) => method === 'GET' && 'last-event-id' in headers)).toBe(
      true,
    )
  })

  it.each(clientVersions)('forgets the session that SDK %s ends', async (version) => {
    const { url, seen } = await startSessionServer(waiting().build)
    const client = await connectClient(version, await sidecarFor(url))
    expect(await client.listTools()).toContain('steps')
    await client.endSession()
    expect(seen.at(-1)).toMatchObject({ method: 'DELETE' })
    await expect(client.call('steps', {})).rejects.toThrow()
  })
})

describe('a server without sessions', () => {
  const build = (state: Waiting) => (): ModernServer => {
    const server = new ModernServer({ name: 's', version: '2' })
    const name = z.object({ name: z.string() })
    server.registerTool('ask', {}, async (context) => {
      const given = acceptedContent(context.mcpReq.inputResponses, 'who', name)
      if (given !== undefined) return text(given.name)
      return inputRequired({
        inputRequests: { who: inputRequired.elicit({ message: 'Who?', requestedSchema: name }) },
      })
    })
    const workOf = ({ mcpReq }: ServerContext): Work => ({
      signal: mcpReq.signal,
      progress: async (progress) =>
        mcpReq.notify({
          method: 'notifications/progress',
          params: { progressToken: tokenOf(mcpReq), progress },
        }),
    })
    server.registerTool('steps', {}, async (context) => steps(workOf(context)))
    server.registerTool('wait', {}, async (context) => state.tool(workOf(context)))
    return server
  }

  it('asks its client for input by its answer', async () => {
    const { url, seen } = await startModernServer(build(new Waiting()))
    const client = await connectClient('2.x', await sidecarFor(url))
    expect(await client.call('ask', {})).toEqual(text('Ada').content)
    expect(seen.filter(({ headers }) => headers['mcp-method'] === 'tools/call')).toHaveLength(2)
  })

  it('tells of its progress', async () => {
    const { url } = await startModernServer(build(new Waiting()))
    const client = await connectClient('2.x', await sidecarFor(url))
    const seen: number[] = []
    const onprogress = ({ progress }: { progress: number }): void => void seen.push(progress)
    expect(await client.call('steps', {}, { onprogress })).toEqual(text('done').content)
    expect(seen).toEqual([1, 2, 3])
  })

  it('learns that a call is cancelled when its stream ends', async () => {
    const state = new Waiting()
    const { url } = await startModernServer(build(state))
    const client = await connectClient('2.x', await sidecarFor(url))
    const cancel = new AbortController()
    const call = client.call('wait', {}, { signal: cancel.signal, onprogress: () => {} })
    await state.begun
    cancel.abort()
    await expect(call).rejects.toThrow(/abort/i)
    await state.cancelled
  })
})
