// What apply takes, the data plane starts with, and what the data plane refuses, apply refuses: one set of rules.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { listAt, textAt } from '../../src/core/pointer.ts'
import { hasErrors, readTexts } from '../../src/manifest/read.ts'
import { middlewares } from '../../src/middleware/index.ts'
import { createContext } from '../middleware/exchange-fixture.ts'

type Settings = Readonly<Record<string, string>>

const client = { clientID: 'client', clientSecret: 'hush', tokenURL: 'https://as.example/token' }
const good: Readonly<Record<string, Settings>> = {
  'middleware.http.oauth2': client,
  'middleware.http.oauth2clientcredentials': client,
  'middleware.http.bearer': { issuer: 'https://as.example', audience: 'mcp-server' },
  'middleware.http.routeralias': { routes: '{"/a/{id}": "/b"}' },
  'middleware.http.routerchecker': { rule: '^/a' },
  'middleware.http.uppercase': {},
  'middleware.http.ratelimit': {},
  'middleware.http.headers': {},
  'middleware.http.cors': { allowedOrigins: 'https://app.example' },
  'middleware.http.opa': { policyFile: 'fixtures/opa/policy.wasm' },
}
const [oauth2, credentials, bearer, alias, checker, uppercase, limit, headers, cors, opa] =
  Object.keys(good)

interface Verdicts {
  readonly apply: boolean
  readonly provision: boolean
}

/** What both layers say of a Component with these settings as literal values. */
function judge(type = '', change: Settings = {}): Verdicts {
  const settings = { ...good[type], ...change }
  const metadata = Object.entries(settings).map(([name, value]) => ({ name, value }))
  const manifest = {
    apiVersion: 'dapr.io/v1alpha1',
    kind: 'Component',
    metadata: { name: 'c' },
    spec: { type, version: 'v1', metadata },
  }
  const { diagnostics, resources } = readTexts([{ file: 'c', text: JSON.stringify(manifest) }])
  const normalized = listAt(resources[0]?.manifest ?? manifest, '/spec/metadata')
  const named = normalized.map(
    (item) => [textAt(item, '/name') ?? '', textAt(item, '/value') ?? ''] as const,
  )
  return { apply: !hasErrors(diagnostics), provision: starts(type, Object.fromEntries(named)) }
}

function starts(type: string, metadata: Settings): boolean {
  const middleware = middlewares.find((candidate) => candidate.type === type)
  try {
    middleware?.provision(metadata, createContext()).close?.()
    return middleware !== undefined
  } catch {
    return false
  }
}

