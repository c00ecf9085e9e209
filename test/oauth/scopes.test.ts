// Which scopes a token grants, and what they stand for.
import { expect, test } from 'vitest'

import type { JsonObject } from '../../src/core/json.ts'
import { grantedScopes, missingScopes } from '../../src/oauth/scopes.ts'

test.each<[JsonObject, string[]]>([
  [{}, []],
  [{ scope: 'a b' }, ['a', 'b']],
  [{ scope: ' a  b ' }, ['a', 'b']],
  [{ scope: 'a,b' }, ['a,b']],
  [{ scope: 'a\tb' }, ['a\tb']],
  [{ scope: '' }, []],
  [{ scope: ['a'] }, []],
  [{ scope: { a: 1 } }, []],
  [{ scp: 'a b' }, ['a', 'b']],
  [{ scp: ['a', 'b c'] }, ['a', 'b c']],
  [{ scp: ['a', 1, null, ['b']] }, ['a']],
  [{ scope: 'a', scp: ['b'] }, ['a', 'b']],
  [{ scope: null, scp: 7 }, []],
])('%j grants %j', (claims, granted) => {
  expect([...grantedScopes(claims)]).toEqual(granted)
})

test('no scope is part of another one, but by the hierarchy', () => {
  const hierarchy = new Map([['admin', new Set(['read', 'write'])]])
  const missing = (granted: string[], ...required: string[]) =>
    missingScopes(new Set(granted), required, hierarchy)
  expect(missing(['read:all', 'READ', 'rea'], 'read')).toEqual(['read'])
  expect(missing(['admin'], 'read', 'write', 'other')).toEqual(['other'])
  expect(missing(['read'], 'admin')).toEqual(['admin'])
  expect(missing([])).toEqual([])
})
