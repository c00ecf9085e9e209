// A protected MCP server on a real socket that does everything right, but for what a test switches off.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { onTestFinished } from 'vitest'

import { startUpstream } from '../support/upstream.ts'

type Reply = (response: ServerResponse, request: IncomingMessage) => void

export interface Faults {
  /** In place of the right answer to a caller without a token. */
  readonly refuse?: Reply
  /** Merged over the right headers of the 401. */
  readonly challengeHeaders?: Readonly<Record<string, string>>
  readonly preflight?: Reply
  /** By path; in place of the metadata. */
  readonly wellKnown?: Readonly<Record<string, Reply>>
  /** Merged over the right metadata; undefined takes a member away. */
  readonly metadata?: object
  readonly metadataHeaders?: Readonly<Record<string, string>>
  /** In place of the right answer to a method of MCP with a token. */
  readonly rpc?: Readonly<Record<string, Reply>>
  /** Whether the server takes a token; any one unless given. */
  readonly takes?: (token: string) => boolean
}

export interface FaultyServer {
  readonly url: string
  readonly origin: string
}

const cors = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'WWW-Authenticate, Mcp-Session-Id',
}

export async function faultyServer(issuer: string, faults: Faults = {}): Promise<FaultyServer> {
  const upstream = await startUpstream((request, response, { body }) => {
    const origin = `http://127.0.0.1:${upstream.port}`
    const path = request.url ?? ''
    const wellKnown = faults.wellKnown?.[path]
    if (request.method === 'OPTIONS') (faults.preflight ?? allowed)(response, request)
    else if (wellKnown !== undefined) wellKnown(response, request)
    else if (path.startsWith('/.well-known/oauth-protected-resource')) {
      const right = {
        resource: `${origin}/mcp`,
        authorization_servers: [issuer],
        bearer_methods_supported: ['header'],
      }
      json(
        200,
        { ...right, ...faults.metadata },
        { ...cors, ...faults.metadataHeaders },
      )(response, request)
    } else if (path !== '/mcp') json(404, {})(response, request)
    else served(origin, faults, body)(response, request)
  })
  onTestFinished(() => upstream.close())
  return { url: `${upstream.url}/mcp`, origin: upstream.url }
}

function served(origin: string, faults: Faults, body: string): Reply {
  return (response, request) => {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
    if (token === undefined && faults.refuse !== undefined) faults.refuse(response, request)
    else if (token === undefined || faults.takes?.(token) === false) {
      const metadata = `${origin}/.well-known/oauth-protected-resource/mcp`
      const challenge = { 'www-authenticate': `Bearer resource_metadata="${metadata}"` }
      json(401, {}, { ...cors, ...challenge, ...faults.challengeHeaders })(response, request)
    } else rpc(body, faults)(response, request)
  }
}

const results: Readonly<Record<string, object>> = {
  initialize: {
    protocolVersion: '2025-11-25',
    capabilities: { tools: {} },
    serverInfo: { name: 'test', version: '1' },
  },
  'tools/list': { tools: [{ name: 'add', inputSchema: { type: 'object' } }] },
}

function rpc(body: string, faults: Faults): Reply {
  return (response, request) => {
    const { method = '', id } = JSON.parse(body === '' ? '{}' : body) as {
      method?: string
      id?: number
    }
    const special = faults.rpc?.[method]
    const known = results[method]
    if (special !== undefined) special(response, request)
    else if (known === undefined) json(202, {})(response, request)
    else
      json(
        200,
        { jsonrpc: '2.0', id, result: known },
        { 'mcp-session-id': 'a-session' },
      )(response, request)
  }
}

const allowed: Reply = (response) => {
  const headers = {
    ...cors,
    'access-control-allow-methods': 'GET, POST, DELETE',
    'access-control-allow-headers': 'authorization, content-type, mcp-protocol-version',
  }
  response.writeHead(204, headers).end()
}

export function json(
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(body))
  }
}

/** The result of a method of MCP. */
export function result(value: object): Reply {
  return json(200, { jsonrpc: '2.0', id: 1, result: value })
}
