// The jwt_bearer and id_jag grants at the development authorization server: assertions given, in files, signed, vouched for.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeJwt } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'
import type { Exchange, Reply } from '../../../src/core/exchange.ts'
import { Secret } from '../../../src/core/secret.ts'
import { oauth2 } from '../../../src/middleware/http/oauth2.ts'
import { createKey } from '../../oauth/token-fixtures.ts'
import {
  startAuthorizationServer,
  verifyToken,
  type TestAuthorizationServer,
} from '../../support/authorization-server.ts'
import { authorize, authorizeUrl, pkce, postJson } from '../../support/code-flow.ts'
import {
  reply,
  startScriptedAuthorizationServer,
} from '../../support/scripted-authorization-server.ts'
import { temporaryFolder } from '../../support/temp-home.ts'
import { createContext, createExchange } from '../exchange-fixture.ts'

const resource = 'https://mcp.example/mcp'
const redirectUri = 'http://127.0.0.1:1/callback'
const key = createKey('key-1', 'ES256')
const pem = new Secret(key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())

async function start() {
  const server = await startAuthorizationServer({
    clients: [
      { clientId: 'app', clientSecret: new Secret('s'), redirectUris: [redirectUri] },
      { clientId: 'keyed', jwks: { keys: [{ ...key.jwk, kty: 'EC' }] } },
    ],
  })
  onTestFinished(() => server.close())
  return server
}

function handlerOf(metadata: Record<string, string | Secret>) {
  const clock = { ...systemClock }
  const handler = oauth2.provision(metadata, { ...createContext(), clock })
  onTestFinished(() => handler.close?.())
  const send = async (exchange: Exchange): Promise<Reply | undefined> =>
    handler.onRequest?.(exchange)
  return { handler, send }
}

const call = (token: string) => createExchange({ headers: ['authorization', `Bearer ${token}`] })
const tokenIn = (exchange: Exchange) =>
  exchange.headers.values('authorization')[0]?.replace(/^Bearer /, '') ?? ''

/** What the company's login gave the client for a user. */
async function idToken(server: TestAuthorizationServer): Promise<string> {
  const { verifier, challenge } = pkce()
  const request = { clientId: 'app', redirectUri, challenge, more: { scope: 'openid' } }
  const { body } = await postJson(server.tokenUrl, {
    client_id: 'app',
    client_secret: 's',
    grant_type: 'authorization_code',
    code: (await authorize(authorizeUrl(server.issuer, request))).searchParams.get('code') ?? '',
    redirect_uri: redirectUri,
    code_verifier: verifier,
  })
  return String(body['id_token'])
}

const jagOf = (server: TestAuthorizationServer) => ({
  grantType: 'id_jag',
  clientID: 'app',
  clientSecret: new Secret('s'),
  tokenURL: server.tokenUrl,
  issuer: server.issuer,
  resource,
  scopes: 'mcp:read',
  idpTokenURL: server.tokenUrl,
  idpClientSecret: new Secret('s'),
})

test('id_jag: the ID token of a caller becomes a token of the resource, and goes no further', async () => {
  const server = await start()
  const { handler, send } = handlerOf(jagOf(server))
  expect(handler.summary).toContain('id_jag of')
  const login = await idToken(server)
  const exchange = call(login)
  expect(await send(exchange)).toBeUndefined()
  const { payload } = await verifyToken(server, tokenIn(exchange))
  expect(payload).toMatchObject({
    aud: resource,
    sub: decodeJwt(login).sub,
    client_id: 'app',
    scope: 'mcp:read',
  })
  const warm = call(login)
  expect(handler.onRequest?.(warm)).toBeUndefined()
  expect(tokenIn(warm)).toBe(tokenIn(exchange))
})

test('id_jag: no ID token, a wrong one, or one of another client is 401 for its caller', async () => {
  const server = await start()
  const { send } = handlerOf(jagOf(server))
  expect(await send(createExchange())).toMatchObject({
    status: 401,
    reason: 'SUBJECT_TOKEN_MISSING',
  })
  const refused = { status: 401, reason: 'SUBJECT_TOKEN_REFUSED: invalid_request' }
  const answer = await send(call('nonsense'))
  expect(answer).toMatchObject(refused)
  expect(answer?.body).toContain('the identity provider at')
  const { idpClientSecret: _, ...rest } = jagOf(server)
  const other = handlerOf({
    ...rest,
    idpClientID: 'keyed',
    clientID: 'keyed',
    clientSecret: '',
    clientAuthMethod: 'private_key_jwt',
    clientKey: pem,
  })
  expect(await other.send(call(await idToken(server)))).toMatchObject(refused)
})

