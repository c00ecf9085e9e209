// Clients of both official SDKs, connected to the server `calc` through a sidecar.
import {
  Client as ModernClient,
  StreamableHTTPClientTransport as ModernTransport,
} from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { CreateMessageRequestSchema, ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { onTestFinished } from 'vitest'

import { apiToken } from './sidecar.ts'

export const clientVersions = ['1.x', '2.x'] as const
export type ClientVersion = (typeof clientVersions)[number]

export interface CallOptions {
  readonly onprogress?: (progress: { readonly progress: number }) => void
  readonly signal?: AbortSignal
}

export interface ConnectedClient {
  /** The names on all pages. */
  listTools(): Promise<readonly string[]>
  /** The content of the result. */
  call(name: string, args: Record<string, unknown>, options?: CallOptions): Promise<unknown>
  /** Ends the session, where there is one. */
  endSession(): Promise<void>
}

const info = { name: 'test', version: '1' }
const capabilities = { sampling: {}, elicitation: {} }
/** What every client answers to a server that asks. */
const elicited = { action: 'accept' as const, content: { name: 'Ada' } }
const sampled = {
  model: 'm',
  role: 'assistant' as const,
  content: { type: 'text' as const, text: 'hello' },
}

export async function connectClient(
  version: ClientVersion,
  { url }: { readonly url: string },
): Promise<ConnectedClient> {
  const endpoint = new URL(`${url}/v1.0/diagrid/mcp/calc`)
  const options = { requestInit: { headers: { 'dapr-api-token': apiToken } } }
  return version === '1.x' ? connectOld(endpoint, options) : connectNew(endpoint, options)
}

interface TransportOptions {
  readonly requestInit: RequestInit
}

async function connectOld(endpoint: URL, options: TransportOptions): Promise<ConnectedClient> {
  const client = new Client(info, { capabilities })
  client.setRequestHandler(ElicitRequestSchema, () => elicited)
  client.setRequestHandler(CreateMessageRequestSchema, () => sampled)
  const transport = new StreamableHTTPClientTransport(endpoint, options)
  await client.connect(transport)
  onTestFinished(() => client.close())
  return {
    listTools: async () => {
      const names: string[] = []
      let cursor: string | undefined
      do {
        const page = await client.listTools(cursor === undefined ? {} : { cursor })
        names.push(...page.tools.map(({ name }) => name))
        cursor = page.nextCursor
      } while (cursor !== undefined)
      return names
    },
    call: async (name, args, given) =>
      (await client.callTool({ name, arguments: args }, undefined, given)).content,
    endSession: async () => transport.terminateSession(),
  }
}

async function connectNew(endpoint: URL, options: TransportOptions): Promise<ConnectedClient> {
  const client = new ModernClient(info, { capabilities, versionNegotiation: { mode: 'auto' } })
  client.setRequestHandler('elicitation/create', () => elicited)
  client.setRequestHandler('sampling/createMessage', () => sampled)
  const transport = new ModernTransport(endpoint, options)
  await client.connect(transport)
  onTestFinished(() => client.close())
  return {
    listTools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, args, given) =>
      (await client.callTool({ name, arguments: args }, given)).content,
    endSession: async () => transport.terminateSession(),
  }
}
