// What a login sends to the browser, and which answers it takes.
import { createHash } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import {
  beginLogin,
  readLoginAnswer,
  type LoginServer,
} from '../../src/oauth/authorization-code.ts'
import { openLoginCallback } from '../../src/oauth/login-callback.ts'

const server: LoginServer = {
  authUrl: new URL('https://as.example/authorize?tenant=a'),
  tokenUrl: new URL('https://as.example/token'),
  issuer: 'https://as.example',
  sendsIssuer: false,
}

function begin(change: Partial<LoginServer> = {}) {
  return beginLogin({
    server: { ...server, ...change },
    clientId: 'c',
    redirectUri: 'http://127.0.0.1:1/callback',
    scopes: ['a', 'b'],
    params: [
      ['resource', 'https://mcp.example'],
      ['state', 'mine'],
    ],
  })
}

test('sends PKCE with S256, a state, the resource, and nothing that a setting could overwrite', () => {
  const { url, verifier, state } = begin()
  expect(Object.fromEntries(url.searchParams)).toEqual({
    tenant: 'a',
    response_type: 'code',
    client_id: 'c',
    redirect_uri: 'http://127.0.0.1:1/callback',
    scope: 'a b',
    resource: 'https://mcp.example',
    state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  expect(begin().state).not.toBe(state)
})

const good = { code: 'x', iss: 'https://as.example' }

test.each<[string, Record<string, string>, Partial<LoginServer>, object]>([
  ['a code', good, {}, { code: 'x' }],
  ['no iss where none is promised', { code: 'x' }, {}, { code: 'x' }],
  [
    'an iss of the right origin where no issuer is known',
    good,
    { issuer: undefined },
    { code: 'x' },
  ],
])('takes %s', (_name, fields, change, answer) => {
  const attempt = begin(change)
  const query = new URLSearchParams({ ...fields, state: attempt.state })
  expect(readLoginAnswer(query, attempt)).toEqual(answer)
})

test.each<[string, Record<string, string>, Partial<LoginServer>, RegExp]>([
  ['another state', { ...good, state: 'other' }, {}, /state/],
  ['no state', { ...good, state: '' }, {}, /state/],
  ['another issuer', { ...good, iss: 'https://as.example/' }, {}, /another issuer/],
  ['an issuer in capitals', { ...good, iss: 'https://AS.example' }, {}, /another issuer/],
  ['an issuer with its port', { ...good, iss: 'https://as.example:443' }, {}, /another issuer/],
  ['an issuer in percent signs', { ...good, iss: 'https://as%2Eexample' }, {}, /another issuer/],
  ['an empty issuer', { ...good, iss: '' }, {}, /another issuer/],
  ['the issuer of a mix-up', { ...good, iss: 'https://other.example' }, {}, /another issuer/],
  [
    'another origin',
    { ...good, iss: 'https://evil.example' },
    { issuer: undefined },
    /another issuer/,
  ],
  ['no iss where one is promised', { code: 'x' }, { sendsIssuer: true }, /no iss/],
  ['an error without the iss', { error: 'x' }, { sendsIssuer: true }, /no iss/],
  ['no code', { iss: 'https://as.example' }, {}, /no code/],
  ['a refusal', { error: 'access_denied', iss: 'https://as.example' }, {}, /access_denied/],
])('refuses %s', (_name, fields, change, problem) => {
  const attempt = begin(change)
  const answer = readLoginAnswer(new URLSearchParams({ state: attempt.state, ...fields }), attempt)
  expect(answer).toEqual({ problem: expect.stringMatching(problem) })
})

test('does not show the error of another issuer', () => {
  const attempt = begin()
  const forged = new URLSearchParams({ state: attempt.state, error: 'call_me', iss: 'https://x' })
  expect(JSON.stringify(readLoginAnswer(forged, attempt))).not.toContain('call_me')
})

test.each(['state', 'iss', 'code', 'error'])('takes no answer that has %s twice', (name) => {
  const attempt = begin()
  const query = new URLSearchParams({ ...good, error: 'x', state: attempt.state })
  query.append(name, query.get(name) ?? '')
  expect(readLoginAnswer(query, attempt)).toEqual({ problem: `has ${name} twice` })
})

test('the callback answers only its own path, host and method, once, and ignores strangers', async () => {
  const callback = await openLoginCallback(undefined, (query) => query.get('state') === 's')
  onTestFinished(() => callback.close())
  const { redirectUri } = callback
  expect(redirectUri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/)
  const status = async (url: string, init: RequestInit = {}) => (await fetch(url, init)).status
  expect(await status(`${redirectUri}?state=other&code=evil`)).toBe(400)
  expect(await status(`${redirectUri}/more?state=s`)).toBe(404)
  expect(await status(`${redirectUri.replace('127.0.0.1', 'localhost')}?state=s`)).toBe(404)
  expect(await status(`${redirectUri}?state=s`, { method: 'POST' })).toBe(405)
  // A browser that looks ahead must not use the answer up.
  expect(await status(`${redirectUri}?state=s`, { method: 'HEAD' })).toBe(405)
  expect(await status(`${redirectUri}?code=evil`)).toBe(400)
  expect(await status(`${redirectUri}?state=s&code=${'x'.repeat(20_000)}`)).toBe(400)
  expect(await status(`${redirectUri}?state=s&code=${'x'.repeat(100_000)}`)).toBe(431)
  const page = await fetch(`${redirectUri}?state=s&code=good`)
  expect(page.headers.get('referrer-policy')).toBe('no-referrer')
  expect(page.headers.get('cache-control')).toBe('no-store')
  expect(page.headers.get('content-security-policy')).toBe("default-src 'none'")
  expect(page.headers.get('content-type')).toContain('text/plain')
  expect((await callback.answered).get('code')).toBe('good')
  expect(await status(`${redirectUri}?state=s&code=again`)).toBe(404)
})

test('the address for the browser leads to the login once, and tells when it is opened again', async () => {
  const callback = await openLoginCallback(new URL('http://127.0.0.1/back'), () => true)
  onTestFinished(() => callback.close())
  // A redirect without a port gets a free one.
  expect(callback.redirectUri).toMatch(/^http:\/\/127\.0\.0\.1:\d{4,5}\/back$/)
  const start = callback.begin(begin().url)
  expect(start.href).not.toContain(begin().url.search)
  // Nothing in the address changes where it leads.
  const first = await fetch(`${start.href}?to=//evil.example`, { redirect: 'manual' })
  expect(first.headers.get('location')).toMatch(/^https:\/\/as\.example\/authorize\?tenant=a/)
  const second = await fetch(start, { redirect: 'manual' })
  expect(second.status).toBe(410)
  expect(second.headers.get('location')).toBeNull()
  await callback.startedTwice
})

test('the callback listens to this machine alone, and shares its port with nobody', async () => {
  const callback = await openLoginCallback(undefined, () => true)
  onTestFinished(() => callback.close())
  const { port } = new URL(callback.redirectUri)
  // Whoever listens to all addresses has these too.
  for (const other of ['127.0.0.2', '[::1]']) {
    await expect(fetch(`http://${other}:${port}/callback`)).rejects.toThrow('fetch failed')
  }
  const again = openLoginCallback(new URL(callback.redirectUri), () => true)
  await expect(again).rejects.toMatchObject({ code: 'PORT_IN_USE' })
})