describe('apply and provision refuse', () => {
  const urls = [
    'http://127.1/t',
    'http://0x7f.1/t',
    'http://2130706433/',
    'https://hä/t',
    'https://127.1/',
    'http://as.example/',
    'http://localhost.:1/',
    'https://user@as.example/',
    'https://as.example/#x',
    'https:as.example',
    'https:\\\\as.example',
    'https:///as.example',
    'as.example',
    'ftp://as.example/',
    'https://as.example/a b',
  ]
  const refused = ['Dapr-X', 'dapr-api-token', 'Host', 'TE', 'Content-Type', 'Cookie', 'Set-Cookie']
  const queries = ['a b', 'a;b', 'a=%zz', 'a=%ff', '=x', 'grant_type=x', 'client%5Fsecret=x']
  test.each<[string | undefined, string, string]>([
    ...urls.flatMap((url): [string | undefined, string, string][] => [
      [oauth2, 'tokenURL', url],
      [credentials, 'tokenURL', url],
      [bearer, 'jwksURL', url],
      [bearer, 'issuer', url],
    ]),
    [bearer, 'issuer', 'my-issuer'],
    [bearer, 'issuer', '  '],
    [bearer, 'audience', '\t'],
    ...refused.flatMap((name): [string | undefined, string, string][] => [
      [oauth2, 'authHeaderName', name],
      [credentials, 'headerName', name],
    ]),
    [oauth2, 'authHeaderName', 'Proxy-Authorization'],
    [oauth2, 'authHeaderName', 'http2-settings'],
    [oauth2, 'authHeaderName', 'x'.repeat(129)],
    [oauth2, 'authHeaderName', 'a b'],
    ...[...queries, '?a=1', 'scope=x', 'client_assertion=x'].map(
      (query): [string | undefined, string, string] => [oauth2, 'endpointParamsQuery', query],
    ),
    ...['6m', '301', '5m1s', 'soon', '-1s', '1d', '1e2'].map(
      (skew): [string | undefined, string, string] => [bearer, 'clockSkew', skew],
    ),
    [bearer, 'maxLifetime', '0s'],
    [bearer, 'maxLifetime', '999ms'],
    [bearer, 'maxLifetime', '8761h'],
    [bearer, 'forwardToken', 'maybe'],
    ...['a"b', '[1]', 'ä'].flatMap((text): [string | undefined, string, string][] => [
      [bearer, 'scopes', text],
      [bearer, 'requiredScopes', text],
    ]),
    [bearer, 'introspectionURL', 'https://as.example/introspect'],
    [bearer, 'introspectionCache', '61m'],
    [bearer, 'dpop', 'yes'],
    [bearer, 'dpopNonce', 'maybe'],
    [bearer, 'scopeHierarchy', 'admin'],
    [bearer, 'scopeHierarchy', 'a > b, b > a'],
    [bearer, 'toolScopes', 'add'],
    [bearer, 'toolScopes', '= mcp:write'],
    [bearer, 'toolScopes', 'add = "a"'],
    [bearer, 'issuers', 'https://a.test my-issuer'],
    [bearer, 'audiences', '[a]'],
    [bearer, 'requiredClaims', '=x'],
    [bearer, 'claimHeaders', 'Authorization=sub'],
    [bearer, 'claimHeaders', 'X-A=a, x-a=b'],
    ...['{}', '{"a":"/b"}', '{"/a":"/b?c"}', '{"/a/{x:(}":"/b"}', '{"/a":"/./b"}', '/a /b'].map(
      (routes): [string | undefined, string, string] => [alias, 'routes', routes],
    ),
    [checker, 'rule', '(?=x)'],
    [checker, 'rule', ' '],
    [opa, 'rego', 'package http'],
    [opa, 'defaultStatus', '200'],
    [opa, 'readMCP', 'maybe'],
    [uppercase, 'direction', 'up'],
    ...[
      'Host',
      'content-length',
      'Transfer-Encoding',
      'Connection',
      'Dapr-Caller-App-Id',
      'dapr_caller_app_id',
      'TE',
      'a:b',
      '__proto__',
    ].flatMap((name): [string | undefined, string, string][] => [
      [headers, 'setRequest', JSON.stringify({ [name]: 'x' })],
      [headers, 'removeRequest', name],
      [headers, 'setResponse', JSON.stringify({ [name]: 'x' })],
      [headers, 'removeResponse', name],
    ]),
    ...[
      '{}',
      '[]',
      'X-A',
      '{"X-A":1}',
      '{"Authorization":"x"}',
      '{"X-A":"a\\nb"}',
      '{"X-A":"","x_a":""}',
    ].map((map): [string | undefined, string, string] => [headers, 'setRequest', map]),
    ...[
      '*',
      'null',
      'https://a.example/',
      'https://A.example',
      'ftp://a.example',
      'https://a.example:443',
      '',
    ].map((origin): [string | undefined, string, string] => [cors, 'allowedOrigins', origin]),
    [cors, 'allowedMethods', '*'],
    [cors, 'exposedHeaders', 'a:b'],
    [cors, 'maxAge', '25h'],
    [cors, 'allowCredentials', 'maybe'],
    ...['0', '-1', 'many', '1e2', '1000001', '0.0001', '1.'].map(
      (rate): [string | undefined, string, string] => [limit, 'maxRequestsPerSecond', rate],
    ),
    [oauth2, 'authStyle', '3'],
    [oauth2, 'authStyle', '01'],
    [oauth2, 'defaultExpiresIn', '0'],
    [oauth2, 'defaultExpiresIn', '86401'],
    [oauth2, 'resource', 'https://as.example/#x'],
    [oauth2, 'resource', 'https:'],
    [oauth2, 'resource', 'relative'],
    [oauth2, 'pathFilter', '(?=x)'],
    [oauth2, 'pathFilter', 'x'.repeat(1025)],
    [oauth2, 'grantType', 'authorization_code'],
    [oauth2, 'clientAuthMethod', 'private_key_jwt'],
    [oauth2, 'clientAuthMethod', 'client_secret_jwt'],
    [oauth2, 'clientAuthMethod', 'tls_client_auth'],
    [oauth2, 'subjectTokenType', 'jwe'],
    [oauth2, 'grantType', 'id_jag'],
    [oauth2, 'dpop', 'allowed'],
    [oauth2, 'idpTokenURL', 'http://idp.example/token'],
  ])('%s with %s %j', (type, field, text) => {
    expect(judge(type, { [field]: text })).toEqual({ apply: false, provision: false })
  })
})

