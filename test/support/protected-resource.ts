// A resource that says where its tokens come from: a challenge, and metadata that name an authorization server (RFC 9728).
import { onTestFinished } from 'vitest'
import { reply, startScriptedAuthorizationServer } from './scripted-authorization-server.ts'
import type { ScriptedAuthorizationServer } from './scripted-authorization-server.ts'

export interface ProtectedResource {
  readonly url: string
  readonly server: ScriptedAuthorizationServer
  /** From now on. */
  names(issuer: string): void
}

/** Stopped by the test. `scope` is that of the challenge. */
export async function startProtectedResource(
  issuer: string,
  scope?: string,
): Promise<ProtectedResource> {
  const server = await startScriptedAuthorizationServer()
  onTestFinished(() => server[Symbol.asyncDispose]())
  const { origin } = server
  const url = `${origin}/mcp`
  const params = [`resource_metadata="${origin}/metadata"`]
  if (scope !== undefined) params.push(`scope="${scope}"`)
  server.on('/mcp', reply(401, {}, { 'www-authenticate': `Bearer ${params.join(', ')}` }))
  const names = (authorizationServer: string): void =>
    server.on(
      '/metadata',
      reply(200, { resource: url, authorization_servers: [authorizationServer] }),
    )
  names(issuer)
  return { url, server, names }
}
