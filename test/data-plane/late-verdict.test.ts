// A handler that waits before it says what becomes of an answer, while the answer ends on its own.
import { createServer, type AddressInfo, type Server } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'

import { McpAuthError } from '../../src/core/errors.ts'
import type { Provisioned } from '../../src/middleware/middleware.ts'
import { sendRaw, statusesOf } from '../support/raw-http.ts'
import {
  endpoint,
  handlerOf,
  snapshotOf,
  startSidecar,
  type TestSidecar,
} from '../support/sidecar.ts'

let upstream: Server | undefined
let test: TestSidecar | undefined
afterEach(async () => {
  await test?.sidecar.stop(0)
  upstream?.close()
})

/** Refuses the first token and takes the second; the refusal is `refused`. */
async function start(refused: string, verdict: 'retry' | undefined): Promise<string[]> {
  const seen: string[] = []
  upstream = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      const request = bytes.toString('latin1')
      seen.push(request.split(' ')[0] ?? '')
      const isSecond = request.includes('Bearer second')
      if (isSecond) socket.write('HTTP/1.1 204 No Content\r\n\r\n')
      else if (refused.includes('close')) socket.end(refused)
      else socket.write(refused)
    })
  })
  await new Promise<void>((resolve) => upstream?.listen(0, '127.0.0.1', resolve))
  const { port } = upstream.address() as AddressInfo
  const waiting = (): Provisioned => ({
    summary: '',
    onRequest: (exchange) => void exchange.headers.set('authorization', 'Bearer first'),
    onResponse: async (exchange, head) => {
      if (head.status !== 401 || !exchange.replayable) return undefined
      await new Promise((resolve) => setTimeout(resolve, 50))
      exchange.headers.set('authorization', 'Bearer second')
      return verdict
    },
  })
  const endpoints = [endpoint('up', `http://127.0.0.1:${port}`)]
  test = await startSidecar(snapshotOf({ endpoints, httpPipeline: [handlerOf('waiting')] }), {
    waiting,
  })
  return seen
}

const send = async (method: string): Promise<number[]> =>
  statusesOf(
    await sendRaw(
      test?.port ?? 0,
      [`${method} /v1.0/invoke/up/method/x HTTP/1.1\r\nHost: localhost\r\n\r\n`],
      400,
    ),
  )

describe.for([
  ['an empty body', 'HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n'],
  ['a closed connection', 'HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n'],
  [
    'a closed connection and an empty body',
    'HTTP/1.1 401 Unauthorized\r\nconnection: close\r\ncontent-length: 0\r\n\r\n',
  ],
  ['no chunks', 'HTTP/1.1 401 Unauthorized\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
] as const)('a refusal with %s', ([, refused]) => {
  it.for(['GET', 'HEAD'])('is retried for %s', async (method) => {
    const seen = await start(refused, 'retry')
    expect(await send(method)).toEqual([204])
    expect(seen).toEqual([method, method])
  })

  it.for(['GET', 'HEAD'])(
    'comes back as it is for %s when there is no other token',
    async (method) => {
      const seen = await start(refused, undefined)
      expect(await send(method)).toEqual([401])
      expect(seen).toEqual([method])
    },
  )
})

it('that fails answers 502 and gives up the connection of an answer that goes on and on', async () => {
  const isGone = Promise.withResolvers<void>()
  upstream = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('close', () => isGone.resolve())
    socket.once('data', () =>
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'),
    )
  })
  await new Promise<void>((resolve) => upstream?.listen(0, '127.0.0.1', resolve))
  const { port } = upstream.address() as AddressInfo
  const failing = (): Provisioned => ({
    summary: '',
    onResponse: async () => Promise.reject(new McpAuthError('UPSTREAM_INVALID', 'no')),
  })
  const endpoints = [endpoint('up', `http://127.0.0.1:${port}`)]
  test = await startSidecar(snapshotOf({ endpoints, httpPipeline: [handlerOf('failing')] }), {
    failing,
  })
  const answer = await fetch(`${test.url}/v1.0/invoke/up/method/x`)
  expect(answer.status).toBe(502)
  expect(await answer.json()).toMatchObject({ errorCode: 'UPSTREAM_INVALID' })
  await isGone.promise
})
