// Stock MCP clients, of both official SDKs, log in through the front of a protected server: from its 401 to a tool call.
import {
  Client as Client2,
  ClientCredentialsProvider as Provider2,
  StreamableHTTPClientTransport as Transport2,
} from '@modelcontextprotocol/client'
import { ClientCredentialsProvider } from '@modelcontextprotocol/sdk/client/auth-extensions.js'
import {
  auth,
  discoverOAuthServerInfo,
  extractWWWAuthenticateParams,
  type OAuthClientProvider,
} from '@modelcontextprotocol/sdk/client/auth.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { describe, expect, it, onTestFinished } from 'vitest'

import type { Upstream } from '../support/upstream.ts'
import { upstreamOf } from './call-fixture.ts'
import { protectedApp, type ProtectedApp } from './protected-app.ts'

/** A server without sessions, with one tool. */
const mcpApp = (): Promise<Upstream> =>
  upstreamOf(async (request, response, { body }) => {
    const server = new McpServer({ name: 'calc', version: '1.0.0' })
    server.registerTool('greet', {}, () => ({ content: [{ type: 'text', text: 'hello' }] }))
    const transport = new StreamableHTTPServerTransport({})
    await server.connect(transport)
    await transport.handleRequest(request, response, body === '' ? undefined : JSON.parse(body))
  })

/** The token endpoint signs for the resource that it is asked for, as RFC 8707 wants. */
async function world(metadata: Record<string, string> = {}): Promise<ProtectedApp> {
  const settings = { scopes: 'mcp:read', ...metadata }
  const guarded = await protectedApp(settings, { upstream: await mcpApp() })
  guarded.server.on('/token', (request, response) => {
    const { form } = request
    const aud = form.get('resource') === `${guarded.url}/mcp` ? 'mcp-server' : 'nobody'
    response.writeHead(200, { 'content-type': 'application/json' }).end(
      JSON.stringify({
        access_token: guarded.token({ aud, scope: form.get('scope') }),
        token_type: 'Bearer',
        expires_in: 600,
      }),
    )
  })
  return guarded
}

const credentials = { clientId: 'client', clientSecret: 'secret' }

describe('a client that starts with nothing but the URL', () => {
  it('calls a tool, on the SDK 1.x', async () => {
    const { url, server, issuer } = await world()
    const authProvider = new ClientCredentialsProvider({ ...credentials, expectedIssuer: issuer })
    const transport = new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { authProvider })
    const client = new Client({ name: 'test', version: '1.0.0' })
    onTestFinished(() => client.close())
    await client.connect(transport)
    const result = await client.callTool({ name: 'greet', arguments: {} })
    expect(result).toMatchObject({ content: [{ text: 'hello' }] })
    expect(server.count('/token')).toBe(1)
  })

  it('calls a tool, on the SDK 2.x', async () => {
    const { url, server, issuer } = await world()
    const authProvider = new Provider2({ ...credentials, expectedIssuer: issuer })
    const transport = new Transport2(new URL(`${url}/mcp`), { authProvider })
    const client = new Client2({ name: 'test', version: '1.0.0' })
    onTestFinished(() => client.close())
    await client.connect(transport)
    const result = await client.callTool({ name: 'greet', arguments: {} })
    expect(result).toMatchObject({ content: [{ text: 'hello' }] })
    const asked = server.requests.filter(({ path }) => path === '/token')
    expect(asked.map(({ form }) => form.get('scope'))).toEqual(['mcp:read'])
  })
})

it('a client steps up when its scopes are too few, in one step', async () => {
  const { url, server, issuer } = await world({ requiredScopes: 'mcp:read, mcp:write' })
  const authProvider = new Provider2({ ...credentials, expectedIssuer: issuer })
  const transport = new Transport2(new URL(`${url}/mcp`), { authProvider })
  const client = new Client2({ name: 'test', version: '1.0.0' })
  onTestFinished(() => client.close())
  await client.connect(transport)
  const asked = server.requests.filter(({ path }) => path === '/token')
  expect(asked.map(({ form }) => form.get('scope'))).toEqual(['mcp:read', 'mcp:read mcp:write'])
})

it('a client of a user is sent to the issuer, with the resource and the scope of the challenge', async () => {
  const { url, issuer } = await world()
  const answer = await fetch(`${url}/mcp`, { method: 'POST' })
  const { resourceMetadataUrl = new URL('http://none.test'), scope = '' } =
    extractWWWAuthenticateParams(answer)
  expect(scope).toBe('mcp:read')
  let redirected: URL | undefined
  const provider: OAuthClientProvider = {
    redirectUrl: 'http://localhost:1/callback',
    clientMetadata: { redirect_uris: ['http://localhost:1/callback'] },
    clientInformation: () => ({ client_id: 'client' }),
    tokens: () => undefined,
    saveTokens: () => {},
    saveCodeVerifier: () => {},
    codeVerifier: () => '',
    redirectToAuthorization: (to) => void (redirected = to),
  }
  const serverUrl = `${url}/mcp`
  const result = await auth(provider, { serverUrl, scope, resourceMetadataUrl })
  expect(result).toBe('REDIRECT')
  expect(redirected?.href).toMatch(new RegExp(`^${issuer}/authorize\\?`))
  expect(redirected?.searchParams.get('resource')).toBe(serverUrl)
  expect(redirected?.searchParams.get('scope')).toBe('mcp:read')
})

it.for(['/mcp', '', '/deep/er'])(
  'a client that ignores challenges finds the issuer for %j',
  async (path) => {
    const { url, issuer } = await world()
    const info = await discoverOAuthServerInfo(`${url}${path}`)
    expect(info).toMatchObject({
      authorizationServerUrl: issuer,
      authorizationServerMetadata: { issuer },
    })
  },
)
