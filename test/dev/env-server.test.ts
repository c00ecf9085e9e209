// Who may read the environment of an App ID, which holds its API token.
import { createServer, request, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { expect, onTestFinished, test } from 'vitest'

import { startEnvServer } from '../../src/dev/env-server.ts'

async function start(): Promise<string> {
  const known = { a: { DAPR_API_TOKEN: 't-1' } }
  const server = await startEnvServer(0, (appId) => (appId === 'a' ? known.a : undefined))
  onTestFinished(() => server.close())
  return server.url
}

interface Answer {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly body: string
}

async function ask(
  url: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Answer> {
  const call = request(url, { headers, method, agent: false }).end()
  const [response] = (await once(call, 'response')) as [IncomingMessage]
  let body = ''
  for await (const chunk of response.setEncoding('utf8')) body += String(chunk)
  return { status: response.statusCode ?? 0, headers: response.headers, body }
}

test('a debugger gets what the sidecar gives its app', async () => {
  const url = await start()
  const { status, headers, body } = await ask(`${url}/a`)
  expect([status, body]).toEqual([200, '{"DAPR_API_TOKEN":"t-1"}'])
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
  })
  expect(headers).not.toHaveProperty('access-control-allow-origin')
  const localhost = { host: `localhost:${new URL(url).port}` }
  expect((await ask(`${url}/a`, localhost)).status).toBe(200)
  expect((await ask(`${url}/a`, { 'sec-fetch-site': 'none' })).status).toBe(200)
})

test.each([
  [{ host: 'evil.example' }],
  [{ host: '127.0.0.1.evil.example:8001' }],
  [{ origin: 'https://evil.example' }],
  [{ origin: 'http://localhost:3000' }],
  [{ origin: 'null' }],
  [{ 'sec-fetch-site': 'cross-site' }],
  [{ 'sec-fetch-site': 'same-site' }],
  [{ 'sec-fetch-site': 'same-origin' }],
])('a web page is refused: %j', async (headers) => {
  const url = await start()
  const { status, body } = await ask(`${url}/a`, headers)
  expect([status, body.includes('t-1')]).toEqual([403, false])
})

test('nothing else is served', async () => {
  const url = await start()
  for (const path of ['/', '/b', '/a/', '/a?x', '/%61', '//a']) {
    const { status, body } = await ask(`${url}${path}`)
    expect([path, status, body.includes('t-1')]).toEqual([path, 404, false])
  }
  for (const method of ['POST', 'OPTIONS', 'HEAD']) {
    expect((await ask(`${url}/a`, {}, method)).status).toBe(405)
  }
})

test('only this machine can connect', async () => {
  const url = await start()
  const [outside] = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4')
  if (outside === undefined) return expect(new URL(url).hostname).toBe('127.0.0.1')
  const call = request(`http://${outside.address}:${new URL(url).port}/a`).end()
  const [error] = (await once(call, 'error')) as [NodeJS.ErrnoException]
  expect(error.code).toBe('ECONNREFUSED')
})

test('a port that is taken names its flag', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void other.close())
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  await expect(startEnvServer(port, () => undefined)).rejects.toMatchObject({
    code: 'PORT_IN_USE',
    hint: expect.stringContaining('--app-id-env-server-port') as string,
  })
})
