import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'

import type { Provisioned } from '../../src/middleware/middleware.ts'
import {
  endpoint,
  handlerOf,
  snapshotOf,
  startSidecar,
  type TestSidecar,
} from '../support/sidecar.ts'
import { startUpstream, type Upstream } from '../support/upstream.ts'

const open: { upstream?: Upstream; test?: TestSidecar } = {}
afterEach(async () => {
  await open.test?.sidecar.stop(0)
  await open.upstream?.close()
})

async function streaming(): Promise<Upstream> {
  open.upstream = await startUpstream((request, response) => {
    if (request.url !== '/stream') {
      response.end('ok')
      return
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const timer = setInterval(() => response.write('data: x\n\n'), 20)
    response.once('close', () => clearInterval(timer))
  })
  return open.upstream
}

describe('a reload', () => {
  it('loses no request and cuts no stream, 1,000 times under load', async () => {
    const upstream = await streaming()
    const endpoints = [endpoint('up', upstream.url)]
    let closed = 0
    const counting = (): Provisioned => ({ summary: '', close: () => void (closed += 1) })
    const snapshot = (n: number) =>
      snapshotOf({ revision: n, endpoints, httpPipeline: [handlerOf('count', `d${n}`)] })
    open.test = await startSidecar(snapshot(0), { count: counting })
    const { url, sidecar } = open.test
    const stream = await fetch(`${url}/v1.0/invoke/up/method/stream`)
    const reader = stream.body?.getReader()
    let reloading = true
    let served = 0
    const load = Array.from({ length: 4 }, async () => {
      while (reloading) {
        const answer = await fetch(`${url}/v1.0/invoke/up/method/a`)
        expect([answer.status, await answer.text()]).toEqual([200, 'ok'])
        served += 1
      }
    })
    for (let n = 1; n <= 1000; n += 1) {
      await sidecar.reload(snapshot(n))
      while (served < n) await delay(1)
    }
    reloading = false
    await Promise.all(load)
    const part = await reader?.read()
    expect(part?.done).toBe(false)
    await reader?.cancel()
    // Every handler but the one in use and the one the stream may still hold has been closed.
    await expect.poll(() => closed).toBe(1000)
  })

  it('keeps the handlers that did not change, and closes them when nobody uses them any more', async () => {
    let provisioned = 0
    let closed = 0
    const handlers = {
      keep: (): Provisioned => {
        provisioned += 1
        return { summary: '', close: () => void (closed += 1) }
      },
    }
    open.test = await startSidecar(snapshotOf({ httpPipeline: [handlerOf('keep')] }), handlers)
    const { sidecar } = open.test
    await sidecar.reload(snapshotOf({ revision: 2, httpPipeline: [handlerOf('keep')] }))
    expect([provisioned, closed]).toEqual([1, 0])
    await sidecar.reload(snapshotOf({ revision: 3, httpPipeline: [handlerOf('keep', 'd2')] }))
    expect([provisioned, closed]).toEqual([2, 1])
  })

  it('warms up only the handlers that it brings, and waits for nobody when it brings none', async () => {
    const warmed: string[] = []
    const warming = (name: string) => (): Provisioned => ({
      summary: name,
      warmUp: async () => {
        warmed.push(name)
        return [{ what: 'start', ok: true, detail: name }]
      },
    })
    open.test = await startSidecar(snapshotOf({ httpPipeline: [handlerOf('first')] }), {
      first: warming('first'),
      second: warming('second'),
    })
    const { sidecar } = open.test
    await sidecar.warmUp(AbortSignal.timeout(1_000))
    const unrelated = sidecar.reload(
      snapshotOf({
        httpPipeline: [handlerOf('first')],
        appHttpPipeline: [{ ...handlerOf('x'), problem: { message: 'no Component x' } }],
      }),
    )
    expect(sidecar.appHttpPipeline.problem?.message, 'switched at once').toContain('no Component x')
    expect(await unrelated).toEqual({ handlers: [], mcpServers: [] })
    const reports = await sidecar.reload(
      snapshotOf({ httpPipeline: [handlerOf('first'), handlerOf('second')] }),
    )
    expect(warmed).toEqual(['first', 'second'])
    expect(reports.handlers.map(({ steps }) => steps)).toEqual([
      [{ what: 'start', ok: true, detail: 'second' }],
    ])
  })

  it.for([
    ['its snapshot cannot be made ready', [endpoint('up', 'no url')], undefined],
    ['a handler throws as it warms up', [], new Error('defect')],
  ] as const)('that fails leaves all as it was: %s', async ([, endpoints, failure]) => {
    const closed: string[] = []
    const answering = (text: string): Provisioned => ({
      summary: '',
      onRequest: () => ({ status: 200, headers: [], body: text, reason: text }),
      close: () => void closed.push(text),
    })
    open.test = await startSidecar(snapshotOf({ httpPipeline: [handlerOf('old')] }), {
      old: () => answering('old'),
      fresh: () => ({
        ...answering('fresh'),
        warmUp: async () => {
          if (failure !== undefined) throw failure
          return []
        },
      }),
    })
    const { sidecar, url } = open.test
    const broken = { httpPipeline: [handlerOf('old'), handlerOf('fresh')], endpoints }
    await expect(sidecar.reload(snapshotOf(broken))).rejects.toThrow()
    expect(closed).toEqual(['fresh'])
    expect(await (await fetch(`${url}/v1.0/invoke/x/method/y`)).text()).toBe('old')
    await sidecar.reload(snapshotOf())
    // Nobody holds the old handler any more, not even the failed reload.
    expect(closed).toEqual(['fresh', 'old'])
  })

  it('lets a later one win over an earlier one that is still warming up', async () => {
    const gate = Promise.withResolvers<readonly []>()
    const answering = (text: string): Provisioned => ({
      summary: '',
      ...(text === 'slow' ? { warmUp: () => gate.promise } : {}),
      onRequest: () => ({ status: 200, headers: [], body: text, reason: text }),
    })
    open.test = await startSidecar(snapshotOf(), {
      slow: () => answering('slow'),
      fast: () => answering('fast'),
    })
    const { sidecar, url } = open.test
    const slow = sidecar.reload(snapshotOf({ httpPipeline: [handlerOf('slow')] }))
    await sidecar.reload(snapshotOf({ httpPipeline: [handlerOf('fast')] }))
    gate.resolve([])
    await slow
    expect(await (await fetch(`${url}/v1.0/invoke/x/method/y`)).text()).toBe('fast')
  })
})

describe('the sidecar API', () => {
  it('answers health, metadata and shutdown as Dapr does', async () => {
    const shutdowns: boolean[] = []
    open.test = await startSidecar(
      snapshotOf({
        app: { url: 'http://127.0.0.1:8000', tokenHeader: 'dapr-api-token' },
        endpoints: [endpoint('up', 'http://127.0.0.1:1')],
        components: [{ name: 'oauth2', type: 'middleware.http.oauth2', version: 'v1' }],
      }),
      {},
      { onShutdown: (force) => void shutdowns.push(force) },
    )
    const { url, sidecar } = open.test
    const get = async (path: string): Promise<Response> => fetch(`${url}${path}`)
    expect((await get('/v1.0/healthz')).status).toBe(500)
    await sidecar.warmUp(AbortSignal.timeout(1_000))
    expect((await get('/v1.0/healthz')).status).toBe(204)
    expect((await get('/v1.0/healthz/outbound')).status).toBe(204)
    expect((await get('/v1.0/healthz?appid=app')).status).toBe(204)
    expect(await (await get('/v1.0/healthz?appid=x')).json()).toMatchObject({
      errorCode: 'ERR_HEALTH_APPID_NOT_MATCH',
    })
    const put = await fetch(`${url}/v1.0/metadata/cliPID`, { method: 'PUT', body: '123' })
    expect(put.status).toBe(204)
    expect(await (await get('/v1.0/metadata')).json()).toMatchObject({
      id: 'app',
      components: [
        { name: 'oauth2', type: 'middleware.http.oauth2', version: 'v1', capabilities: [] },
      ],
      httpEndpoints: [{ name: 'up' }],
      actorRuntime: { runtimeStatus: 'DISABLED' },
      scheduler: {},
      workflows: {},
      mcpServers: [],
      resiliencies: [],
      workflowAccessPolicies: [],
      appConnectionProperties: {
        port: 8000,
        protocol: 'http',
        channelAddress: '127.0.0.1',
        maxConcurrency: 0,
      },
      extended: { cliPID: '123' },
    })
    const bad = { headers: { 'dapr-api-token': 'wrong' } }
    expect((await fetch(`${url}/v1.0/metadata`, bad)).status).toBe(401)
    expect((await fetch(`${url}/v1.0/healthz`, bad)).status).toBe(204)
    for (const headers of [
      {},
      { 'dapr-force-shutdown': 'true' },
      { 'dapr-force-shutdown': 'no' },
    ]) {
      const answer = await fetch(`${url}/v1.0/shutdown`, { method: 'POST', headers })
      expect(answer.status).toBe(204)
    }
    expect(shutdowns).toEqual([false, true, false])
  })
})

describe('starting and stopping', () => {
  it('says which port is taken and leaves nothing open', async () => {
    const blocker = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => blocker.once('listening', resolve))
    const { port } = blocker.address() as AddressInfo
    await expect(startSidecar(snapshotOf(), {}, { ingressPort: port })).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      message: `The port ${port} is taken by another process.`,
    })
    blocker.close()
  })

  it('lets a running request finish, then refuses connections', async () => {
    const reached = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    open.upstream = await startUpstream(async (_request, response) => {
      reached.resolve()
      await release.promise
      response.end('finished')
    })
    open.test = await startSidecar(snapshotOf({ endpoints: [endpoint('up', open.upstream.url)] }))
    const { url, sidecar } = open.test
    const running = fetch(`${url}/v1.0/invoke/up/method/a`)
    await reached.promise
    const stopped = sidecar.stop(5_000)
    release.resolve()
    expect(await (await running).text()).toBe('finished')
    await stopped
    await expect(fetch(`${url}/v1.0/healthz`)).rejects.toThrow()
  })

  it('cuts what is still open after the grace', async () => {
    const upstream = await streaming()
    open.test = await startSidecar(snapshotOf({ endpoints: [endpoint('up', upstream.url)] }))
    const stream = await fetch(`${open.test.url}/v1.0/invoke/up/method/stream`)
    await open.test.sidecar.stop(50)
    await expect(stream.text()).rejects.toThrow()
  })
})
