// The end of connections on which no request came.
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'

import { Connections } from '../../src/data-plane/connections.ts'

/** Both ends of a connection: what came on one, and what `fail` makes of it as a timeout. */
async function timedOut(sent: string): Promise<{ received: string; refused: string[] }> {
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [socket] = await accepted
  if (sent !== '') {
    client.write(sent)
    await once(socket, 'data')
  }
  const refused: string[] = []
  const connections = new Connections({
    serve: () => true,
    refused: (method) => refused.push(method),
  })
  let received = ''
  client.setEncoding('utf8').on('data', (text: string) => (received += text))
  const error = Object.assign(new Error('timeout'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' })
  connections.fail(socket, error)
  await once(client, 'close')
  return { received, refused }
}

it('is a word to whoever began a request, and to the log', async () => {
  const { received, refused } = await timedOut('GET / HT')
  expect(received).toMatch(/^HTTP\/1\.1 400 /)
  expect(refused).toEqual(['-'])
})

it('is silent where not a byte came', async () => {
  expect(await timedOut('')).toEqual({ received: '', refused: [] })
})
