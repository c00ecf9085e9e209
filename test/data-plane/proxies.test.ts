// HTTPEndpoints behind the proxies that the environment names: who is called through which, and what the proxy gets to see.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, request as httpRequest } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect, type AddressInfo, type Server } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'

import { proxiesFrom } from '../../src/data-plane/proxies.ts'
import { endpoint, snapshotOf } from '../support/sidecar.ts'
import { sidecarOf, upstreamOf } from './call-fixture.ts'

describe('the proxy of an origin', () => {
  const env = {
    HTTP_PROXY: 'http://plain.test:3128',
    https_proxy: 'secure.test:3128',
    NO_PROXY: 'exact.test, .below.test,10.0.0.0/8,[2001:db8::1]:443,port.test:8443,*.star.test',
  }

  it.for([
    ['https://a.test', 'http://secure.test:3128'],
    ['http://a.test', 'http://plain.test:3128'],
    ['https://localhost:1', undefined],
    ['https://app.localhost', undefined],
    ['https://127.8.0.1', undefined],
    ['http://[::1]:8080', undefined],
    ['https://exact.test', undefined],
    ['https://sub.exact.test', undefined],
    ['https://inexact.test', 'http://secure.test:3128'],
    ['https://below.test', 'http://secure.test:3128'],
    ['https://a.below.test', undefined],
    ['https://a.star.test', undefined],
    ['https://star.test', 'http://secure.test:3128'],
    ['https://10.1.2.3', undefined],
    ['https://11.1.2.3', 'http://secure.test:3128'],
    ['https://[2001:db8::1]', undefined],
    ['https://[2001:db8::1]:8443', 'http://secure.test:3128'],
    ['https://port.test:8443', undefined],
    ['https://port.test', 'http://secure.test:3128'],
  ] as const)('%s is %s', ([origin, expected]) => {
    expect(proxiesFrom(env).forOrigin(origin)?.origin).toBe(expected)
  })

  it('is none where there are none, and where all are excepted', () => {
    expect(proxiesFrom({}).forOrigin('https://a.test')).toBeUndefined()
    expect(proxiesFrom({ ...env, NO_PROXY: '*' }).forOrigin('https://a.test')).toBeUndefined()
  })

  it('is refused when it is no HTTP proxy, without a word of it', () => {
    expect(() => proxiesFrom({ HTTPS_PROXY: 'socks5://me:canary@proxy.test' })).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.not.stringContaining('canary') }),
    )
  })
})

const pem = (name: string): string =>
  readFileSync(new URL(`../../fixtures/tls/${name}`, import.meta.url), 'utf8')

async function portOf(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

/** Sends everything to 127.0.0.1, whatever host was asked for; `refusal` is what it answers to CONNECT instead. */
async function proxyServer(refusal?: string) {
  const seen: string[] = []
  const server = createServer((request, response) => {
    const { host, port, pathname } = new URL(request.url ?? '')
    seen.push(`${request.method} ${request.url} ${request.headers['proxy-authorization']}`)
    const headers = { ...request.headers, host }
    httpRequest({ port, path: pathname, headers }, (answer) => answer.pipe(response)).end()
  })
  server.on('connect', ({ url = '', headers }, socket) => {
    seen.push(`CONNECT ${url} ${headers['proxy-authorization']}`)
    socket.on('error', () => {})
    if (refusal !== undefined) {
      socket.end(refusal)
      return
    }
    const onward = connect(Number(url.split(':').at(-1)), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      onward.pipe(socket).pipe(onward)
    })
    onward.on('error', () => {})
  })
  const port = await portOf(server)
  return { seen, port, url: `http://me:p%40ss@127.0.0.1:${port}` }
}

const basic = `Basic ${Buffer.from('me:p@ss').toString('base64')}`

describe('a call through a proxy', () => {
  it('over https goes through a tunnel, with the TLS of the endpoint inside', async () => {
    const proxy = await proxyServer()
    const options = { cert: pem('localhost.crt'), key: pem('localhost.key') }
    const port = await portOf(
      createTlsServer(options, (request, response) => response.end(`over TLS ${request.url}`)),
    )
    const tls = { rootCA: pem('localhost.crt'), digest: 'd' }
    const up = { ...endpoint('up', `https://localhost.test:${port}`), tls }
    const proxies = { forOrigin: () => new URL(proxy.url) }
    const { url } = await sidecarOf(snapshotOf({ endpoints: [up] }), {}, { proxies })
    const answer = await fetch(`${url}/v1.0/invoke/up/method/x`)
    // The name is that of the endpoint, not that of the proxy.
    expect(await answer.text()).toContain('is for another host name')
    const right = { ...endpoint('up', `https://localhost:${port}`), tls }
    const second = await sidecarOf(snapshotOf({ endpoints: [right] }), {}, { proxies })
    expect(await (await fetch(`${second.url}/v1.0/invoke/up/method/x`)).text()).toBe('over TLS /x')
    expect(proxy.seen).toEqual([
      `CONNECT localhost.test:${port} ${basic}`,
      `CONNECT localhost:${port} ${basic}`,
    ])
  })

  it('over http names the whole URL, and the upstream is the one that was meant', async () => {
    const proxy = await proxyServer()
    const upstream = await upstreamOf((_request, response) => void response.end('reached'))
    const origin = `http://up.test:${upstream.port}`
    const { url } = await sidecarOf(
      snapshotOf({ endpoints: [endpoint('up', `${origin}/base`)] }),
      {},
      { proxies: proxiesFrom({ HTTP_PROXY: proxy.url }) },
    )
    expect(await (await fetch(`${url}/v1.0/invoke/up/method/x`)).text()).toBe('reached')
    expect(proxy.seen).toEqual([`GET ${origin}/base/x ${basic}`])
    expect(upstream.seen[0]?.headers.host).toBe(`up.test:${upstream.port}`)
  })

  it('that refuses, or is not there, is 502 and names the proxy without its password', async () => {
    const proxy = await proxyServer('HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n')
    const call = async (base: string, address: string): Promise<string> => {
      const proxies = { forOrigin: () => new URL(address) }
      const snapshot = snapshotOf({ endpoints: [endpoint('up', base)] })
      const { url } = await sidecarOf(snapshot, {}, { proxies })
      const answer = await fetch(`${url}/v1.0/invoke/up/method/x`)
      return `${answer.status} ${await answer.text()}`
    }
    const refused = await call('https://up.test', proxy.url)
    expect(refused).toMatch(/^502 .*UPSTREAM_UNREACHABLE.*answered 407 to CONNECT/)
    const free = `http://me:secret@127.0.0.1:1`
    for (const base of ['https://up.test', 'http://up.test']) {
      const answer = await call(base, free)
      expect(answer).toMatch(
        /^502 .*The proxy at http:\/\/127\.0\.0\.1:1 cannot be used \(ECONNREFUSED\)/,
      )
      expect(answer).not.toContain('secret')
    }
  })

  it('is not made by a sidecar that was not told so', async () => {
    const proxy = await proxyServer()
    vi.stubEnv('HTTP_PROXY', proxy.url)
    onTestFinished(() => void vi.unstubAllEnvs())
    const { url } = await sidecarOf(
      snapshotOf({ endpoints: [endpoint('up', 'http://up.invalid')] }),
    )
    const answer = await fetch(`${url}/v1.0/invoke/up/method/x`)
    expect(await answer.text()).toContain('UPSTREAM_HOST_UNKNOWN')
    expect(proxy.seen).toEqual([])
  })
})
