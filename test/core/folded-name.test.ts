// Names that careless readers take for one name.
import { expect, it } from 'vitest'

import { foldedName } from '../../src/core/folded-name.ts'

it.each(['URI', 'ur\u0131', 'u\u1d63i', '\uff55\uff52\uff49'])('are folded to one: %s', (name) => {
  expect(foldedName(name)).toBe('uri')
})

it.each([
  ['of one kind and another', '\u0315\u0300'],
  ['that only become marks', '\uff9e\u0300'],
])('are folded in linear time, whatever marks they have: %s', (_kind, marks) => {
  const name = `a${marks.repeat(1_000_000)}`
  // The square of that would take hours.
  expect(foldedName(name).length).toBeGreaterThan(name.length)
})
