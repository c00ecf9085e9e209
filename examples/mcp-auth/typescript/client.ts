// A web page that asks the payroll server through its own sidecar. It has no key of that server, and needs none.
import { createServer, type ServerResponse } from 'node:http'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'

// `mcpauth dev run` sets both.
const endpoint = new URL(`${process.env['DAPR_HTTP_ENDPOINT']}/v1.0/diagrid/mcp/payroll`)
const headers = { 'dapr-api-token': process.env['DAPR_API_TOKEN'] ?? '' }

async function answer(response: ServerResponse): Promise<void> {
  const report = {
    tools: await attempt(async (client) => {
      const { tools } = await client.listTools()
      return tools.map(({ name }) => name)
    }),
    next_payday: await attempt((client) => call(client, 'next_payday', {})),
    read_salary: await attempt((client) => call(client, 'read_salary', { name: 'Ada' })),
  }
  response.setHeader('content-type', 'application/json')
  response.end(`${JSON.stringify(report, undefined, 2)}\n`)
}

/** The result of `use` on a connection of its own, or why there is none. */
async function attempt(use: (client: Client) => Promise<unknown>): Promise<unknown> {
  const client = new Client({ name: 'intranet', version: '1.0.0' })
  try {
    await client.connect(new StreamableHTTPClientTransport(endpoint, { requestInit: { headers } }))
    return await use(client)
  } catch (error) {
    return `failed: ${error instanceof Error ? error.message : String(error)}`
  } finally {
    await client.close()
  }
}

async function call(
  client: Client,
  name: string,
  input: Record<string, unknown>,
): Promise<unknown> {
  const { content } = (await client.callTool({ name, arguments: input })) as CallToolResult
  return content.map((part) => (part.type === 'text' ? part.text : part.type)).join('\n')
}

const server = createServer((_request, response) => void answer(response))
server.listen(Number(process.env['PORT'] ?? 5001), '127.0.0.1', () => {
  console.log('intranet is listening')
})