describe('apply and provision take', () => {
  test.each<[string | undefined, Settings]>([
    [alias, { routes: '"/a/{x:[a-z]{2}}": /b' }],
    [checker, {}],
    [uppercase, { direction: 'both' }],
    [limit, { maxRequestsPerSecond: '0.5' }],
    [headers, { setRequest: '{"X-A": "a, b", "x-b": ""}', removeRequest: 'Authorization cookie' }],
    [cors, { allowedOrigins: 'https://a.example http://b.example:81', maxAge: '1h' }],
    [bearer, {}],
    [bearer, { clockSkew: '1m30s', maxLifetime: '8760h' }],
    [bearer, { clockSkew: '90', maxLifetime: '1500ms' }],
    [bearer, { clockSkew: '0.5m' }],
    [bearer, { scopes: 'a b', requiredScopes: 'a,b', scopeHierarchy: 'c > a b' }],
    [bearer, { toolScopes: 'add = a b, delete_* = c' }],
    [bearer, { issuers: 'https://a.test, https://b.test', audiences: '["a b"]' }],
    [bearer, { requiredClaims: 'a, b=c', claimHeaders: 'X-A=a' }],
    [
      bearer,
      {
        introspectionURL: 'https://as.example/introspect',
        introspectionClientID: 'rs',
        introspectionClientSecret: 'hush',
        introspectionCache: '0',
      },
    ],
    [bearer, { dpop: 'required', dpopNonce: 'yes' }],
    [bearer, { forwardToken: 'No' }],
    [bearer, { forwardToken: '1' }],
    [bearer, { issuer: 'my-issuer', jwksURL: 'https://as.example/jwks' }],
    [bearer, { issuer: 'http://127.0.0.1:8080' }],
    [bearer, { issuer: ' https://as.example ' }],
    [oauth2, { tokenURL: 'http://[::1]:1/t', authHeaderName: 'X-Api-Token' }],
    [oauth2, { endpointParamsQuery: 'a=%20b&c=d+e&' }],
    [oauth2, { resource: 'urn:x', audience: 'a', authStyle: '2', defaultExpiresIn: '300' }],
    [oauth2, { pathFilter: '😀'.repeat(1024) }],
    [credentials, { tokenURL: 'HTTPS://AS.example:8443/t?x=1' }],
  ])('%s with %j', (type, change) => {
    expect(judge(type, change)).toEqual({ apply: true, provision: true })
  })
})

test('whatever apply takes, provision starts with', () => {
  const words =
    'http https : // 127.0.0.1 127.1 localhost ä @ # ? %20 % / a B - . 0 1 5 m s h 30 true no & = ; ( ) [ ] * ' +
    'host dapr- cookie scope client_id \u00a0 > X- , \u0022'
  const pieces = fc.constantFrom(' ', ...words.split(' '))
  const text = fc.oneof(
    fc.array(pieces, { minLength: 1, maxLength: 8 }).map((parts) => parts.join('')),
    fc.webUrl(),
    fc.string(),
  )
  const fields = [
    [oauth2, 'tokenURL clientID scopes authHeaderName pathFilter resource audience authURL'],
    [oauth2, 'endpointParamsQuery authStyle defaultExpiresIn grantType'],
    [bearer, 'issuer audience jwksURL clockSkew requireTyp forwardToken maxLifetime'],
    [
      bearer,
      'scopes requiredScopes scopeHierarchy toolScopes issuers audiences requiredClaims claimHeaders',
    ],
    [bearer, 'introspectionURL introspectionCache introspectionClientID'],
  ] as const
  const all = fields.flatMap(([type, names]) =>
    names.split(' ').map((name) => [type, name] as const),
  )
  fc.assert(
    fc.property(fc.constantFrom(...all), text, ([type, field], value) => {
      const { apply, provision } = judge(type, { [field]: value })
      if (apply) expect({ [field]: value, provision }).toEqual({ [field]: value, provision: true })
    }),
    { numRuns: 3000 },
  )
})
