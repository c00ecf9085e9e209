// Which port the sidecar gets, and which flag is named when one is taken. Real sockets, through the listener.
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'

import { listen } from '../../src/data-plane/listener.ts'
import { onPort } from '../../src/dev/ports.ts'

const none = { daprHttpPort: undefined, ingressPort: undefined, appPort: undefined }

async function taken(port = 0): Promise<number> {
  const server: Server = createServer().listen(port, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** Opens the sidecar's port and then the ingress, as a sidecar does. Resolves with the ports asked for. */
const opening =
  (ingressPort?: number) =>
  async (port: number): Promise<number[]> => {
    const wanted = ingressPort === undefined ? [port] : [port, ingressPort]
    for (const one of wanted) {
      const listener = await listen({ port: one }, { serve: () => true, refused: () => {} })
      onTestFinished(async () => listener.close(0))
    }
    return wanted
  }

describe('the port of the sidecar', () => {
  it('is a free one where 3500 is taken, or meant for something else', async () => {
    await taken(3500).catch(() => undefined)
    expect(await onPort(none, opening())).toEqual([0])
    expect(await onPort({ ...none, appPort: 3500 }, async (port) => port)).toBe(0)
    expect(await onPort({ ...none, ingressPort: 3500 }, async (port) => port)).toBe(0)
  })

  it('that is taken names its flag', async () => {
    const port = await taken()
    await expect(onPort({ ...none, daprHttpPort: port }, opening())).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      hint: expect.stringContaining('--dapr-http-port'),
    })
  })
})

describe('an ingress port that is taken', () => {
  it.for([undefined, 0])('names its flag, whatever the port of the sidecar (%s)', async (wish) => {
    const ingressPort = await taken()
    await taken(3500).catch(() => undefined)
    const wanted = { ...none, daprHttpPort: wish, ingressPort }
    await expect(onPort(wanted, opening(ingressPort))).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      message: expect.stringContaining(String(ingressPort)),
      hint: expect.stringContaining('--ingress-port'),
    })
  })
})
