// What both OAuth component types must do, through the middleware contract and against a real token endpoint.
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Exchange, Reply } from '../../../src/core/exchange.ts'
import { Secret } from '../../../src/core/secret.ts'
import type { Metadata, Middleware } from '../../../src/middleware/middleware.ts'
import {
  held,
  inTurn,
  reply,
  startScriptedAuthorizationServer,
} from '../../support/scripted-authorization-server.ts'
import type { Script } from '../../support/scripted-authorization-server.ts'
import { createContext, createExchange, createHead } from '../exchange-fixture.ts'

const canary = 'canary-secret-value'
const token = (value: string) =>
  reply(200, { access_token: value, token_type: 'Bearer', expires_in: 3600, scope: 'mcp:read' })
const tokens = () => inTurn(...Array.from({ length: 20 }, (_, index) => token(`tok-${index + 1}`)))

export function describeClientCredentials(middleware: Middleware, headerField: string): void {
  async function createWorld(script: Script = tokens(), metadata: Metadata = {}) {
    const server = await startScriptedAuthorizationServer()
    server.on('/token', script)
    const context = createContext()
    const full = {
      clientID: 'client',
      clientSecret: new Secret(canary),
      tokenURL: `${server.origin}/token`,
      scopes: 'mcp:read,mcp:write',
      ...metadata,
    }
    const handler = middleware.provision(full, context)
    onTestFinished(async () => {
      handler.close?.()
      await server[Symbol.asyncDispose]()
    })
    const send = async (exchange: Exchange): Promise<Reply | undefined> =>
      handler.onRequest?.(exchange)
    return { server, context, handler, full, send, clock: context.clock }
  }

  const authorization = (exchange: Exchange) => exchange.headers.values('authorization')

  describe('attaches the token', () => {
    test('replacing whatever the caller sent, for a thousand callers by one request', async () => {
      const { server, send } = await createWorld()
      const exchanges = Array.from({ length: 1000 }, () =>
        createExchange({ headers: ['authorization', 'Bearer own', 'AUTHORIZATION', 'Basic x'] }),
      )
      const replies = await Promise.all(exchanges.map((exchange) => send(exchange)))
      expect(replies.every((answer) => answer === undefined)).toBe(true)
      expect(
        exchanges.every((exchange) => String(authorization(exchange)) === 'Bearer tok-1'),
      ).toBe(true)
      expect(server.requests).toHaveLength(1)
      expect(server.requests[0]?.form.get('scope')).toBe('mcp:read mcp:write')
    })

    test('synchronously when it is warm', async () => {
      const { handler, send } = await createWorld()
      await send(createExchange())
      const exchange = createExchange()
      expect(handler.onRequest?.(exchange)).toBeUndefined()
      expect(authorization(exchange)).toEqual(['Bearer tok-1'])
    })

    test('in another header, leaving Authorization to the caller', async () => {
      const { send } = await createWorld(tokens(), { [headerField]: 'X-Api-Token' })
      const exchange = createExchange({
        headers: ['authorization', 'Bearer own', 'x-api-token', 'old'],
      })
      await send(exchange)
      expect(authorization(exchange)).toEqual(['Bearer own'])
      expect(exchange.headers.values('x-api-token')).toEqual(['Bearer tok-1'])
    })

    test('only where the path filter matches, anywhere in the decoded path', async () => {
      const { server, send } = await createWorld(tokens(), { pathFilter: '/m(c|x)p/a b' })
      const outside = createExchange({ path: '/other', headers: ['authorization', 'Bearer own'] })
      expect(await send(outside)).toBeUndefined()
      expect(authorization(outside)).toEqual(['Bearer own'])
      expect(server.requests).toHaveLength(0)
      const inside = createExchange({ path: '/v1/mcp/a%20b/c' })
      await send(inside)
      expect(authorization(inside)).toEqual(['Bearer tok-1'])
    })

    test('shared with an equal component, kept over a reload, and not with another client', async () => {
      const { server, context, handler, full, send } = await createWorld()
      await send(createExchange())
      const reloaded = middleware.provision(full, context)
      handler.close?.()
      const exchange = createExchange()
      expect(reloaded.onRequest?.(exchange)).toBeUndefined()
      expect(authorization(exchange)).toEqual(['Bearer tok-1'])
      const other = middleware.provision({ ...full, audience: 'else', resource: 'urn:x' }, context)
      const second = createExchange()
      await other.onRequest?.(second)
      expect(authorization(second)).toEqual(['Bearer tok-2'])
      expect(server.requests[1]?.form.get('audience')).toBe('else')
      expect(server.requests[1]?.form.get('resource')).toBe('urn:x')
      reloaded.close?.()
      other.close?.()
    })

    test('with further parameters of the token request', async () => {
      const { server, send } = await createWorld(tokens(), {
        endpointParamsQuery: 'tenant=a%20b&x=1',
        authStyle: '1',
      })
      await send(createExchange())
      expect(Object.fromEntries(server.requests[0]?.form ?? [])).toMatchObject({
        tenant: 'a b',
        x: '1',
        client_id: 'client',
      })
    })
  })

  describe('lets nothing out without a token', () => {
    test.each([
      [
        'refused',
        reply(401, { error: 'invalid_client', error_description: canary }),
        502,
        'TOKEN_ENDPOINT_REFUSED',
      ],
      ['failing', reply(500, canary), 503, 'TOKEN_ENDPOINT_UNAVAILABLE'],
      ['redirecting', reply(302, '', { location: '/x' }), 502, 'TOKEN_ENDPOINT_REFUSED'],
    ] as [string, Script, number, string][])('%s', async (_name, script, status, code) => {
      const { server, send } = await createWorld(script, { authStyle: '2' })
      const exchange = createExchange({ headers: ['authorization', 'Bearer own'] })
      const answer = await send(exchange)
      expect(answer).toMatchObject({ status })
      expect(JSON.parse(answer?.body ?? '{}')).toMatchObject({ errorCode: code })
      expect(answer?.headers.includes('retry-after')).toBe(status === 503)
      expect(answer?.headers).toContain('no-store')
      expect(JSON.stringify(answer)).not.toContain('canary')
      await send(createExchange())
      expect(server.requests).toHaveLength(1)
    })

    test('names the error code in the reason', async () => {
      const { send } = await createWorld(reply(400, { error: 'invalid_scope' }))
      expect((await send(createExchange()))?.reason).toBe('TOKEN_ENDPOINT_REFUSED: invalid_scope')
    })

    test('and recovers by itself', async () => {
      const { clock, send } = await createWorld(inTurn(reply(503, ''), token('back')))
      expect(await send(createExchange())).toMatchObject({ status: 503 })
      clock.advance(2)
      const exchange = createExchange()
      expect(await send(exchange)).toBeUndefined()
      expect(authorization(exchange)).toEqual(['Bearer back'])
    })

    test('a caller that leaves takes nobody along', async () => {
      const gate = held(token('tok'))
      const { send } = await createWorld(gate.script)
      const leaving = new AbortController()
      const left = send(createExchange({ signal: leaving.signal }))
      const stays = send(createExchange())
      leaving.abort()
      expect(await left).toMatchObject({ status: 504 })
      gate.release()
      expect(await stays).toBeUndefined()
    })
  })

  describe('on a 401 of the upstream', () => {
    async function refused(
      options: { age?: number; replayable?: boolean; head?: readonly string[] } = {},
    ) {
      const world = await createWorld()
      const exchange = createExchange({ replayable: options.replayable ?? true })
      await world.send(exchange)
      world.clock.advance(options.age ?? 30)
      const verdict = await world.handler.onResponse?.(exchange, createHead(401, options.head))
      return { ...world, exchange, verdict }
    }

    test('renews the token and asks for one retry', async () => {
      const { server, handler, exchange, verdict, clock } = await refused()
      expect(verdict).toBe('retry')
      expect(authorization(exchange)).toEqual(['Bearer tok-2'])
      clock.advance(1)
      expect(
        await handler.onResponse?.({ ...exchange, replayable: false }, createHead(401)),
      ).toBeUndefined()
      expect(server.requests).toHaveLength(2)
    })

    test('concurrent refusals make one request', async () => {
      const world = await createWorld()
      const exchanges = Array.from({ length: 50 }, () => createExchange())
      await Promise.all(exchanges.map((exchange) => world.send(exchange)))
      world.clock.advance(60)
      const verdicts = await Promise.all(
        exchanges.map(async (exchange) => world.handler.onResponse?.(exchange, createHead(401))),
      )
      expect(new Set(verdicts)).toEqual(new Set(['retry']))
      expect(world.server.requests).toHaveLength(2)
    })

    test('passes it on while the token is young', async () => {
      const { server, verdict } = await refused({ age: 29 })
      expect(verdict).toBeUndefined()
      expect(server.requests).toHaveLength(1)
    })

    test('passes it on when the body is gone, and the next request gets a new token', async () => {
      const { send, verdict } = await refused({ replayable: false })
      expect(verdict).toBeUndefined()
      const next = createExchange()
      await send(next)
      expect(authorization(next)).toEqual(['Bearer tok-2'])
    })

    test('passes on a lack of scope', async () => {
      const head = ['WWW-Authenticate', 'Bearer error="insufficient_scope"']
      expect((await refused({ head })).verdict).toBeUndefined()
    })

    test('does nothing about requests it did not touch, and about other statuses', async () => {
      const world = await createWorld(tokens(), { pathFilter: '^/mcp$' })
      const outside = createExchange({ path: '/other' })
      await world.send(outside)
      const inside = createExchange()
      await world.send(inside)
      world.clock.advance(60)
      expect(await world.handler.onResponse?.(outside, createHead(401))).toBeUndefined()
      expect(await world.handler.onResponse?.(inside, createHead(403))).toBeUndefined()
      expect(await world.handler.onResponse?.(inside, createHead(200))).toBeUndefined()
      expect(world.server.requests).toHaveLength(1)
    })

    test('passes it on when there is no other token', async () => {
      const world = await createWorld(inTurn(token('only'), reply(500, '')))
      const exchange = createExchange()
      await world.send(exchange)
      world.clock.advance(60)
      expect(await world.handler.onResponse?.(exchange, createHead(401))).toBeUndefined()
    })
  })

  describe('starts', () => {
    const signal = new AbortController().signal

    test('by getting a first token', async () => {
      const { handler, server } = await createWorld()
      expect(await handler.warmUp?.(signal)).toEqual([
        { what: 'first token', ok: true, detail: 'expires in 3600 s, scope mcp:read' },
      ])
      expect(handler.summary).toBe(`client_credentials at ${server.origin}/token`)
    })

    test('and says what is wrong when it cannot', async () => {
      const { handler } = await createWorld(reply(401, { error: 'invalid_client' }))
      expect(await handler.warmUp?.(signal)).toMatchObject([
        {
          ok: false,
          detail: expect.stringContaining('invalid_client') as string,
          hint: expect.any(String) as string,
        },
      ])
    })
  })
}
