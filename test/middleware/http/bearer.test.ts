// middleware.http.bearer through the contract, against a real issuer; includes Dapr's certification matrix.
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Exchange, Reply } from '../../../src/core/exchange.ts'
import { bearer } from '../../../src/middleware/http/bearer.ts'
import type { Metadata } from '../../../src/middleware/middleware.ts'
import {
  reply,
  startScriptedAuthorizationServer,
} from '../../support/scripted-authorization-server.ts'
import { createKey, encode, jwksOf, signToken } from '../../oauth/token-fixtures.ts'
import { createContext, createExchange } from '../exchange-fixture.ts'

const key = createKey('k1', 'RS256')
const stranger = createKey('k1', 'RS256')
const signal = new AbortController().signal
const minute = 60

async function createWorld(metadata: Metadata = {}) {
  const server = await startScriptedAuthorizationServer()
  const issuer = server.origin
  server.on('/.well-known/openid-configuration', reply(200, { issuer, jwks_uri: `${issuer}/jwks` }))
  server.on('/jwks', reply(200, jwksOf(key)))
  const context = createContext()
  const handler = bearer.provision({ issuer, audience: 'mcp-server', ...metadata }, context)
  onTestFinished(async () => {
    handler.close?.()
    await server[Symbol.asyncDispose]()
  })
  const now = context.clock.now() / 1000
  const claims = { iss: issuer, aud: 'mcp-server', exp: now + 10 * minute, iat: now, nbf: now }
  const send = async (...headers: string[]): Promise<Reply | undefined> =>
    handler.onRequest?.(createExchange({ headers }))
  const present = (change: object, signer = key) =>
    send('authorization', `Bearer ${signToken(signer, { ...claims, ...change })}`)
  return { server, issuer, context, handler, now, claims, send, present }
}

function header(answer: Reply | undefined, name: string): string | undefined {
  const at = answer?.headers.indexOf(name) ?? -1
  return at === -1 ? undefined : answer?.headers[at + 1]
}

describe("Dapr's certification matrix", () => {
  test('valid, and with a lower-case scheme', async () => {
    const { send, present, claims } = await createWorld()
    expect(await present({})).toBeUndefined()
    expect(await send('authorization', `bearer ${signToken(key, claims)}`)).toBeUndefined()
  })

  test.each([
    [[]],
    [['authorization', '']],
    [['authorization', 'Bearer']],
    [['authorization', 'Bearer ']],
    [['authorization', 'Bearer foo bar']],
    [['authorization', 'Bearer foo']],
  ])('%j is a 401', async (headers) => {
    const { send } = await createWorld()
    expect(await send(...headers)).toMatchObject({ status: 401 })
  })

  test.each([
    ['exp ten minutes ago', { exp: -10 }, 'expired'],
    ['exp a minute ago', { exp: -1 }, undefined],
    ['nbf in twenty minutes', { nbf: 20 }, 'not-yet-valid'],
    ['nbf in a minute', { nbf: 1 }, undefined],
    ['iat in twenty minutes', { iat: 20 }, 'not-yet-valid'],
    ['iat in a minute', { iat: 1 }, undefined],
  ] as [string, Record<string, number>, string | undefined][])(
    '%s',
    async (_name, minutes, reason) => {
      const { now, present } = await createWorld()
      const times = Object.entries(minutes).map(([name, value]) => [name, now + value * minute])
      const answer = await present(Object.fromEntries(times) as object)
      expect(answer?.reason).toBe(reason === undefined ? undefined : `TOKEN_INVALID: ${reason}`)
    },
  )

  test.each([
    ['wrong aud', { aud: 'other' }],
    ['no aud', { aud: undefined }],
    ['wrong iss', { iss: 'https://evil.example' }],
    ['no iss', { iss: undefined }],
  ])('%s', async (_name, change) => {
    const { present } = await createWorld()
    expect(await present(change)).toMatchObject({ status: 401 })
  })

  test('unsigned, and signed by another key', async () => {
    const { claims, send, present } = await createWorld()
    const unsigned = `${encode({ alg: 'none', kid: 'k1' })}.${encode(claims)}.`
    expect(await send('authorization', `Bearer ${unsigned}`)).toMatchObject({ status: 401 })
    expect(await present({}, stranger)).toMatchObject({ reason: 'TOKEN_INVALID: signature' })
  })
})

