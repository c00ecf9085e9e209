// How a login ends: by the browser, by an address that is pasted, by nobody, or because somebody else was there first.
import { expect, onTestFinished, test, vi } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { sendControlRequest } from '../../src/oauth/control-request.ts'
import { logIn, type LoginParts } from '../../src/oauth/login.ts'
import {
  reply,
  startScriptedAuthorizationServer,
} from '../support/scripted-authorization-server.ts'

async function world() {
  const server = await startScriptedAuthorizationServer()
  onTestFinished(() => server[Symbol.asyncDispose]())
  server.on('/token', reply(200, { access_token: 'access', token_type: 'Bearer', expires_in: 60 }))
  const tokenUrl = new URL(`${server.origin}/token`)
  const authUrl = new URL(`${server.origin}/authorize`)
  const client = { tokenUrl, clientId: 'c', authStyle: 0 as const, scopes: [], params: [] }
  const as = { authUrl, tokenUrl, issuer: server.origin, sendsIssuer: false }
  const login = (parts: Pick<LoginParts, 'show'> & Partial<LoginParts>) =>
    logIn(
      { server: as, client, redirectUrl: undefined },
      {
        send: sendControlRequest,
        clock: systemClock,
        signal: new AbortController().signal,
        ...parts,
      },
    )
  return { server, login }
}

function answerTo(url: URL): string {
  const back = new URL(url.searchParams.get('redirect_uri') ?? '')
  back.searchParams.set('state', url.searchParams.get('state') ?? '')
  back.searchParams.set('code', 'pasted')
  return back.href
}

test('an address that is pasted ends the login; other lines, and the end of the input, do not', async () => {
  const { server, login } = await world()
  const shown = Promise.withResolvers<URL>()
  const notes: string[] = []
  async function* pasted() {
    const url = await shown.promise
    yield ''
    yield 'nonsense'
    yield 'http://127.0.0.1:1/callback?code=evil&state=other'
    yield ` ${answerTo(url)}\r`
  }
  const tokens = await login({
    show: (url) => shown.resolve(url),
    pasted: pasted(),
    notPasted: () => notes.push('no'),
  })
  expect(tokens.accessToken.reveal()).toBe('access')
  expect(notes).toEqual(['no', 'no'])
  expect(server.requests[0]?.form.get('code')).toBe('pasted')
})

test('an input that is closed is no answer: the browser still is', async () => {
  const { login } = await world()
  async function* pasted(): AsyncGenerator<string> {}
  const tokens = await login({ show: (url) => void fetch(answerTo(url)), pasted: pasted() })
  expect(tokens.accessToken.reveal()).toBe('access')
})

test('nobody else can open the login that the browser was given', async () => {
  const { server, login } = await world()
  const opened = login({
    show: (_url, start) => {
      void fetch(start, { redirect: 'manual' }).then(() => fetch(start, { redirect: 'manual' }))
    },
  })
  await expect(opened).rejects.toThrow('was opened twice')
  expect(server.count('/token')).toBe(0)
})

test('of two logins at once, neither takes the answer to the other', async () => {
  const { server, login } = await world()
  const urls: URL[] = []
  const logins = [0, 1].map((index) => login({ show: (url) => (urls[index] = url) }))
  await vi.waitUntil(() => urls[0] !== undefined && urls[1] !== undefined)
  const answers = urls.map((url) => new URL(answerTo(url)))
  const mixed = new URL(answers[0] ?? '')
  mixed.search = answers[1]?.search ?? ''
  expect((await fetch(mixed)).status).toBe(400)
  expect(server.count('/token')).toBe(0)
  for (const answer of answers) expect((await fetch(answer)).status).toBe(200)
  expect(await Promise.all(logins)).toHaveLength(2)
})

test('a code of another server goes nowhere, and an answer cannot say where a code goes', async () => {
  const { server, login } = await world()
  const other = await world()
  const answer = (url: URL, iss: string) => {
    const back = new URL(answerTo(url))
    back.searchParams.set('iss', iss)
    back.searchParams.set('token_endpoint', `${other.server.origin}/token`)
    return fetch(back)
  }
  const mixedUp = login({ show: (url) => void answer(url, other.server.origin) })
  await expect(mixedUp).rejects.toThrow('is of another issuer')
  expect(server.count('/token')).toBe(0)
  await login({ show: (url) => void answer(url, server.origin) })
  expect(server.count('/token')).toBe(1)
  expect(other.server.requests).toEqual([])
})

test('a login that is given up takes no answer any more', async () => {
  const { server, login } = await world()
  const limit = new AbortController()
  const shown = Promise.withResolvers<URL>()
  const late = login({
    signal: limit.signal,
    show: (url) => {
      shown.resolve(url)
      limit.abort()
    },
  })
  await expect(late).rejects.toThrow('was not finished in time')
  await expect(fetch(answerTo(await shown.promise))).rejects.toThrow('fetch failed')
  expect(server.count('/token')).toBe(0)
})
