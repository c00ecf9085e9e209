// Requests to an authorization server over TLS: whom we talk to is checked, whatever the environment says.
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createControlSender } from '../../src/oauth/control-request.ts'
import type { ControlSender } from '../../src/oauth/control-request.ts'
import { certificate, privateKey } from './localhost-certificate.ts'

async function createTlsServer(options: object = {}, status = 200) {
  let requests = 0
  const server = createServer(
    { cert: certificate, key: privateKey, ...options },
    (_request, response) => {
      requests += 1
      response.writeHead(status, { location: '/other' }).end('{}')
    },
  )
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const get = (send: ControlSender, host: string, signal = new AbortController().signal) =>
    send(
      {
        method: 'GET',
        url: `https://${host}:${port}/`,
        headers: {},
        timeoutMs: 3000,
        maxBytes: 10,
      },
      signal,
    )
  return { get, requests: () => requests }
}

const trusting = createControlSender({ ca: certificate })

test('a trusted certificate of the right name is accepted', async () => {
  const { get } = await createTlsServer()
  expect(await get(trusting, 'localhost')).toMatchObject({ ok: true, status: 200, text: '{}' })
})

test('a certificate nobody vouches for is refused, NODE_TLS_REJECT_UNAUTHORIZED=0 or not', async () => {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
  onTestFinished(() => void vi.unstubAllEnvs())
  const { get, requests } = await createTlsServer()
  expect(await get(createControlSender(), 'localhost')).toMatchObject({ failure: 'certificate' })
  expect(requests()).toBe(0)
})

test('a certificate of another name is refused', async () => {
  const { get, requests } = await createTlsServer()
  expect(await get(trusting, '127.0.0.1')).toMatchObject({ failure: 'certificate' })
  expect(requests()).toBe(0)
})

test('TLS 1.1 is refused', async () => {
  const { get, requests } = await createTlsServer({
    minVersion: 'TLSv1.1',
    maxVersion: 'TLSv1.1',
    ciphers: 'ALL:@SECLEVEL=0',
  })
  expect(await get(trusting, 'localhost')).toMatchObject({ ok: false })
  expect(requests()).toBe(0)
})

test.each([301, 302, 303, 307, 308])('a redirect (%d) is a failure of its own', async (status) => {
  const { get, requests } = await createTlsServer({}, status)
  expect(await get(trusting, 'localhost')).toMatchObject({ failure: 'redirect' })
  expect(requests()).toBe(1)
})

test('a caller can give up', async () => {
  const { get } = await createTlsServer()
  expect(await get(trusting, 'localhost', AbortSignal.abort())).toMatchObject({
    failure: 'cancelled',
  })
})
