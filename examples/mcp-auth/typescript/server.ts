// The payroll MCP server. It serves whoever has its key, and knows nothing of callers and of what they may do.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { z } from 'zod'

const key = process.env['PAYROLL_KEY']

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (key === undefined || request.headers['x-payroll-key'] !== key) {
    response.writeHead(401).end()
    return
  }
  // Without sessions: a server and a transport for each request.
  const transport = new StreamableHTTPServerTransport()
  await payroll().connect(transport)
  await transport.handleRequest(request, response)
}

function payroll(): McpServer {
  const mcp = new McpServer({ name: 'payroll', version: '1.0.0' })
  mcp.registerTool('next_payday', { description: 'The day of the next payment' }, () =>
    text('the 25th'),
  )
  mcp.registerTool(
    'read_salary',
    { description: 'What somebody earns', inputSchema: { name: z.string() } },
    ({ name }) => text(`${name} earns 4,200 a month`),
  )
  return mcp
}

function text(value: string) {
  return { content: [{ type: 'text' as const, text: value }] }
}

const server = createServer((request, response) => void serve(request, response))
server.listen(Number(process.env['APP_PORT'] ?? 8000), '127.0.0.1', () => {
  console.log('payroll is listening')
})
