// The limits of a bridge, with real processes below it: how many sessions there may be, and how long.
import type { Dispatcher } from 'undici'
import { expect, it, onTestFinished } from 'vitest'

import { systemClock } from '../../../src/core/clock.ts'
import { silentLogger } from '../../../src/core/logger.ts'
import { Bridge, type BridgeLimits } from '../../../src/data-plane/bridge/bridge.ts'
import { serverStarter } from '../../../src/dev/server-process.ts'
import { rpc } from '../../support/mcp.ts'
import { initialize, isAlive, servers } from '../../support/stdio.ts'

interface Answered {
  readonly status: number
  readonly session: string
  readonly text: string
}

function bridgeOf(limits: BridgeLimits): Bridge {
  const start = serverStarter({ clock: systemClock, environment: () => ({}), output: () => {} })
  const transport = {
    kind: 'stdio',
    command: process.execPath,
    args: [servers.rough],
    env: [],
    timeoutSeconds: 0,
  } as const
  const open = (events: Parameters<typeof start>[1]): ReturnType<typeof start> =>
    start({ name: 'calc', transport }, events)
  const bridge = new Bridge({ name: 'calc', open, logger: silentLogger, limits })
  onTestFinished(() => bridge.retire(0))
  return bridge
}

/** Resolves when the answer is over; with `head` when it has begun. */
function ask(
  bridge: Bridge,
  message: object | undefined,
  { session, until = 'end' }: { session?: string; until?: 'head' | 'end' } = {},
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let head = { status: 0, session: '' }
    const done = (): void => resolve({ ...head, text: Buffer.concat(chunks).toString() })
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: () => {},
      onResponseStart: ({ rawHeaders }, status) => {
        const raw = (rawHeaders ?? []) as string[]
        head = { status, session: raw[raw.indexOf('mcp-session-id') + 1] ?? '' }
        if (until === 'head') done()
      },
      onResponseData: (_controller, chunk) => void chunks.push(chunk),
      onResponseEnd: done,
      onResponseError: (_controller, error) => reject(error),
    }
    const headers = session === undefined ? [] : ['mcp-session-id', session]
    const method = message === undefined ? 'GET' : 'POST'
    const body = message === undefined ? null : Buffer.from(JSON.stringify(message))
    bridge.dispatch({ path: '', method, headers, body }, handler)
  })
}

const begin = async (bridge: Bridge): Promise<string> => (await ask(bridge, initialize)).session

async function pidOf(bridge: Bridge, session: string): Promise<number> {
  const { text } = await ask(bridge, rpc('tools/call', { name: 'pid' }), { session })
  return Number(
    (JSON.parse(text) as { result: { content: { text: string }[] } }).result.content[0]?.text,
  )
}

it('a session that nobody uses ends, with its process', async () => {
  const bridge = bridgeOf({ sessions: 4, idleMs: 150 })
  const session = await begin(bridge)
  const pid = await pidOf(bridge, session)
  await expect.poll(() => isAlive(pid), { timeout: 5_000 }).toBe(false)
  await expect(pidOf(bridge, session)).rejects.toMatchObject({ code: 'ERR_MCP_SESSION_UNKNOWN' })
})

it('a session that somebody listens to does not', async () => {
  const bridge = bridgeOf({ sessions: 4, idleMs: 50 })
  const session = await begin(bridge)
  await ask(bridge, undefined, { session, until: 'head' })
  const other = await begin(bridge)
  const pid = await pidOf(bridge, other)
  await expect.poll(() => isAlive(pid), { timeout: 5_000 }).toBe(false)
  expect(isAlive(await pidOf(bridge, session))).toBe(true)
})

it('one more session than there may be ends the one used least recently, unless it is in use', async () => {
  const bridge = bridgeOf({ sessions: 2, idleMs: 60_000 })
  const [first, second] = [await begin(bridge), await begin(bridge)]
  await pidOf(bridge, first)
  const third = await begin(bridge)
  await expect(pidOf(bridge, second)).rejects.toMatchObject({ code: 'ERR_MCP_SESSION_UNKNOWN' })
  for (const session of [first, third]) {
    expect(await pidOf(bridge, session)).toBeGreaterThan(0)
    await ask(bridge, undefined, { session, until: 'head' })
  }
  await expect(begin(bridge)).rejects.toMatchObject({ code: 'ERR_MCP_SESSION_LIMIT' })
})

it('nothing is served after the end', async () => {
  const bridge = bridgeOf({ sessions: 2, idleMs: 60_000 })
  const pid = await pidOf(bridge, await begin(bridge))
  await bridge.retire(0)
  expect(isAlive(pid)).toBe(false)
  await expect(begin(bridge)).rejects.toMatchObject({ code: 'ERR_MCP_SESSION_UNKNOWN' })
})
