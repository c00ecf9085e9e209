// Both middlewares at work in real sidecars, against the real authorization server, under load.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'

import { silentLogger } from '../../src/core/logger.ts'
import { systemClock } from '../../src/core/clock.ts'
import type { Secret } from '../../src/core/secret.ts'
import type { AppSnapshot, HandlerSpec } from '../../src/core/snapshot.ts'
import type { AccessRecord } from '../../src/data-plane/access-log.ts'
import { Sidecar } from '../../src/data-plane/sidecar.ts'
import { middlewares } from '../../src/middleware/index.ts'
import { startAuthorizationServer, testClient } from '../support/authorization-server.ts'
import { endpoint, snapshotOf } from '../support/sidecar.ts'
import { startUpstream } from '../support/upstream.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

async function start(snapshot: AppSnapshot, ingressPort?: number) {
  const log: AccessRecord[] = []
  const sidecar = await Sidecar.start(snapshot, {
    clock: systemClock,
    logger: silentLogger,
    accessLog: (record) => void log.push(record),
    version: '0.0.0',
    middlewares,
    httpPort: 0,
    ...(ingressPort === undefined ? {} : { ingressPort }),
    maxBodyBytes: 4 * 1024 * 1024,
    allowedUrls: new Set(),
    svidIssuer: async () => 'http://127.0.0.1:9400/spiffe/load',
    onShutdown: () => {},
  })
  closing.push(async () => sidecar.stop(0))
  return { sidecar, log }
}

function handler(
  type: string,
  metadata: Record<string, string | Secret>,
  digest = '1',
): HandlerSpec {
  const place = 'test.yaml:1:1'
  return {
    name: type,
    type,
    version: 'v1',
    place,
    componentPlace: place,
    fieldPlaces: {},
    digest,
    metadata,
  }
}

const oauth2 = (tokenURL: string, digest?: string): HandlerSpec =>
  handler(
    'middleware.http.oauth2',
    {
      clientID: testClient.clientId,
      clientSecret: testClient.clientSecret,
      tokenURL,
      audience: 'mcp-server',
    },
    digest,
  )

/** Counts what reaches the authorization server's token endpoint, by standing in front of it. */
async function countingTokenEndpoint(tokenUrl: string) {
  let count = 0
  const server = createServer((request, response) => {
    count += 1
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => void pass())
    const pass = async (): Promise<void> => {
      const answer = await fetch(tokenUrl, {
        method: 'POST',
        headers: {
          authorization: request.headers.authorization ?? '',
          'content-type': request.headers['content-type'] ?? '',
        },
        body: Buffer.concat(chunks),
      })
      response.writeHead(answer.status, { 'content-type': 'application/json' })
      response.end(await answer.text())
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(async () => {
    server.closeAllConnections()
    await once(server.close(), 'close')
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/token`, count: () => count }
}

describe('under load', () => {
  it('1,000 concurrent first requests make one token request', async () => {
    const idp = await startAuthorizationServer()
    closing.push(() => idp.close())
    const tokens = await countingTokenEndpoint(idp.tokenUrl)
    const upstream = await startUpstream((request, response) => {
      response.end(request.headers.authorization ?? 'none')
    })
    closing.push(() => upstream.close())
    const { sidecar } = await start(
      snapshotOf({ httpPipeline: [oauth2(tokens.url)], endpoints: [endpoint('up', upstream.url)] }),
    )
    const url = `http://127.0.0.1:${sidecar.httpPort}/v1.0/invoke/up/method/mcp`
    const answers = await Promise.all(
      Array.from({ length: 1000 }, async () => {
        const answer = await fetch(url, { method: 'POST', body: '{}' })
        return `${answer.status} ${await answer.text()}`
      }),
    )
    expect(new Set(answers).size).toBe(1)
    expect(answers[0]).toMatch(/^200 Bearer eyJ/)
    expect(tokens.count()).toBe(1)
  })

  it('200 key rotations make no 401', async () => {
    const idp = await startAuthorizationServer()
    closing.push(() => idp.close())
    const upstream = await startUpstream((_request, response) => {
      response.end('ok')
    })
    closing.push(() => upstream.close())
    const bearer = handler('middleware.http.bearer', {
      issuer: idp.issuer,
      jwksURL: idp.jwksUrl,
      audience: 'mcp-server',
    })
    const { sidecar, log } = await start(
      snapshotOf({
        app: { url: upstream.url, tokenHeader: 'dapr-api-token' },
        appHttpPipeline: [bearer],
      }),
      0,
    )
    const url = `http://127.0.0.1:${sidecar.ingressPort}/mcp`
    const statuses = new Map<number, number>()
    let token = await idp.token('mcp-server')
    let rotating = true
    const load = Array.from({ length: 4 }, async () => {
      while (rotating) {
        const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
        await answer.arrayBuffer()
      }
    })
    for (let rotation = 0; rotation < 200; rotation += 1) {
      await idp.rotateKeys()
      token = await idp.token('mcp-server')
    }
    rotating = false
    await Promise.all(load)
    expect(
      [...statuses.keys()],
      JSON.stringify(log.filter(({ status }) => status !== 200).slice(0, 3)),
    ).toEqual([200])
    expect(statuses.get(200)).toBeGreaterThan(200)
  }, 120_000)

  it('1,000 reloads lose no request, make no needless token request, and switch the token', async () => {
    const idp = await startAuthorizationServer()
    closing.push(() => idp.close())
    const tokens = await countingTokenEndpoint(idp.tokenUrl)
    const upstream = await startUpstream((request, response) => {
      response.end(request.headers.authorization === undefined ? 'none' : 'token')
    })
    closing.push(() => upstream.close())
    const snapshot = (revision: number, digest: string): AppSnapshot =>
      snapshotOf({
        revision,
        httpPipeline: [oauth2(tokens.url, digest)],
        endpoints: [endpoint('up', upstream.url, { 'X-Revision': String(revision) })],
      })
    const { sidecar } = await start(snapshot(0, 'a'))
    const url = `http://127.0.0.1:${sidecar.httpPort}/v1.0/invoke/up/method/mcp`
    let reloading = true
    let served = 0
    const load = Array.from({ length: 4 }, async () => {
      while (reloading) {
        const answer = await fetch(url)
        expect(`${answer.status} ${await answer.text()}`).toBe('200 token')
        served += 1
      }
    })
    for (let revision = 1; revision <= 1000; revision += 1) {
      await sidecar.reload(snapshot(revision, 'a'))
      while (served < revision) await new Promise((resolve) => setImmediate(resolve))
    }
    expect(tokens.count()).toBe(1)
    await sidecar.reload(snapshot(1001, 'b'))
    reloading = false
    await Promise.all(load)
    expect(upstream.seen.at(-1)?.headers['x-revision']).toMatch(/^100[01]$/)
  }, 120_000)
})
