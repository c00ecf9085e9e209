// Where URLs from the network lead: public addresses, checked as the connection is made.
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { createGuardedSender } from '../../src/oauth/guarded-sender.ts'
import { addressRefused, isPublicAddress, publicLookup } from '../../src/oauth/public-address.ts'
import {
  reply,
  startScriptedAuthorizationServer,
} from '../support/scripted-authorization-server.ts'

const signal = new AbortController().signal
const get = (url: string) =>
  ({ method: 'GET', url, headers: {}, timeoutMs: 5000, maxBytes: 1000 }) as const

test.each(['93.184.216.34', '1.1.1.1', '2606:4700::1111'])('%s is public', (address) => {
  expect(isPublicAddress(address)).toBe(true)
})

const inside =
  '0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 169.254.169.254 172.31.0.1 192.168.1.1 198.18.0.1 224.0.0.1 255.255.255.255 :: ::1 ' +
  '::127.0.0.1 ::ffff:127.0.0.1 ::ffff:7f00:1 64:ff9b::a00:1 fc00::1 fd00:ec2::254 fe80::1 ff02::1 2002:7f00:1:: 2001::1 nonsense'

test.each(inside.split(' '))('%s is not', (address) => {
  expect(isPublicAddress(address)).toBe(false)
})

test('a name that leads to this machine is refused when the connection is made', async () => {
  const lookup = promisify(publicLookup(false))
  await expect(lookup('localhost', {})).rejects.toMatchObject({ code: addressRefused })
  const server = await startScriptedAuthorizationServer()
  onTestFinished(() => server[Symbol.asyncDispose]())
  server.on('/', reply(200, {}))
  const { port } = new URL(server.origin)
  const send = createGuardedSender([new URL('https://mcp.example')])
  for (const url of [`http://localhost:${port}/`, `http://127.0.0.1:${port}/`]) {
    expect(await send(get(url), signal)).toMatchObject({ ok: false, failure: 'forbidden' })
  }
  expect(server.requests).toHaveLength(0)
  const local = createGuardedSender([new URL('http://127.0.0.1:1')])
  for (const url of [`http://localhost:${port}/`, `http://127.0.0.1:${port}/`]) {
    expect(await local(get(url), signal)).toMatchObject({ ok: true, status: 200 })
  }
})

test('an origin that the operator wrote may be anywhere', async () => {
  const server = await startScriptedAuthorizationServer()
  onTestFinished(() => server[Symbol.asyncDispose]())
  server.on('/', reply(200, {}))
  const send = createGuardedSender([new URL(server.origin), new URL('https://mcp.example')])
  expect(await send(get(`${server.origin}/`), signal)).toMatchObject({ ok: true })
})
