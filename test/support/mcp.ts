// MCP servers of a hand-made snapshot, and messages to them.
import type { McpAccessRule, McpCapability } from '../../src/core/mcp-access.ts'
import type { McpServerSpec } from '../../src/core/snapshot.ts'

/** A server that grants the caller `app` what `names` says of tools, unless `parts` has another policy. */
export function mcpServer(
  url: string,
  names: readonly string[],
  parts: Partial<McpServerSpec> = {},
): McpServerSpec {
  return {
    name: 'calc',
    isEnabled: true,
    displayName: 'Calculator',
    transport: { kind: 'streamableHTTP', url, headers: [], timeoutSeconds: 30 },
    policy: { rules: [rule(names)] },
    digest: 'd1',
    place: 'mcp.yaml:1:1',
    ...parts,
  }
}

export function rule(
  names: readonly string[],
  capability: McpCapability = 'tools',
  mode: McpAccessRule['mode'] = 'enforce',
): McpAccessRule {
  return { callers: ['app'], grants: [{ capability, names }], mode }
}

export function rpc(method: string, params: object = {}, id: string | number = 1): object {
  return { jsonrpc: '2.0', id, method, params }
}

/** Sends messages to the server `calc` through a sidecar. */
export function postMcp(
  sidecar: { readonly url: string },
  body: unknown,
  headers: Record<string, string> = {},
  path = '/v1.0/diagrid/mcp/calc',
): Promise<Response> {
  return fetch(`${sidecar.url}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}
