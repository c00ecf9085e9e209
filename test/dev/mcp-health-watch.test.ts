// A watch over real sockets: news only, of what is followed, until it stops.
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'

import { expect, it, onTestFinished } from 'vitest'

import { McpHealthWatch, type Sight } from '../../src/dev/mcp-health-watch.ts'
import { mcpServer } from '../support/mcp.ts'

const pauses = { reachable: 5, unreachable: 5 }

it('tells of changes alone, once each, and of servers that are followed no more', async () => {
  let looks = 0
  const server = createServer((socket) => {
    looks += 1
    socket.on('error', () => {}).destroy()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}/mcp`
  const told: [string, Sight][] = []
  const watch = new McpHealthWatch((name, sight) => {
    told.push([name, sight])
    return true
  }, pauses)
  onTestFinished(() => watch.stop())
  const disabled = mcpServer(url, [], { name: 'off', isEnabled: false })
  watch.follow([mcpServer(url, []), disabled])
  await expect.poll(() => looks).toBeGreaterThan(3)
  expect(told).toEqual([['calc', { problem: undefined }]])
  watch.follow([mcpServer(url, ['*'])])
  server.close()
  await once(server, 'close')
  await expect.poll(() => told.length).toBe(2)
  expect(told[1]).toEqual(['calc', { problem: `connect ECONNREFUSED 127.0.0.1:${port}` }])
  watch.follow([])
  expect(told[2]).toEqual(['calc', 'gone'])
})

it('tells again what could not be taken in', async () => {
  let calls = 0
  const watch = new McpHealthWatch(() => {
    calls += 1
    return calls > 2
  }, pauses)
  onTestFinished(() => watch.stop())
  watch.follow([mcpServer('http://127.0.0.1:1/mcp', [])])
  await expect.poll(() => calls).toBe(3)
})
