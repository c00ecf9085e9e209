// docs/access-control.md says of each result what it is here and in Dapr; so does the code.
import { readFileSync } from 'node:fs'

import { expect, test } from 'vitest'

import { compileAccessControl, type AccessAction } from '../../src/core/access-control.ts'
import { naiveDapr } from './naive-access-control.ts'

const client = { appId: 'client', namespace: 'test', trustDomain: 'public' }
const page = readFileSync('docs/access-control.md', 'utf8').replaceAll(String.raw`\*`, '*')
const row =
  /^\| ((?:allow|deny) [^|]+)\| (allow|deny) +\| ([A-Z]+) `([^`]+)` +\| (allowed|denied) +\| (allowed|denied) +\|$/gm
const rows = [...page.matchAll(row)].map(([line, ...cells]) => [line, cells] as const)

test('the page has its tables', () => {
  expect(rows.length).toBeGreaterThanOrEqual(26)
})

test.each(rows)('%s', (_, [written = '', fallback, method = '', path = '', dapr, here]) => {
  const operations = written
    .trim()
    .split('; ')
    .map((one) => {
      const [, action, name = '', verb] = /^(allow|deny) `([^`]+)`(?: (\S+))?$/.exec(one) ?? []
      expect(name).not.toBe('')
      return {
        name,
        action: action === 'allow' ? ('allow' as const) : ('deny' as const),
        verbs: verb === undefined ? [] : [verb],
        place: '',
      }
    })
  const defaultAction: AccessAction = fallback === 'allow' ? 'allow' : 'deny'
  const policy = { ...client, defaultAction: undefined, operations, place: '' }
  const spec = { defaultAction, policies: [policy], place: '' }
  const question = { caller: client, path, method }
  const word = (allowed: boolean): string => (allowed ? 'allowed' : 'denied')
  expect([
    word(naiveDapr(spec, question)),
    word(compileAccessControl(spec)(question).allowed),
  ]).toEqual([dapr, here])
})
