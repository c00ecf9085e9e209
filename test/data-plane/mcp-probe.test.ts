// Looks at real sockets, without a word sent to them.
import { createServer, type Socket } from 'node:net'
import { once } from 'node:events'
import { createServer as createTlsServer } from 'node:tls'
import { readFileSync } from 'node:fs'
import type { AddressInfo, Server } from 'node:net'

import { expect, it, onTestFinished } from 'vitest'

import { probe } from '../../src/data-plane/mcp-probe.ts'

async function listening<T extends Server>(server: T): Promise<{ server: T; port: number }> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close())
  return { server, port: (server.address() as AddressInfo).port }
}

const never = new AbortController().signal

it('finds a server, sends it nothing and hangs up', async () => {
  const met = Promise.withResolvers<number>()
  const { port } = await listening(
    createServer((socket: Socket) => {
      let received = 0
      socket.on('data', (chunk) => (received += chunk.length))
      socket.on('error', () => {})
      socket.on('close', () => met.resolve(received))
    }),
  )
  const url = new URL(`http://user:canary@127.0.0.1:${port}/mcp?key=canary`)
  expect(await probe(url, never)).toBeUndefined()
  expect(await met.promise).toBe(0)
})

it('says why there is no connection', async () => {
  const { server, port } = await listening(createServer())
  server.close()
  await once(server, 'close')
  const url = new URL(`http://user:canary@127.0.0.1:${port}/mcp?key=canary`)
  expect(await probe(url, never)).toBe(`connect ECONNREFUSED 127.0.0.1:${port}`)
})

it('says what is wrong with a certificate', async () => {
  const [cert, key] = ['crt', 'key'].map((end) => readFileSync(`fixtures/tls/localhost.${end}`))
  const { port } = await listening(createTlsServer({ cert, key }))
  expect(await probe(new URL(`https://localhost:${port}`), never)).toMatch(/certificate/)
})

it('ends when it is told to', async () => {
  const stop = new AbortController()
  stop.abort()
  const { port } = await listening(createServer())
  expect(await probe(new URL(`http://127.0.0.1:${port}`), stop.signal)).toBe('stopped')
})
