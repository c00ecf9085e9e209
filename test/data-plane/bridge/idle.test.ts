// A session that nobody uses ends by itself, with its process.
import { expect, it, onTestFinished } from 'vitest'

import { systemClock } from '../../../src/core/clock.ts'
import { silentLogger } from '../../../src/core/logger.ts'
import { Bridge } from '../../../src/data-plane/bridge/bridge.ts'
import { serverStarter } from '../../../src/dev/server-process.ts'
import { initialize, stdioServer } from '../../support/stdio.ts'

it('ends an idle session, whose id is unknown then', async () => {
  const start = serverStarter({ clock: systemClock, environment: () => ({}), output: () => {} })
  const { transport } = stdioServer('rough', [])
  if (transport.kind !== 'stdio') throw new Error('not a stdio server')
  let ended = 0
  const bridge = new Bridge({
    name: 'calc',
    open: async (events) => {
      const channel = await start({ name: 'calc', transport }, events)
      return {
        send: (line, carriage) => channel.send(line, carriage),
        close: async () => {
          await channel.close()
          ended += 1
        },
      }
    },
    logger: silentLogger,
    limits: { sessions: 1, idleMs: 200 },
  })
  onTestFinished(() => bridge.retire(0))
  const post = (headers: string[]): Promise<{ head: string[]; error?: Error }> =>
    new Promise((resolve) => {
      let head: string[] = []
      bridge.dispatch(
        { method: 'POST', path: '', headers, body: Buffer.from(JSON.stringify(initialize)) },
        {
          onResponseStart: (controller) => {
            head = (controller.rawHeaders as string[] | undefined) ?? []
          },
          onResponseEnd: () => resolve({ head }),
          onResponseError: (_controller, error) => resolve({ head, error }),
        },
      )
    })
  const { head } = await post([])
  const id = head[head.indexOf('mcp-session-id') + 1] ?? ''
  expect(id).not.toBe('')
  await expect.poll(() => ended, { timeout: 5_000 }).toBe(1)
  const { error } = await post(['mcp-session-id', id])
  expect(error).toMatchObject({ code: 'ERR_MCP_SESSION_UNKNOWN' })
})
