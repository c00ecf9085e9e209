// Conditions of circuit breakers: what they see, and what is refused before it runs.
import { expect, it } from 'vitest'

import { compileTrip } from '../../src/cel/trip.ts'

const counts = {
  requests: 4,
  totalSuccesses: 1,
  totalFailures: 3,
  consecutiveSuccesses: 0,
  consecutiveFailures: 2,
}

it.for([
  ['consecutiveFailures > 1', true],
  ['consecutiveFailures > 2', false],
  ['requests >= 4 && totalFailures > totalSuccesses', true],
  ['double(totalFailures) / double(requests) >= 0.75', true],
  ['consecutiveSuccesses == 0 ? totalFailures == 3 : false', true],
  // As in Dapr, what cannot be evaluated opens nothing.
  ['totalFailures / consecutiveSuccesses > 1', false],
] as const)('%s is %s', ([text, expected]) => {
  const trip = compileTrip(text)
  expect(trip.problem).toBeUndefined()
  expect(trip.problem === undefined && trip.isTripped(counts)).toBe(expected)
})

it.for([
  ['consecutiveFailures >', 'at character 22'],
  ['consecutiveFailure > 5', 'Unknown variable: consecutiveFailure'],
  ['requests + 1', 'gives int, not true or false'],
  ['"5" > requests', 'at character 1'],
  ['', 'is no valid CEL expression'],
  ['('.repeat(5000), 'is no valid CEL expression'],
] as const)('%s is refused', ([text, problem]) => {
  expect(compileTrip(text).problem?.problem).toContain(problem)
})
