// Tokens that are bound to a key on the way out: a real authorization server and a protected app, both of which want nonces.
import { expect, it, onTestFinished } from 'vitest'

import { bearer } from '../../src/middleware/http/bearer.ts'
import { oauth2 } from '../../src/middleware/http/oauth2.ts'
import { startAuthorizationServer, testClient } from '../support/authorization-server.ts'
import {
  reply,
  startScriptedAuthorizationServer,
} from '../support/scripted-authorization-server.ts'
import { endpoint, handlerOf, snapshotOf } from '../support/sidecar.ts'
import { sidecarOf } from './call-fixture.ts'
import { protectedApp } from './protected-app.ts'

async function issuer() {
  const idp = await startAuthorizationServer({ dpopNonce: true })
  onTestFinished(() => idp.close())
  return idp
}

/** Calls through a sidecar whose tokens are those of `tokenURL`, the HTTPEndpoint `api` and, where it has a socket, an App ID. */
async function callerOf(tokenURL: string, baseUrl: string, socketPath?: string) {
  const metadata = {
    clientID: testClient.clientId,
    clientSecret: testClient.clientSecret,
    tokenURL,
    audience: 'mcp-server',
    dpop: 'required',
  }
  const caller = await sidecarOf(
    snapshotOf({
      appId: 'client',
      endpoints: [endpoint('api', baseUrl)],
      peers: socketPath === undefined ? [] : [{ appId: 'mcp-server', socketPath }],
      httpPipeline: [handlerOf('middleware.http.oauth2', 'd1', metadata)],
    }),
    {},
    { middlewares: [oauth2, bearer] },
  )
  return async (path: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(caller.url + path, { method: 'POST', headers })
    return { status: answer.status, body: await answer.text() }
  }
}

async function world() {
  const idp = await issuer()
  const app = await protectedApp({ issuer: idp.issuer, dpop: 'required', dpopNonce: 'true' })
  return { app, call: await callerOf(idp.tokenUrl, `${app.url}/base`, app.socketPath) }
}

it('goes to an HTTPEndpoint with a proof for its URL, after one retry for the nonce', async () => {
  const { app, call } = await world()
  const own = { authorization: 'Bearer own', dpop: 'own' }
  for (const path of ['/v1.0/invoke/api/method/mcp', '/v1.0/invoke/api/method/mcp?x=1']) {
    expect((await call(path, own)).status).toBe(200)
  }
  // The first was refused once, for want of a nonce that nobody could know.
  expect(app.test.log.map(({ reason }) => reason)).toEqual([
    'DPOP_PROOF_INVALID: nonce',
    undefined,
    undefined,
  ])
  expect(app.upstream.seen).toHaveLength(2)
})

it('goes to another App ID with a proof for the URL that the app called', async () => {
  const { app, call } = await world()
  expect((await call('/v1.0/invoke/mcp-server/method/mcp')).status).toBe(200)
  const named = await call('/mcp', { 'dapr-app-id': 'mcp-server' })
  expect(named.status).toBe(503)
  expect(named.body).toContain('/v1.0/invoke/')
  expect(app.upstream.seen).toHaveLength(1)
})

it('a server that wants another nonce each time is asked twice, and its 401 goes through', async () => {
  const server = await startScriptedAuthorizationServer()
  onTestFinished(() => server[Symbol.asyncDispose]())
  server.on('/mcp', (request, response) => {
    const headers = {
      'dpop-nonce': `nonce-${server.count('/mcp')}`,
      'www-authenticate': 'DPoP error="use_dpop_nonce"',
    }
    reply(401, {}, headers)(request, response)
  })
  const { tokenUrl } = await issuer()
  const call = await callerOf(tokenUrl, server.origin)
  expect((await call('/v1.0/invoke/api/method/mcp')).status).toBe(401)
  const proofs = server.requests.map(({ headers }) => String(headers['dpop']))
  expect(proofs).toHaveLength(2)
  expect(new Set(proofs).size).toBe(2)
})
