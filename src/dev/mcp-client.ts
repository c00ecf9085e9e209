// An MCP client of one server behind a sidecar, of either era, for single commands.
import {
  Client,
  StreamableHTTPClientTransport,
  type JsonSchemaValidator,
  type jsonSchemaValidator,
} from '@modelcontextprotocol/client'

import { McpAuthError } from '../core/errors.ts'
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts'
import { clip, printable } from '../core/quote.ts'
import type { ReachedSidecar } from './sidecar-access.ts'
import { sidecarError, sidecarUnreachable } from './sidecar-error.ts'

/** As the server says it; nothing of it is to be trusted. */
export interface McpTool {
  readonly name: string
  readonly title: string | undefined
  readonly description: string | undefined
  readonly inputSchema: JsonObject
}

export interface McpConnection {
  /** All pages. */
  listTools(): Promise<readonly McpTool[]>
  /** The result as it came, whether or not it says `isError`. */
  callTool(name: string, given: JsonObject): Promise<JsonObject>
}

/** Throws what the sidecar says of a refusal, and UPSTREAM_INVALID for a server that does not speak MCP. */
export async function withMcpServer<T>(
  sidecar: ReachedSidecar,
  { server, version }: { readonly server: string; readonly version: string },
  work: (connection: McpConnection) => Promise<T>,
): Promise<T> {
  const url = new URL(`/v1.0/diagrid/mcp/${server}`, sidecar.url)
  let refusal: McpAuthError | undefined
  const client = new Client(
    { name: 'mcpauth', version },
    { versionNegotiation: { mode: 'auto' }, jsonSchemaValidator: unchecked },
  )
  const transport = new StreamableHTTPClientTransport(url, {
    requestInit: { headers: { 'dapr-api-token': sidecar.apiToken.reveal() } },
    fetch: async (input, init) => {
      const response = await fetch(input, init).catch((error: unknown) => {
        // A stream that is closed at the end is no failure.
        if (init?.signal?.aborted !== true) refusal = sidecarUnreachable(sidecar.url, error)
        throw error
      })
      if (!response.ok) {
        refusal = sidecarError(response.status, await response.clone().text()) ?? refusal
      }
      return response
    },
  })
  try {
    await client.connect(transport)
    // What was refused while the era was looked for has found its way.
    refusal = undefined
    return await work(connectionOf(client))
  } catch (error) {
    if (error instanceof McpAuthError) throw error
    throw refusal ?? notMcp(server, error)
  } finally {
    await client.close()
  }
}

function connectionOf(client: Client): McpConnection {
  return {
    async listTools() {
      const { tools } = await client.listTools()
      return tools.map(({ name, title, description, inputSchema }) => ({
        name,
        title,
        description,
        inputSchema: jsonOf(inputSchema),
      }))
    },
    callTool: async (name, given) => jsonOf(await client.callTool({ name, arguments: given })),
  }
}

/** A schema of the server's is not run here: the result is shown, not used. */
const unchecked: jsonSchemaValidator = {
  getValidator<T>(): JsonSchemaValidator<T> {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is not checked is taken as it is
    return (input) => ({ valid: true, data: input as T, errorMessage: undefined })
  },
}

function jsonOf(value: unknown): JsonObject {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what was parsed from JSON is JSON
  const json = value as Json
  return isJsonObject(json) ? json : {}
}

function notMcp(server: string, error: unknown): McpAuthError {
  const said = error instanceof Error ? printable(clip(error.message)) : ''
  return new McpAuthError(
    'UPSTREAM_INVALID',
    `The MCP server ${server} refused, or does not speak MCP: ${said}`,
    { hint: 'Check its URL, which is that of the MCP endpoint itself.', cause: error },
  )
}
