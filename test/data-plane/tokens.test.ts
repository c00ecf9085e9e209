// The middlewares in a real sidecar: no request reaches an app without its token, nor an upstream without a caller.
import { connect } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'

import { Secret } from '../../src/core/secret.ts'
import type { HandlerSpec } from '../../src/core/snapshot.ts'
import { bearer } from '../../src/middleware/http/bearer.ts'
import { oauth2 } from '../../src/middleware/http/oauth2.ts'
import type { Middleware } from '../../src/middleware/middleware.ts'
import { createKey, jwksOf, signToken } from '../oauth/token-fixtures.ts'
import { sendRaw, statusesOf } from '../support/raw-http.ts'
import {
  held,
  reply,
  startScriptedAuthorizationServer,
} from '../support/scripted-authorization-server.ts'
import { endpoint, handlerOf, snapshotOf } from '../support/sidecar.ts'
import { app, echo, sidecarOf } from './call-fixture.ts'

async function authorizationServer() {
  const server = await startScriptedAuthorizationServer()
  onTestFinished(() => server[Symbol.asyncDispose]())
  return server
}

function handler(type: string, metadata: Record<string, string | Secret>): HandlerSpec {
  const place = 'test.yaml:1:1'
  return {
    name: type,
    type,
    version: 'v1',
    place,
    metadata,
    digest: 'd1',
    componentPlace: place,
    fieldPlaces: {},
  }
}

describe('a guarded app', () => {
  async function guarded() {
    const server = await authorizationServer()
    const key = createKey('k1', 'ES256')
    server.on('/jwks', reply(200, jwksOf(key)))
    const upstream = await echo()
    const check = {
      issuer: 'https://as.example',
      audience: 'mcp',
      jwksURL: `${server.origin}/jwks`,
    }
    const test = await sidecarOf(
      snapshotOf({
        app: app(upstream.url),
        appHttpPipeline: [handler('middleware.http.bearer', check)],
      }),
      {},
      { ingressPort: 0, middlewares: [bearer] },
    )
    const exp = Date.now() / 1000 + 600
    const token = signToken(key, { iss: check.issuer, aud: check.audience, exp })
    const send = async (method: string, headers = ''): Promise<string> =>
      sendRaw(test.sidecar.ingressPort ?? 0, [
        `${method} /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${headers}\r\n`,
      ])
    return { send, token, upstream }
  }

  it.for(['GET', 'POST', 'HEAD', 'DELETE', 'OPTIONS', 'PROPFIND', 'QUERY'])(
    'is not reached by %s without a token',
    async (method) => {
      const { send, upstream } = await guarded()
      const preflight = 'Origin: http://localhost\r\nAccess-Control-Request-Method: POST\r\n'
      for (const headers of ['', preflight]) {
        const raw = await send(method, headers)
        const isPreflight = method === 'OPTIONS' && headers === preflight
        expect(statusesOf(raw)).toEqual([isPreflight ? 204 : 401])
        expect(/www-authenticate: Bearer realm/i.test(raw)).toBe(!isPreflight)
      }
      expect(upstream.seen).toEqual([])
    },
  )

  it('takes SP and HTAB around the credentials for white space, and nothing else', async () => {
    const { send, token, upstream } = await guarded()
    expect(statusesOf(await send('GET', `Authorization: \t Bearer ${token} \t\r\n`))).toEqual([200])
    expect(upstream.seen).toHaveLength(1)
    for (const value of [
      `Bearer ${token}\u00a0`,
      `\u00a0Bearer ${token}`,
      `Bearer\u00a0${token}`,
    ]) {
      expect(statusesOf(await send('GET', `Authorization: ${value}\r\n`))).toEqual([401])
    }
    expect(upstream.seen).toHaveLength(1)
  })
})

describe('an upstream that wants a token', () => {
  async function attaching(headers: Record<string, string> = {}) {
    const server = await authorizationServer()
    const gate = held(
      reply(200, { access_token: 'acquired', token_type: 'Bearer', expires_in: 60 }),
    )
    server.on('/token', gate.script)
    const upstream = await echo()
    const client = {
      clientID: 'c',
      clientSecret: new Secret('s'),
      tokenURL: `${server.origin}/token`,
    }
    let arrived = 0
    const note: Middleware = {
      type: 'note',
      version: 'v1',
      provision: () => ({ summary: '', onRequest: () => void (arrived += 1) }),
    }
    const test = await sidecarOf(
      snapshotOf({
        endpoints: [endpoint('up', upstream.url, headers)],
        httpPipeline: [handlerOf('note'), handler('middleware.http.oauth2', client)],
      }),
      {},
      { middlewares: [note, oauth2] },
    )
    return { gate, upstream, test, arrivals: () => arrived }
  }

  it('never sees the request of a caller that left while the token was fetched', async () => {
    const { gate, upstream, test, arrivals } = await attaching()
    const bodies = ['', 'hello', 'x'.repeat(100_000)]
    for (const [index, body] of bodies.entries()) {
      const socket = connect(test.port, '127.0.0.1')
      socket.write(
        `POST /v1.0/invoke/up/method/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      )
      await expect.poll(arrivals).toBe(index + 1)
      socket.destroy()
      await test.logged(index + 1)
    }
    expect(test.log.map(({ status }) => status)).toEqual([499, 499, 499])
    gate.release()
    // A later call, on whose way the token comes: whatever else was to go out would have gone before it.
    const answer = await fetch(`${test.url}/v1.0/invoke/up/method/later`)
    expect(answer.status).toBe(200)
    expect(upstream.seen.map(({ url }) => url)).toEqual(['/later'])
  })

  it("gets the token and not a line of the endpoint's", async () => {
    const { gate, upstream, test } = await attaching({ Authorization: 'Bearer static' })
    gate.release()
    await fetch(`${test.url}/v1.0/invoke/up/method/a`)
    expect(upstream.seen.map((seen) => seen.headers.authorization)).toEqual(['Bearer acquired'])
  })
})
