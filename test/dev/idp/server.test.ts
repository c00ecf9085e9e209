// The development authorization server seen from outside: metadata, whom it refuses, and what it prints.
import { once } from 'node:events'
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { silentLogger } from '../../../src/core/logger.ts'
import {
  basicAuthorization,
  postForm,
  startAuthorizationServer,
  testClient,
} from '../../support/authorization-server.ts'
import type { TestAuthorizationServer } from '../../support/authorization-server.ts'

describe('metadata', () => {
  let server: TestAuthorizationServer
  beforeEach(async () => {
    server = await startAuthorizationServer()
  })
  afterEach(() => server.close())

  it('is the same under both well-known paths, and names only what is served', async () => {
    const openid = await json(`${server.url}/.well-known/openid-configuration`)
    expect(await json(`${server.url}/.well-known/oauth-authorization-server`)).toEqual(openid)
    expect(openid).toMatchObject({
      issuer: server.issuer,
      token_endpoint: server.tokenUrl,
      jwks_uri: server.jwksUrl,
      authorization_endpoint: `${server.issuer}/authorize`,
      grant_types_supported: [
        'authorization_code',
        'refresh_token',
        'client_credentials',
        'urn:ietf:params:oauth:grant-type:device_code',
        'urn:ietf:params:oauth:grant-type:token-exchange',
        'urn:ietf:params:oauth:grant-type:jwt-bearer',
      ],
      identity_chaining_requested_token_types_supported: [
        'urn:ietf:params:oauth:token-type:id-jag',
      ],
      authorization_grant_profiles_supported: ['urn:ietf:params:oauth:grant-profile:id-jag'],
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      token_endpoint_auth_methods_supported: [
        'client_secret_basic',
        'client_secret_post',
        'private_key_jwt',
        'none',
      ],
      token_endpoint_auth_signing_alg_values_supported: expect.arrayContaining([
        'ES256',
        'RS256',
      ]) as string[],
      dpop_signing_alg_values_supported: expect.arrayContaining(['ES256']) as string[],
    })
    const endpoints = Object.entries(openid).filter(([name]) => name.endsWith('_endpoint'))
    for (const [name, url] of endpoints) {
      expect((await fetch(String(url), { method: 'PUT' })).status, name).toBe(405)
    }
  })

  it('has one key set under both paths, without private parts', async () => {
    const keys = await json(server.jwksUrl)
    expect(await json(`${server.url}/.well-known/jwks.json`)).toEqual(keys)
    expect(JSON.stringify(keys)).not.toMatch(/"(?:d|p|q|dp|dq|qi)":/)
  })
})

describe('the listener', () => {
  let server: TestAuthorizationServer
  beforeEach(async () => {
    server = await startAuthorizationServer()
  })
  afterEach(() => server.close())

  it.each([
    [{ host: 'evil.example' }, 403],
    [{ host: '127.0.0.1.evil.example' }, 403],
    [{ host: 'localhost:1', origin: 'http://evil.example' }, 403],
    [{ host: 'localhost:1', origin: 'null' }, 403],
    [{ host: 'localhost:1', origin: 'http://localhost:3000' }, 200],
    [{ host: '[::1]:1' }, 200],
  ])(
    'answers %j with %i and lets a page of this machine read metadata alone',
    async (headers, status) => {
      const answer = await rawGet(server.jwksUrl, headers)
      expect(answer.statusCode).toBe(status)
      const document = await rawGet(`${server.url}/.well-known/openid-configuration`, headers)
      expect(document.statusCode).toBe(status)
      const readable = status === 200 && 'origin' in headers ? [headers.origin] : []
      for (const { headers: sent } of [answer, document]) {
        const opened = Object.entries(sent).filter(([name]) => name.startsWith('access-control'))
        expect(opened.map(([, value]) => value)).toEqual(sent === document.headers ? readable : [])
        expect(sent['set-cookie']).toBeUndefined()
      }
    },
  )

  it.each([
    ['GET', '/auth', 404],
    ['GET', '/', 404],
    ['GET', '/token', 405],
    ['OPTIONS', '/token', 405],
    ['POST', '/jwks', 405],
  ])('answers %s %s with %i in JSON', async (method, where, status) => {
    const answer = await fetch(server.url + where, { method })
    expect(answer.status).toBe(status)
    expect(await answer.json()).toMatchObject({ error: 'invalid_request' })
  })

  it('gives a page of this machine no token', async () => {
    const answer = await fetch(server.tokenUrl, {
      method: 'POST',
      headers: { authorization: basicAuthorization(), origin: 'http://localhost:3000' },
      body: new URLSearchParams({ grant_type: 'client_credentials', audience: 'a' }),
    })
    expect(answer.status).toBe(400)
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  })
})

