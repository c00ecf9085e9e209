import { expect, it } from 'vitest'

import { McpAuthError } from '../../../src/core/errors.ts'
import { HeaderList } from '../../../src/core/header-list.ts'
import { withBackOff } from '../../../src/data-plane/bridge/back-off.ts'
import { createFakeClock } from '../../support/fake-clock.ts'

const carriage = { headers: new HeaderList([]), timeoutMs: undefined }
const events = { message: () => true, ended: () => {} }

it('pauses after the second failure in a row, for longer each time, and forgets', async () => {
  const clock = createFakeClock()
  let opened = 0
  const open = withBackOff(
    async () => {
      opened += 1
      throw new McpAuthError('ERR_MCP_PROCESS_FAILED', 'failed')
    },
    'calc',
    clock,
  )
  const attempt = async (): Promise<number> => {
    await open(events, carriage).catch(() => {})
    return opened
  }
  expect(await attempt()).toBe(1)
  for (const [index, seconds] of [0.5, 1, 2, 4, 8, 16, 30, 30].entries()) {
    clock.advance(0.001)
    expect(await attempt()).toBe(index + 2)
    clock.advance(seconds - 0.01)
    expect(await attempt()).toBe(index + 2)
    clock.advance(0.01)
  }
  clock.advance(61)
  expect(await attempt()).toBe(10)
  clock.advance(0.001)
  expect(await attempt()).toBe(11)
})
