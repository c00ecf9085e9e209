// HTTPEndpoints over TLS: what each trusts, who it is to the server, and the reason when no connection comes about.
import dns from 'node:dns'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createPlain } from 'node:http'
import { createServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { describe, expect, it, onTestFinished, vi } from 'vitest'

import { Secret } from '../../src/core/secret.ts'
import type { ClientTlsSpec, EndpointSpec } from '../../src/core/snapshot.ts'
import { endpoint, snapshotOf } from '../support/sidecar.ts'
import { sidecarOf } from './call-fixture.ts'

const pem = (name: string): string =>
  readFileSync(new URL(`../../fixtures/tls/${name}`, import.meta.url), 'utf8')
const [cert, key] = [pem('localhost.crt'), pem('localhost.key')]
const identity = { certificate: cert, privateKey: new Secret(key) }

async function tlsServer(options: ServerOptions = {}): Promise<number> {
  const server = createServer({ cert, key, ...options }, (request, response) => {
    const { subject } = (request.socket as TLSSocket).getPeerCertificate()
    response.end(`${subject === undefined ? 'nobody' : String(subject.CN)} ${request.headers.host}`)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

async function answersOf(...endpoints: EndpointSpec[]): Promise<string[]> {
  const test = await sidecarOf(snapshotOf({ endpoints }))
  const answers: string[] = []
  for (const { name } of endpoints) {
    const answer = await fetch(`${test.url}/v1.0/invoke/${name}/method/x`)
    answers.push(`${answer.status} ${await answer.text()}`)
  }
  return answers
}

const over = (port: number, tls?: Omit<ClientTlsSpec, 'digest'>, name = 'up'): EndpointSpec => ({
  ...endpoint(name, `https://localhost:${port}`),
  ...(tls === undefined ? {} : { tls: { ...tls, digest: name } }),
})

describe('an HTTPEndpoint with clientTLS', () => {
  it('trusts its own rootCA, and no other endpoint of that origin does', async () => {
    const port = await tlsServer()
    const [own, other] = await answersOf(
      over(port, { rootCA: cert }),
      over(port, undefined, 'plain'),
    )
    expect(own).toBe(`200 nobody localhost:${port}`)
    expect(other).toMatch(/^502 .*UPSTREAM_TLS_FAILED.*not trusted.*spec\.clientTLS\.rootCA/)
  })

  it('shows the server its certificate, and no other endpoint of that origin does', async () => {
    const port = await tlsServer({ requestCert: true, rejectUnauthorized: false, ca: cert })
    expect(
      await answersOf(
        over(port, { rootCA: cert, identity }, 'known'),
        over(port, { rootCA: cert }, 'unknown'),
      ),
    ).toEqual([`200 localhost localhost:${port}`, `200 nobody localhost:${port}`])
  })

  it.for(['TLSv1.2', 'TLSv1.3'] as const)(
    'is told what to do when the server wants a certificate, over %s',
    async (version) => {
      const options = { requestCert: true, rejectUnauthorized: true, ca: cert }
      const port = await tlsServer({ ...options, minVersion: version, maxVersion: version })
      const [without, known] = await answersOf(
        over(port, { rootCA: cert }, 'without'),
        over(port, { rootCA: cert, identity }, 'known'),
      )
      expect(without).toMatch(/^502 .*wants a client certificate/)
      expect(known).toBe(`200 localhost localhost:${port}`)
    },
  )

  it('names what is wrong with the certificate of the server', async () => {
    const port = await tlsServer()
    const expired = pem('expired.crt')
    const late = await tlsServer({ cert: expired, key: pem('expired.key') })
    const [outOfDate, foreign] = await answersOf(
      over(late, { rootCA: expired }, 'out-of-date'),
      over(port, { rootCA: expired }, 'foreign'),
    )
    expect(outOfDate).toMatch(/^502 .*UPSTREAM_TLS_FAILED.*has expired \(CERT_HAS_EXPIRED\)/)
    expect(foreign).toMatch(/not trusted.*nothing else is trusted beside it/)
  })

  it('is called by its new certificate after a reload, on a connection of its own', async () => {
    const port = await tlsServer({ requestCert: true, rejectUnauthorized: false, ca: cert })
    const test = await sidecarOf(snapshotOf({ endpoints: [over(port, { rootCA: cert })] }))
    const call = async (): Promise<string> =>
      (await fetch(`${test.url}/v1.0/invoke/up/method/x`)).text()
    expect(await call()).toMatch(/^nobody/)
    const tls = { rootCA: cert, identity, digest: 'other' }
    await test.sidecar.reload(snapshotOf({ endpoints: [{ ...over(port), tls }] }))
    expect(await call()).toMatch(/^localhost/)
  })
})

describe('the address of an HTTPEndpoint', () => {
  async function plainServer(host: string): Promise<number> {
    const server = createPlain((request, response) => response.end(request.headers.host)).listen(
      0,
      host,
    )
    await once(server, 'listening')
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    return (server.address() as AddressInfo).port
  }

  it('may be an IPv6 literal', async () => {
    const port = await plainServer('::1')
    expect(await answersOf(endpoint('up', `http://[::1]:${port}`))).toEqual([`200 [::1]:${port}`])
  })

  it.for(['::1', '127.0.0.1'])('is looked for among all of its name: %s', async (host) => {
    const port = await plainServer(host)
    const real = dns.lookup
    const addresses = [
      { address: '::1', family: 6 },
      { address: '127.0.0.1', family: 4 },
    ]
    type Done = (error: null, found: dns.LookupAddress[]) => void
    const lookup = vi
      .spyOn(dns, 'lookup')
      .mockImplementation(((name: string, options: dns.LookupOptions, done: Done) =>
        name === 'both.test' ? done(null, addresses) : real(name, options, done as never)) as never)
    onTestFinished(() => lookup.mockRestore())
    expect(await answersOf(endpoint('up', `http://both.test:${port}`))).toEqual([
      `200 both.test:${port}`,
    ])
  })

  it('that has none is named as the reason', async () => {
    const [answer] = await answersOf(endpoint('up', 'http://nowhere.invalid'))
    expect(answer).toMatch(/^502 .*UPSTREAM_HOST_UNKNOWN.*has no address/)
  })
})
