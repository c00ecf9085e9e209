// The example MCP server behind a door that wants an API key.
import { once } from 'node:events'
import { createServer, request as forward } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

import { exampleServer } from './example-server.ts'

/** Its URL, until the test is over; calls without `key` in X-Api-Key are 401. */
export async function guardedServer(key: string): Promise<string> {
  const upstream = new URL(await exampleServer())
  const door = createServer((incoming, answer) => {
    if (incoming.headers['x-api-key'] !== key) {
      answer.writeHead(401).end()
      return
    }
    const { method, headers, url = '/' } = incoming
    const call = forward({ port: upstream.port, path: url, method, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers)
      response.pipe(answer)
    })
    call.on('error', () => answer.destroy())
    incoming.pipe(call)
  }).listen(0, '127.0.0.1')
  await once(door, 'listening')
  onTestFinished(() => {
    door.closeAllConnections()
    door.close()
  })
  return `http://127.0.0.1:${(door.address() as AddressInfo).port}${upstream.pathname}`
}