describe('answers', () => {
  test('a request without a token with a plain challenge', async () => {
    const { send } = await createWorld()
    for (const headers of [[], ['authorization', 'Basic x']]) {
      const answer = await send(...headers)
      expect(answer).toMatchObject({ status: 401, reason: 'TOKEN_MISSING' })
      expect(header(answer, 'www-authenticate')).toBe('Bearer realm="mcpauth"')
      expect(header(answer, 'cache-control')).toBe('no-store')
    }
  })

  test('every invalid token alike, and with nothing of the token', async () => {
    const { present, send } = await createWorld()
    const answers = [
      await present({ exp: 1 }),
      await present({ aud: 'canary' }),
      await present({}, stranger),
      await send('authorization', 'Bearer canary'),
      await send('authorization', 'Bearer canary canary'),
    ]
    const seen = answers.map((answer) => JSON.stringify({ ...answer, reason: '' }))
    expect(new Set(seen).size).toBe(1)
    expect(seen[0]).not.toContain('canary')
    expect(answers[0]).toMatchObject({
      status: 401,
      body: '{"errorCode":"TOKEN_INVALID","message":"The access token is not valid."}',
      reason: 'TOKEN_INVALID: expired',
    })
    expect(header(answers[0], 'www-authenticate')).toBe(
      'Bearer realm="mcpauth", error="invalid_token", error_description="The access token is not valid"',
    )
  })

  test.each([
    [{ aud: 'other' }, 'audience "other", expected "mcp-server"'],
    [{ aud: ['a', 'b'] }, 'audience ["a","b"], expected "mcp-server"'],
    [{ aud: undefined }, 'audience missing, expected "mcp-server"'],
    [{ aud: { canary: 1 } }, 'audience of a wrong type, expected "mcp-server"'],
    [{ aud: ['a', 7] }, 'audience of a wrong type, expected "mcp-server"'],
    [{ aud: 'x", expected "x' }, String.raw`audience "x\", expected \"x", expected "mcp-server"`],
    [{ aud: 'a\n\u001b[2J\u202e\u009b' }, /^audience "a\\n\\u001b\[2J\ufffd\ufffd", expected/],
    [{ aud: 'x'.repeat(5000), sub: 'canary' }, /^audience "x{78}…, expected "mcp-server"$/],
    [{ iss: 'https://as.example/' }, /^issuer "https:\/\/as\.example\/", expected "http:\/\//],
    [{ iss: null, aud: 'canary' }, /^issuer of a wrong type, expected "http/],
  ] as [object, string | RegExp][])(
    'a wrong %j with the reason in the log alone',
    async (change, reason) => {
      const { present } = await createWorld()
      const answer = await present(change)
      expect(answer?.reason.replace(/^TOKEN_INVALID: /, '')).toEqual(
        typeof reason === 'string' ? reason : expect.stringMatching(reason),
      )
      expect(answer?.reason).not.toContain('canary')
      expect(JSON.stringify({ ...answer, reason: '' })).not.toMatch(/other|expected|mcp-server/)
    },
  )

  test('more than one way of presenting a token with 400', async () => {
    const { claims, handler, send } = await createWorld()
    const value = `Bearer ${signToken(key, claims)}`
    const twice = await send('authorization', value, 'Authorization', value)
    expect(twice).toMatchObject({ status: 400 })
    expect(header(twice, 'www-authenticate')).toContain('error="invalid_request"')
    const both = createExchange({ headers: ['authorization', value], query: '?access_token=x' })
    expect(await handler.onRequest?.(both)).toMatchObject({ status: 400 })
    const query = createExchange({ query: '?access_token=x' })
    expect(await handler.onRequest?.(query)).toMatchObject({ status: 401, reason: 'TOKEN_MISSING' })
  })

  test('503 while the keys were never loaded, but 401 to what needs no key', async () => {
    const { server, send, present } = await createWorld()
    server.on('/jwks', reply(500, 'no'))
    const answer = await present({})
    expect(answer).toMatchObject({ status: 503, reason: 'KEYS_UNAVAILABLE' })
    expect(Number(header(answer, 'retry-after'))).toBeGreaterThanOrEqual(1)
    expect(answer?.body).not.toContain(server.origin)
    expect(await present({ aud: 'x' })).toMatchObject({ status: 401 })
    expect(await send()).toMatchObject({ status: 401 })
  })
})

describe('the token', () => {
  const forwarded = async (metadata: Metadata): Promise<Exchange> => {
    const { handler, claims } = await createWorld(metadata)
    const exchange = createExchange({
      headers: ['Authorization', `Bearer ${signToken(key, claims)}`, 'x', 'y'],
    })
    expect(await handler.onRequest?.(exchange)).toBeUndefined()
    return exchange
  }

  test('goes on to the application', async () => {
    expect((await forwarded({})).headers.has('authorization')).toBe(true)
  })

  test.each(['false', 'FALSE', 'no', '0'])(
    'is stripped with forwardToken %s',
    async (forwardToken) => {
      expect((await forwarded({ forwardToken })).headers.raw).toEqual(['x', 'y'])
    },
  )

  test('is judged synchronously once the keys are there, cold or warm', async () => {
    const { handler, claims } = await createWorld()
    await handler.warmUp?.(signal)
    const cold = createExchange({ headers: ['authorization', `Bearer ${signToken(key, claims)}`] })
    expect(handler.onRequest?.(cold)).toBeUndefined()
    const bad = createExchange({
      headers: ['authorization', `Bearer ${signToken(stranger, claims)}`],
    })
    expect(handler.onRequest?.(bad)).toMatchObject({ status: 401 })
  })
})

describe('starts', () => {
  test('by discovery, then the keys', async () => {
    const { handler, server, issuer } = await createWorld()
    expect(await handler.warmUp?.(signal)).toEqual([
      { what: 'signing keys', ok: true, detail: `1 key from ${issuer}/jwks` },
    ])
    expect(server.requests.map(({ path }) => path)).toEqual([
      '/.well-known/openid-configuration',
      '/jwks',
    ])
    expect(handler.summary).toBe(`tokens of ${issuer} for mcp-server`)
  })

  test('again, as every reload may do, without asking while the keys are fresh', async () => {
    const { handler, server, issuer } = await createWorld()
    const [first, again] = [await handler.warmUp?.(signal), await handler.warmUp?.(signal)]
    expect(again).toEqual(first)
    expect(again).toMatchObject([{ ok: true, detail: `1 key from ${issuer}/jwks` }])
    expect(server.count('/jwks')).toBe(1)
  })

  test('with a JWKS URL without ever asking the issuer', async () => {
    const server = await startScriptedAuthorizationServer()
    onTestFinished(() => server[Symbol.asyncDispose]())
    server.on('/keys', reply(200, jwksOf(key)))
    const { handler, now } = await createWorld({
      jwksURL: `${server.origin}/keys`,
      issuer: 'any-name',
    })
    await handler.warmUp?.(signal)
    const token = signToken(key, { iss: 'any-name', aud: ['mcp-server'], exp: now + 1 })
    expect(
      handler.onRequest?.(createExchange({ headers: ['authorization', `Bearer ${token}`] })),
    ).toBeUndefined()
    expect(server.requests.map(({ path }) => path)).toEqual(['/keys'])
  })

  test.each([
    ['no discovery document', '/.well-known/openid-configuration', reply(404, '')],
    [
      'the document of another issuer',
      '/.well-known/openid-configuration',
      reply(200, { issuer: 'x' }),
    ],
    ['no keys', '/jwks', reply(404, '')],
  ] as const)('%s is said', async (_name, path, script) => {
    const { handler, server, present } = await createWorld()
    server.on(path, script)
    expect(await handler.warmUp?.(signal)).toMatchObject([
      { ok: false, hint: expect.any(String) as string },
    ])
    expect(await present({})).toMatchObject({ status: 503 })
  })

  test.each<[string, Metadata]>([
    ['issuer', { issuer: '' }],
    ['issuer', { issuer: 'http://as.example' }],
    ['audience', { audience: '' }],
    ['jwksURL', { jwksURL: 'http://as.example/jwks' }],
    ['clockSkew', { clockSkew: '6m' }],
    ['clockSkew', { clockSkew: 'soon' }],
    ['maxLifetime', { maxLifetime: '0s' }],
    ['forwardToken', { forwardToken: 'maybe' }],
  ])('not with a wrong %s', (field, metadata) => {
    const full = { issuer: 'https://as.example', audience: 'a', ...metadata }
    expect(() => bearer.provision(full, createContext())).toThrow(`its ${field} `)
  })

  test.each([
    ['1m30s', 90],
    ['90', 90],
    ['1500ms', 1.5],
    ['0', 0],
  ])('clockSkew %s is %d seconds', async (clockSkew, seconds) => {
    const { now, present } = await createWorld({ clockSkew })
    expect(await present({ exp: now - seconds + 1 })).toBeUndefined()
    expect(await present({ exp: now - seconds })).toMatchObject({ status: 401 })
  })
})
