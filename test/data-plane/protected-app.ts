// An app behind middleware.http.bearer in a real sidecar, with the authorization server that signs for it.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

import type { Secret } from '../../src/core/secret.ts'
import type { HandlerSpec } from '../../src/core/snapshot.ts'
import type { SidecarOptions } from '../../src/data-plane/sidecar.ts'
import { bearer } from '../../src/middleware/http/bearer.ts'
import { createKey, jwksOf, signToken, type SigningKey } from '../oauth/token-fixtures.ts'
import { sendRaw, statusesOf } from '../support/raw-http.ts'
import {
  reply,
  startScriptedAuthorizationServer,
  type ScriptedAuthorizationServer,
} from '../support/scripted-authorization-server.ts'
import { snapshotOf, type TestSidecar } from '../support/sidecar.ts'
import type { Upstream } from '../support/upstream.ts'
import { app, echo, sidecarOf } from './call-fixture.ts'

export interface ProtectedApp {
  readonly issuer: string
  readonly server: ScriptedAuthorizationServer
  readonly upstream: Upstream
  readonly test: TestSidecar
  /** Of the ingress. */
  readonly port: number
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  readonly socketPath: string
  /** A good token, but for the claims given. */
  readonly token: (claims?: object, header?: object) => string
  /** The whole answer to a request at the ingress. */
  readonly send: (method: string, path: string, headers?: readonly string[]) => Promise<Answer>
}

export interface Answer {
  readonly status: number
  readonly raw: string
  readonly body: string
  readonly header: (name: string) => string | undefined
}

export async function authorizationServer(
  ...keys: SigningKey[]
): Promise<ScriptedAuthorizationServer> {
  const server = await startScriptedAuthorizationServer()
  onTestFinished(() => server[Symbol.asyncDispose]())
  const { origin: issuer } = server
  const metadata = {
    issuer,
    jwks_uri: `${issuer}/jwks`,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code', 'client_credentials'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['client_secret_basic'],
  }
  server.on('/.well-known/oauth-authorization-server', reply(200, metadata))
  server.on('/.well-known/openid-configuration', reply(200, metadata))
  server.on('/jwks', reply(200, jwksOf(...keys)))
  return server
}

export function handlerSpec(metadata: Readonly<Record<string, string | Secret>>): HandlerSpec {
  const place = 'bearer.yaml:1:1'
  return {
    name: 'bearer',
    type: 'middleware.http.bearer',
    version: 'v1',
    place,
    metadata,
    digest: 'd1',
    componentPlace: place,
    fieldPlaces: {},
  }
}

export async function protectedApp(
  metadata: Readonly<Record<string, string | Secret>> = {},
  options: Partial<SidecarOptions> & { readonly upstream?: Upstream } = {},
): Promise<ProtectedApp> {
  const { upstream = await echo(), ...more } = options
  const key = createKey('k1', 'ES256')
  const server = await authorizationServer(key)
  const { origin: issuer } = server
  const socketPath = join(mkdtempSync(join(tmpdir(), 'mcpauth-')), 's')
  const handler = handlerSpec({ issuer, audience: 'mcp-server', ...metadata })
  const test = await sidecarOf(
    snapshotOf({ appId: 'mcp-server', app: app(upstream.url), appHttpPipeline: [handler] }),
    {},
    { ingressPort: 0, socketPath, middlewares: [bearer], ...more },
  )
  const port = test.sidecar.ingressPort ?? 0
  return {
    issuer,
    server,
    upstream,
    test,
    port,
    url: `http://127.0.0.1:${port}`,
    socketPath,
    token: (claims = {}, header = { alg: key.alg, kid: key.kid }) => {
      const exp = Math.floor(Date.now() / 1000) + 600
      return signToken(key, { iss: issuer, aud: 'mcp-server', exp, ...claims }, header)
    },
    send: async (method, path, headers = []) => send(port, method, path, headers),
  }
}

/** Sends a request without a body, with `Host: 127.0.0.1:<port>` unless the headers say otherwise. */
export async function send(
  port: number,
  method: string,
  path: string,
  headers: readonly string[] = [],
): Promise<Answer> {
  const hasHost = headers.some((line) => /^host:/i.test(line))
  const lines = [...(hasHost ? [] : [`Host: 127.0.0.1:${port}`]), ...headers, 'Connection: close']
  const raw = await sendRaw(port, [`${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`])
  const [head = '', body = ''] = raw.split('\r\n\r\n', 2)
  return {
    status: statusesOf(raw)[0] ?? 0,
    raw,
    body,
    header: (name) => new RegExp(String.raw`^${name}: (.*)$`, 'im').exec(head)?.[1]?.trim(),
  }
}
