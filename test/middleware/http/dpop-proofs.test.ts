// Bound tokens of middleware.http.oauth2: what a proof says, what is refused, and which settings do not go together.
import { createHash } from 'node:crypto'
import { calculateJwkThumbprint, decodeJwt, EmbeddedJWK, jwtVerify } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'
import { Secret } from '../../../src/core/secret.ts'
import { oauth2 } from '../../../src/middleware/http/oauth2.ts'
import { startAuthorizationServer, testClient } from '../../support/authorization-server.ts'
import {
  inTurn,
  reply,
  startScriptedAuthorizationServer,
} from '../../support/scripted-authorization-server.ts'
import { createKey } from '../../oauth/token-fixtures.ts'
import { createContext, createExchange } from '../exchange-fixture.ts'

function handlerOf(metadata: Record<string, string | Secret>) {
  const clock = { ...systemClock }
  const handler = oauth2.provision({ dpop: 'required', ...metadata }, { ...createContext(), clock })
  onTestFinished(() => handler.close?.())
  return handler
}

test('a token is bound to the key, and each request has a proof of its own about it', async () => {
  const idp = await startAuthorizationServer()
  onTestFinished(() => idp.close())
  const key = createKey('k', 'EdDSA')
  const handler = handlerOf({
    clientID: testClient.clientId,
    clientSecret: testClient.clientSecret,
    tokenURL: idp.tokenUrl,
    audience: 'mcp-server',
    dpopKey: new Secret(JSON.stringify(key.privateKey.export({ format: 'jwk' }))),
  })
  const exchange = createExchange({ headers: ['dpop', 'own'] })
  expect(await handler.onRequest?.(exchange)).toBeUndefined()
  const [authorization = ''] = exchange.headers.values('authorization')
  expect(authorization).toMatch(/^DPoP eyJ/)
  const token = authorization.slice(5)
  const jkt = await calculateJwkThumbprint(key.publicKey.export({ format: 'jwk' }))
  expect(decodeJwt(token)).toMatchObject({ cnf: { jkt } })
  const ids = new Set<unknown>()
  for (let sent = 1; sent <= 2; sent += 1) {
    exchange.beforeSend?.('https://mcp.example:8443/mcp?x=1')
    const proofs = exchange.headers.values('dpop')
    expect(proofs).toHaveLength(1)
    const { payload, protectedHeader } = await jwtVerify(proofs[0] ?? '', EmbeddedJWK, {
      typ: 'dpop+jwt',
    })
    expect(payload).toMatchObject({
      htm: 'POST',
      htu: 'https://mcp.example:8443/mcp',
      ath: createHash('sha256').update(token).digest('base64url'),
    })
    expect(protectedHeader).not.toHaveProperty('kid')
    expect(JSON.stringify(protectedHeader.jwk)).not.toContain('"d"')
    ids.add(payload.jti)
  }
  expect(ids.size).toBe(2)
})

test('a token of another type, or a nonce that is never enough, is no token', async () => {
  const server = await startScriptedAuthorizationServer()
  onTestFinished(() => server[Symbol.asyncDispose]())
  const settings = { clientID: 'c', clientSecret: 's', authStyle: '1' }
  const bearerToken = { access_token: 'tok', token_type: 'Bearer', expires_in: 60 }
  server.on('/a', reply(200, bearerToken))
  const a = handlerOf({ ...settings, tokenURL: `${server.origin}/a` })
  const refused = await a.onRequest?.(createExchange())
  expect(refused).toMatchObject({ status: 502 })
  expect(refused?.body).toContain('a type other than DPoP')
  const wantsNonce = (nonce: string) =>
    reply(400, { error: 'use_dpop_nonce' }, { 'dpop-nonce': nonce })
  server.on('/b', inTurn(wantsNonce('one'), wantsNonce('two'), wantsNonce('three')))
  const b = handlerOf({ ...settings, tokenURL: `${server.origin}/b` })
  expect(await b.onRequest?.(createExchange())).toMatchObject({
    status: 502,
    reason: 'TOKEN_ENDPOINT_REFUSED: use_dpop_nonce',
  })
  expect(server.count('/b')).toBe(2)
})

const base = { clientID: 'c', clientSecret: 's', tokenURL: 'https://as.example/token' }

test.for([
  [{ dpop: 'allowed' }, /dpop is neither off nor required/],
  [{ dpop: 'off', dpopKey: 'canary' }, /dpopKey is for dpop alone/],
  [{ dpopKey: 'canary' }, /dpopKey is no private key/],
  [{ authHeaderName: 'X-Token' }, /authHeaderName is not Authorization/],
  [{ tokenURL: '', issuer: 'https://as.example' }, /dpop needs a tokenURL/],
  [
    { grantType: 'authorization_code', authURL: 'https://as.example/authorize' },
    /dpopKey is missing/,
  ],
] as [Record<string, string>, RegExp][])('%o is refused', ([change, message]) => {
  expect(() => handlerOf({ ...base, ...change })).toThrow(message)
  expect(() => handlerOf({ ...base, ...change })).not.toThrow(/canary/)
})
