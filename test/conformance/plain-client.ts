// An MCP client without a word about OAuth, on the official SDK 2.x: does what a scenario of the client suite asks for.
// `node plain-client.ts URL`; the suite says the scenario and the revision in the environment.
import { writeFileSync } from 'node:fs'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'

const { MCP_CONFORMANCE_SCENARIO: scenario = '', MCP_CONFORMANCE_PROTOCOL_VERSION: version = '' } =
  process.env

interface Context {
  readonly toolCalls?: readonly { name: string; arguments: Record<string, unknown> }[]
}
const context = JSON.parse(process.env['MCP_CONFORMANCE_CONTEXT'] ?? '{}') as Context
const modern = version >= '2026-07-28' || /^(?:http-|sep-2322|request-metadata)/.test(scenario)

const client = new Client(
  { name: 'plain-client', version: '1.0.0' },
  {
    capabilities: { elicitation: { form: { applyDefaults: true } } },
    versionNegotiation: { mode: modern ? 'auto' : 'legacy' },
  },
)
const isAboutDefaults = scenario.startsWith('elicitation')
client.setRequestHandler('elicitation/create', () => ({
  action: 'accept' as const,
  content: isAboutDefaults ? {} : { confirmed: true },
}))
await client.connect(
  new StreamableHTTPClientTransport(new URL(process.argv.at(-1) ?? ''), { fetch: noting }),
)
await play()
await client.close()

/** Leaves in the working folder what the sidecar says is to be run, as a person would read it. */
async function noting(url: string | URL, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, init)
  const command = response.headers.get('mcpauth-login')
  if (command !== null) writeFileSync('mcpauth-login', command)
  return response
}

async function play(): Promise<void> {
  const { tools } = await client.listTools()
  if (scenario === 'json-schema-ref-no-deref') return
  if (scenario === 'json-schema-2020-12-preservation') {
    const schema = tools.find(({ name }) => name === 'json_schema_2020_12_tool')?.inputSchema
    await client.callTool({ name: 'json_schema_echo', arguments: { schema } })
    return
  }
  if (context.toolCalls !== undefined) {
    for (const call of context.toolCalls) await client.callTool(call)
    return
  }
  for (const { name } of tools) await client.callTool({ name, arguments: { a: 2, b: 3 } })
  if (scenario !== 'http-standard-headers') return
  for (const { uri } of (await client.listResources()).resources) await client.readResource({ uri })
  for (const { name } of (await client.listPrompts()).prompts) await client.getPrompt({ name })
}