test('id_jag: what is no ID-JAG is not shown to the authorization server', async () => {
  const idp = await startScriptedAuthorizationServer()
  onTestFinished(() => idp[Symbol.asyncDispose]())
  const good = {
    access_token: 'an-access-token',
    issued_token_type: 'urn:ietf:params:oauth:token-type:id-jag',
    token_type: 'N_A',
    expires_in: 60,
  }
  const server = await start()
  for (const change of [
    { token_type: 'Bearer' },
    { issued_token_type: 'urn:ietf:params:oauth:token-type:access_token' },
    { issued_token_type: undefined },
  ]) {
    idp.on('/token', reply(200, { ...good, ...change }))
    idp.on('/as', reply(500, {}))
    const settings = { idpTokenURL: `${idp.origin}/token`, tokenURL: `${idp.origin}/as` }
    const { send } = handlerOf({ ...jagOf(server), ...settings })
    const answer = await send(call('x'))
    expect(answer).toMatchObject({ status: 502 })
    expect(answer?.body).toContain('issued something other than')
  }
  expect(idp.count('/as')).toBe(0)
  expect(idp.requests[0]?.form.get('requested_token_type')).toBe(good.issued_token_type)
})

test('jwt_bearer: an assertion is signed for each request', async () => {
  const server = await start()
  const { send } = handlerOf({
    grantType: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    clientID: 'keyed',
    tokenURL: server.tokenUrl,
    clientAuthMethod: 'private_key_jwt',
    clientKey: pem,
    assertionKey: pem,
    assertionSubject: 'alice',
    assertionAudience: server.issuer,
    resource,
  })
  const exchange = createExchange({ headers: ['authorization', 'Bearer own'] })
  expect(await send(exchange)).toBeUndefined()
  const { payload } = await verifyToken(server, tokenIn(exchange))
  expect(payload).toMatchObject({ sub: 'alice', aud: resource, client_id: 'keyed' })
})

test('jwt_bearer: a file is read for each request; what is refused is not tried in another way', async () => {
  const server = await startScriptedAuthorizationServer()
  onTestFinished(() => server[Symbol.asyncDispose]())
  server.on('/token', reply(400, { error: 'invalid_grant' }))
  const file = join(temporaryFolder(), 'workload')
  writeFileSync(file, 'first\n')
  const metadata = {
    grantType: 'jwt_bearer',
    clientID: 'workload',
    tokenURL: `${server.origin}/token`,
    assertionFile: file,
  }
  const { send } = handlerOf(metadata)
  expect(await send(createExchange())).toMatchObject({
    status: 502,
    reason: 'TOKEN_ENDPOINT_REFUSED: invalid_grant',
  })
  expect(await send(createExchange())).toMatchObject({ status: 502 })
  expect(server.requests).toHaveLength(1)
  writeFileSync(file, 'second')
  await handlerOf(metadata).send(createExchange())
  expect(server.requests.map(({ form }) => form.get('assertion'))).toEqual(['first', 'second'])
  expect(Object.fromEntries(server.requests[0]?.form ?? [])).toEqual({
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: 'first',
    client_id: 'workload',
  })
})

const base = { clientID: 'c', tokenURL: 'https://as.example/token' }

test.for([
  [{ grantType: 'jwt_bearer' }, /assertion is missing/],
  [{ grantType: 'jwt_bearer', assertion: 'a', assertionKey: pem }, /assertionKey stands beside/],
  [{ grantType: 'jwt_bearer', assertion: 'a', assertionSubject: 's' }, /assertionSubject stands/],
  [{ grantType: 'jwt_bearer', assertionKey: pem }, /assertionSubject is missing/],
  [{ grantType: 'jwt_bearer', assertionKey: 'canary' }, /assertionKey is no private key/],
  [{ grantType: 'id_jag', resource, idpTokenURL: 'https://idp.example/t' }, /issuer is missing/],
  [
    { grantType: 'id_jag', issuer: 'https://as.example', idpTokenURL: 'https://idp.example/t' },
    /resource is missing/,
  ],
  [{ grantType: 'id_jag', issuer: 'https://as.example', resource }, /idpTokenURL is missing/],
  [
    { grantType: 'id_jag', issuer: 'https://a', resource, idpTokenURL: 'http://idp.example/t' },
    /idpTokenURL uses plain http/,
  ],
  [{ grantType: 'token_exchange', assertion: 'a' }, /assertion is not for the grant/],
] as [Record<string, string | Secret>, RegExp][])('%o is refused', ([change, message]) => {
  expect(() => handlerOf({ ...base, ...change })).toThrow(message)
  expect(() => handlerOf({ ...base, ...change })).not.toThrow(/canary/)
})
