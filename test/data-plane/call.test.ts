// The order of a call: which pipelines run, for whom, and what the app gets to see.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

import type { Provisioned } from '../../src/middleware/middleware.ts'
import { sendRaw, statusesOf } from '../support/raw-http.ts'
import { apiToken, closedToAll, endpoint, handlerOf, snapshotOf } from '../support/sidecar.ts'
import { app, echo, refuse, sidecarOf, tracer } from './call-fixture.ts'

describe('the order of a call', () => {
  const handlers = { out: tracer('out'), in: tracer('in'), refuse }

  it("to an HTTPEndpoint runs the caller's httpPipeline only", async () => {
    const upstream = await echo()
    const test = await sidecarOf(
      snapshotOf({
        httpPipeline: [handlerOf('out')],
        appHttpPipeline: [handlerOf('in')],
        endpoints: [endpoint('up', upstream.url)],
      }),
      handlers,
    )
    await fetch(`${test.url}/v1.0/invoke/up/method/a`)
    expect(upstream.seen[0]?.headers['x-trace']).toBe('out')
  })

  it('to the own app runs both pipelines', async () => {
    const upstream = await echo()
    const test = await sidecarOf(
      snapshotOf({
        app: app(upstream.url),
        httpPipeline: [handlerOf('out')],
        appHttpPipeline: [handlerOf('in')],
      }),
      handlers,
    )
    await fetch(`${test.url}/v1.0/invoke/app/method/a`)
    expect(upstream.seen[0]?.headers['x-trace']).toBe('out, in')
  })

  it('to another App ID goes over its private socket, with the caller stamped', async () => {
    const upstream = await echo()
    const socketPath = join(mkdtempSync(join(tmpdir(), 'mcpauth-')), 's')
    await sidecarOf(
      snapshotOf({ appId: 'server', app: app(upstream.url), appHttpPipeline: [handlerOf('in')] }),
      handlers,
      { socketPath },
    )
    const client = await sidecarOf(
      snapshotOf({
        appId: 'client',
        httpPipeline: [handlerOf('out')],
        peers: [{ appId: 'server', socketPath }],
      }),
      handlers,
    )
    const answer = await fetch(`${client.url}/v1.0/invoke/server/method/mcp?x=1`, {
      headers: { 'dapr-caller-app-id': 'root', 'dapr-caller-namespace': 'kube-system' },
    })
    expect(answer.status).toBe(200)
    expect(upstream.seen[0]).toMatchObject({ url: '/mcp?x=1' })
    expect(upstream.seen[0]?.headers).toMatchObject({
      'x-trace': 'out, in',
      'dapr-caller-app-id': 'client',
      'dapr-caller-namespace': 'test',
      'dapr-callee-app-id': 'server',
    })
  })

  it('to another App ID without a sidecar goes to its appEndpoint, with its token', async () => {
    const upstream = await echo()
    const { Secret } = await import('../../src/core/secret.ts')
    const test = await sidecarOf(
      snapshotOf({
        peers: [
          {
            appId: 'server',
            endpoint: { url: upstream.url, token: new Secret('t'), tokenHeader: 'dapr-api-token' },
          },
        ],
      }),
    )
    await fetch(`${test.url}/v1.0/invoke/server/method/a`, {
      headers: { 'dapr-api-token': apiToken },
    })
    expect(upstream.seen[0]?.headers['dapr-api-token']).toBe('t')
  })

  it('through the ingress maps /<path> to the app behind appHttpPipeline, and nothing else', async () => {
    const upstream = await echo()
    const test = await sidecarOf(
      snapshotOf({
        app: app(upstream.url),
        httpPipeline: [handlerOf('out')],
        appHttpPipeline: [handlerOf('in')],
      }),
      handlers,
      { ingressPort: 0 },
    )
    const answer = await fetch(`http://127.0.0.1:${test.sidecar.ingressPort}/v1.0/metadata`, {
      headers: { 'x-forwarded-for': '1.2.3.4', 'dapr-app-id': 'app' },
    })
    expect(answer.status).toBe(200)
    expect(upstream.seen[0]).toMatchObject({ url: '/v1.0/metadata' })
    expect(upstream.seen[0]?.headers['x-trace']).toBe('in')
    expect(upstream.seen[0]?.headers).not.toHaveProperty('x-forwarded-for')
    expect(upstream.seen[0]?.headers).not.toHaveProperty('dapr-caller-app-id')
  })

  it('asks access control before the appHttpPipeline and the app', async () => {
    const upstream = await echo()
    const trace: string[] = []
    const test = await sidecarOf(
      snapshotOf({
        app: app(upstream.url),
        accessControl: closedToAll,
        appHttpPipeline: [handlerOf('in')],
      }),
      { in: () => ({ summary: '', onRequest: () => void trace.push('in') }) },
      { ingressPort: 0 },
    )
    for (const url of [
      `${test.url}/v1.0/invoke/app/method/a`,
      `http://127.0.0.1:${test.sidecar.ingressPort}/a`,
    ]) {
      const answer = await fetch(url)
      expect(answer.status).toBe(403)
      expect(await answer.json()).toMatchObject({ errorCode: 'ACCESS_DENIED' })
    }
    expect(trace).toEqual([])
    expect(upstream.seen).toEqual([])
  })

  it('says that WebSocket is not served only to who may call', async () => {
    const upstream = await echo()
    const admit = (): Provisioned => ({
      summary: '',
      onRequest: (exchange) =>
        exchange.headers.has('authorization') ? undefined : refuse().onRequest?.(exchange),
    })
    const handshake = (path: string, headers = ''): string =>
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close, Upgrade\r\nUpgrade: websocket\r\n${headers}\r\n`
    const guarded = await sidecarOf(
      snapshotOf({ app: app(upstream.url), appHttpPipeline: [handlerOf('admit')] }),
      { admit },
      { ingressPort: 0 },
    )
    const closed = await sidecarOf(
      snapshotOf({ app: app(upstream.url), accessControl: closedToAll }),
      {},
      { ingressPort: 0 },
    )
    const ask = async (port: number | undefined, bytes: string): Promise<number[]> =>
      statusesOf(await sendRaw(port ?? 0, [bytes]))
    const { ingressPort } = guarded.sidecar
    expect(await ask(ingressPort, handshake('/a'))).toEqual([401])
    expect(await ask(ingressPort, handshake('/a', 'Authorization: x\r\n'))).toEqual([501])
    expect(await ask(closed.sidecar.ingressPort, handshake('/a'))).toEqual([403])
    const invoke = handshake('/v1.0/invoke/app/method/a', 'dapr-api-token: wrong\r\n')
    expect(await ask(guarded.port, invoke)).toEqual([401])
    expect(upstream.seen).toEqual([])
  })

  it('checks the API token before any handler', async () => {
    const upstream = await echo()
    const trace: string[] = []
    const test = await sidecarOf(
      snapshotOf({ endpoints: [endpoint('up', upstream.url)], httpPipeline: [handlerOf('out')] }),
      { out: () => ({ summary: '', onRequest: () => void trace.push('out') }) },
    )
    const send = async (token: string): Promise<number> => {
      const headers = { 'dapr-api-token': token }
      return (await fetch(`${test.url}/v1.0/invoke/up/method/a`, { headers })).status
    }
    expect(await send('wrong')).toBe(401)
    expect(trace).toEqual([])
    expect(await send(apiToken)).toBe(200)
    const others = { headers: { 'dapr-api-token': 'mcpauth://v1/test/other/x' } }
    const answer = await fetch(`${test.url}/v1.0/invoke/app/method/a`, others)
    expect(((await answer.json()) as { message: string }).message).toContain(
      'This is the sidecar of app, and the token looks like one of other',
    )
    expect(upstream.seen[0]?.headers).not.toHaveProperty('dapr-api-token')
  })

  it('ends at the handler that answers, with the app never reached and the reason in the log', async () => {
    const upstream = await echo()
    const test = await sidecarOf(
      snapshotOf({
        app: app(upstream.url),
        appHttpPipeline: [handlerOf('refuse'), handlerOf('in')],
      }),
      handlers,
    )
    const answer = await fetch(`${test.url}/v1.0/invoke/app/method/a`, {
      method: 'POST',
      body: 'x',
    })
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    await test.logged(1)
    expect(test.log[0]).toMatchObject({
      caller: 'app',
      target: 'app',
      status: 401,
      reason: 'no',
      path: '/v1.0/invoke/app/method/a',
    })
    expect(upstream.seen).toEqual([])
  })
})