describe('the log of a refusal', () => {
  const refusalOf = async (send: (server: TestAuthorizationServer) => Promise<Response>) => {
    const warn = vi.fn<typeof silentLogger.warn>()
    const server = await startAuthorizationServer({ logger: { ...silentLogger, warn } })
    await send(server)
    await server.close()
    expect(warn).toHaveBeenCalledOnce()
    return warn.mock.calls[0]?.[1]
  }
  const secret = testClient.clientSecret.reveal()
  const notRegistered = {
    error: 'invalid_client',
    reason: 'no such client: register it with --client or --clients-file',
  }

  it('names the client id that is not registered, however it was sent', async () => {
    const byForm = await refusalOf((server) =>
      postForm(server, { client_id: 'mcp-cleint', client_secret: 'CANARY' }),
    )
    expect(byForm).toEqual({ client: '"mcp-cleint"', ...notRegistered })
    const byHeader = await refusalOf((server) =>
      fetch(server.tokenUrl, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa('my%20id+x:CANARY')}` },
        body: new URLSearchParams({ grant_type: 'client_credentials' }),
      }),
    )
    expect(byHeader).toEqual({ client: '"my id x"', ...notRegistered })
  })

  it('shows no more of a strange id than can be printed', async () => {
    const fields = await refusalOf((server) =>
      postForm(server, { client_id: `\u001b[2J\n${'x'.repeat(500)}`, client_secret: 'CANARY' }),
    )
    expect(fields?.['client']).toMatch(/^"\ufffd\[2J\ufffdx{74}…"$/)
  })

  it('tells a wrong secret and a missing one from an unknown client', async () => {
    const { clientId } = testClient
    const fields = { client: '"mcp-client"', error: 'invalid_client' }
    expect(
      await refusalOf((server) => postForm(server, { client_id: clientId, client_secret: 'w' })),
    ).toEqual({ ...fields, reason: 'the client secret is wrong' })
    expect(await refusalOf((server) => postForm(server, { client_id: clientId }))).toEqual({
      ...fields,
      reason: 'no client secret was sent',
    })
  })

  it('names no client when its secret came in place of its id', async () => {
    const fields = await refusalOf((server) =>
      postForm(server, { client_id: secret, client_secret: testClient.clientId }),
    )
    expect(fields).toEqual({
      error: 'invalid_client',
      reason: 'a client secret was sent as the client id',
    })
  })

  it('survives requests that say no client, or say it strangely', async () => {
    for (const authorization of ['Basic', 'Basic !', 'Basic eA==', `Basic ${btoa('%zz:x')}`]) {
      const fields = await refusalOf((server) =>
        fetch(server.tokenUrl, {
          method: 'POST',
          headers: { authorization },
          body: new URLSearchParams({ grant_type: 'client_credentials' }),
        }),
      )
      expect(fields).toEqual({ error: 'invalid_request' })
    }
  })
})

describe('output', () => {
  it('has no secret, no token and no notice of a library', async () => {
    const lines: string[] = []
    const record = (...parts: unknown[]): void => {
      lines.push(JSON.stringify(parts))
    }
    const spies = (['log', 'info', 'warn', 'error'] as const).map((name) =>
      vi.spyOn(console, name).mockImplementation((...parts) => {
        record('console', ...parts)
      }),
    )
    const logger = { debug: record, info: record, warn: record, error: record }
    const server = await startAuthorizationServer({ logger })
    const token = await server.token('mcp-server', 'mcp:read')
    await server.requestToken()
    await postForm(server, { client_id: testClient.clientId, client_secret: 'wrong-secret' })
    await server.rotateKeys()
    await server.close()
    for (const spy of spies) spy.mockRestore()
    const output = lines.join('\n')
    expect(output).toContain('token issued')
    expect(output).toContain('invalid_client')
    for (const hidden of [testClient.clientSecret.reveal(), 'wrong-secret', token, 'console']) {
      expect(output).not.toContain(hidden)
    }
  })
})

async function json(url: string): Promise<object> {
  const body: unknown = await (await fetch(url)).json()
  if (typeof body === 'object' && body !== null) return body
  throw new TypeError(`${url} is no JSON object`)
}

/** fetch sets Host itself, so these go through node:http. */
async function rawGet(url: string, headers: Record<string, string>) {
  const outgoing = request(url, { headers, agent: false })
  outgoing.end()
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve)
    outgoing.once('error', reject)
  })
  const incoming = await answer
  incoming.resume()
  await once(incoming, 'end')
  return incoming
}
