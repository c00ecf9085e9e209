// Starts the real development authorization server in this process, in a folder of its own, on a free port.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createLocalJWKSet, createRemoteJWKSet, jwtVerify } from 'jose'
import type { JSONWebKeySet, JWTVerifyResult } from 'jose'
import type { Clock } from '../../src/core/clock.ts'
import { silentLogger } from '../../src/core/logger.ts'
import { Secret } from '../../src/core/secret.ts'
import { startDevIdp } from '../../src/dev/idp/server.ts'
import type { DevIdp, DevIdpOptions } from '../../src/dev/idp/server.ts'

export const testClient = {
  clientId: 'mcp-client',
  clientSecret: new Secret('s3cr3t/with+odd:signs'),
} as const

export interface TestAuthorizationServer extends DevIdp {
  readonly home: string
  /** Answers of the token endpoint to a client_credentials request of `testClient`, by Basic authentication. */
  requestToken(form?: Readonly<Record<string, string>>): Promise<Response>
  /** An access token for `audience`. */
  token(audience: string, scope?: string): Promise<string>
}

/** Removes its folder on close. */
export async function startAuthorizationServer(
  options: Partial<DevIdpOptions> = {},
): Promise<TestAuthorizationServer> {
  const home = options.home ?? (await temporaryHome())
  const idp = await startDevIdp({
    port: 0,
    clients: [testClient],
    logger: silentLogger,
    ...options,
    home,
  })
  const requestToken = (form: Readonly<Record<string, string>> = {}): Promise<Response> =>
    fetch(idp.tokenUrl, {
      method: 'POST',
      headers: { authorization: basicAuthorization() },
      body: new URLSearchParams({ grant_type: 'client_credentials', ...form }),
    })
  return {
    ...idp,
    home,
    requestToken,
    async token(audience, scope) {
      const answer = await requestToken({ audience, ...(scope === undefined ? {} : { scope }) })
      return accessTokenOf(answer)
    },
    async close() {
      await idp.close()
      if (options.home === undefined) await rm(home, { recursive: true })
    },
  }
}

export function temporaryHome(): Promise<string> {
  return mkdtemp(path.join(tmpdir(), 'mcpauth-idp-'))
}

/** RFC 6749 §2.3.1: both parts are form-encoded first. */
export function basicAuthorization(secret = testClient.clientSecret.reveal()): string {
  const pair = `${encodeURIComponent(testClient.clientId)}:${encodeURIComponent(secret)}`
  return `Basic ${Buffer.from(pair).toString('base64')}`
}

/** The `access_token` of a successful answer; throws the body of any other. */
export async function accessTokenOf(answer: Response): Promise<string> {
  const body: unknown = await answer.json()
  if (typeof body === 'object' && body !== null && 'access_token' in body) {
    return String(body.access_token)
  }
  throw new Error(`no access token: ${answer.status} ${JSON.stringify(body)}`)
}

/** Verifies `token` as a resource server does, with keys fetched now. Without a clock, at the present time. */
export async function verifyToken(
  server: TestAuthorizationServer,
  token: string,
  clock?: Clock,
): Promise<JWTVerifyResult> {
  const keySet = createRemoteJWKSet(new URL(server.jwksUrl))
  await keySet.reload()
  const keys: JSONWebKeySet = keySet.jwks() ?? { keys: [] }
  return jwtVerify(token, createLocalJWKSet(keys), {
    issuer: server.issuer,
    typ: 'at+jwt',
    ...(clock === undefined ? {} : { currentDate: new Date(clock.now()) }),
  })
}

/** A token request that authenticates in the form. */
export function postForm(
  server: TestAuthorizationServer,
  form: Readonly<Record<string, string>>,
): Promise<Response> {
  return fetch(server.tokenUrl, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', ...form }),
  })
}
