// MCP servers of both official SDKs in this process: with sessions as up to 2025-11-25, and without as from 2026-07-28 on.
import { createMcpHandler, type McpServer as ModernServer } from '@modelcontextprotocol/server'
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import {
  StreamableHTTPServerTransport,
  type EventStore,
} from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { onTestFinished } from 'vitest'

import { startUpstream, type Seen, type Upstream } from './upstream.ts'

export async function startSessionServer(build: () => McpServer): Promise<Upstream> {
  const sessions = new Map<string, StreamableHTTPServerTransport>()
  const open = async (): Promise<StreamableHTTPServerTransport> => {
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: memoryOf(),
      // A client that lost its stream comes back at once.
      retryInterval: 1,
      onsessioninitialized: (id) => void sessions.set(id, transport),
      onsessionclosed: (id) => void sessions.delete(id),
    })
    await build().connect(transport)
    return transport
  }
  return started(async (request, response, { body }) => {
    const id = request.headers['mcp-session-id']
    const transport = id === undefined ? await open() : sessions.get(String(id))
    if (transport === undefined) response.writeHead(404).end()
    else
      await transport.handleRequest(request, response, body === '' ? undefined : JSON.parse(body))
  })
}

export async function startModernServer(build: () => ModernServer): Promise<Upstream> {
  const handler = createMcpHandler(build)
  return started(async (request, response, { body }) => {
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    const answer = await handler.fetch(
      new Request(`http://${request.headers.host}${request.url}`, {
        method: request.method ?? 'GET',
        headers: Object.entries(request.headersDistinct).flatMap(([name, values = []]) =>
          values.map((value): [string, string] => [name, value]),
        ),
        body: body === '' ? null : body,
        signal: gone.signal,
      }),
    )
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).flushHeaders()
    for await (const chunk of answer.body ?? []) {
      if (!response.write(chunk)) await once(response, 'drain', { signal: gone.signal })
    }
    response.end()
  })
}

async function started(
  serve: (request: IncomingMessage, response: ServerResponse, seen: Seen) => Promise<void>,
): Promise<Upstream> {
  const upstream = await startUpstream((request, response, seen) => {
    // A client that goes away in the middle of an answer is no error of the server.
    serve(request, response, seen).catch(() => response.destroy())
  })
  onTestFinished(() => upstream.close())
  return upstream
}

/** Keeps every event, and replays those of a stream from one on. */
function memoryOf(): EventStore {
  const events: { readonly stream: string; readonly message: Message }[] = []
  return {
    storeEvent: async (stream, message) => String(events.push({ stream, message }) - 1),
    getStreamIdForEventId: async (id) => events[Number(id)]?.stream,
    replayEventsAfter: async (last, { send }) => {
      const { stream = '' } = events[Number(last)] ?? {}
      for (const [index, event] of events.entries()) {
        if (index > Number(last) && event.stream === stream)
          await send(String(index), event.message)
      }
      return stream
    },
  }
}

type Message = Parameters<EventStore['storeEvent']>[1]
