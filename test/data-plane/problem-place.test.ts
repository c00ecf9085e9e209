// What cannot be used points at the manifest line of the cause where that is known, else at what it spoils.
import { expect, test } from 'vitest'

import { systemClock } from '../../src/core/clock.ts'
import { silentLogger } from '../../src/core/logger.ts'
import type { SnapshotProblem } from '../../src/core/snapshot.ts'
import { HandlerRegistry } from '../../src/data-plane/handlers.ts'

const registry = new HandlerRegistry({
  clock: systemClock,
  logger: silentLogger,
  random: () => 0.5,
  middlewares: [],
})

test.each<[string, SnapshotProblem, string]>([
  ['a field', { message: 'No secret.', place: 'component.yaml:12:9' }, 'component.yaml:12:9'],
  ['the handler itself', { message: 'No Component.' }, 'config.yaml:8:7'],
])('a problem of %s', (_name, problem, place) => {
  const spec = { name: 'h', type: 't', version: 'v1', place: 'config.yaml:8:7', problem }
  expect(() => registry.lease().provision('httpPipeline', spec)).toThrow(
    expect.objectContaining({ code: 'HANDLER_UNUSABLE', place }),
  )
})
