// Where daprd lets through what is denied here, it is told before: no such operation is missed.
import fc from 'fast-check'
import { expect, test } from 'vitest'

import { compileAccessControl, type AccessAction } from '../../src/core/access-control.ts'
import { passedOver } from '../../src/core/passed-over.ts'
import { naiveDapr } from './naive-access-control.ts'

const client = { appId: 'client', namespace: 'test', trustDomain: 'public' }
const action = fc.constantFrom<AccessAction>('allow', 'deny')
const segment = fc.constantFrom('a', 'ab', 'b', '*', '**', 'a*', '*b')
const name = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => `/${parts.join('/')}`)
const verbs = fc.constantFrom<string[]>(['*'], ['GET'], ['POST', 'GET'], ['get'], [])
const operation = fc.record({ name, verbs, action, place: fc.constant('') })

function policyOf(operations: readonly { name: string; action: AccessAction }[]) {
  const all = operations.map((each) => ({ verbs: ['*'], place: '', ...each }))
  return { ...client, defaultAction: undefined, operations: all, place: '' }
}

test.each([
  [
    [
      { name: '/a*', action: 'allow' },
      { name: '/*b', action: 'deny' },
    ] as const,
    1,
    0,
  ],
  [
    [
      { name: '/ab*', action: 'allow' },
      { name: '/a*/b', action: 'deny' },
    ] as const,
    1,
    0,
  ],
  [[{ name: '/op/**/a', action: 'deny' }] as const, 0, undefined],
])('%j', (operations, at, instead) => {
  const policy = policyOf(operations)
  const [found, ...more] = passedOver({ defaultAction: 'allow' }, policy)
  expect(more).toEqual([])
  expect(found).toMatchObject({ operation: at, instead })
  const { path = '', method = '' } = found ?? {}
  const spec = { defaultAction: 'allow' as const, policies: [policy], place: '' }
  expect(naiveDapr(spec, { caller: client, path, method })).toBe(true)
})

test('nothing is told where Dapr denies too', () => {
  const policy = policyOf([
    { name: '/admin', action: 'deny' },
    { name: '/**', action: 'allow' },
  ])
  expect(passedOver({ defaultAction: 'deny' }, policy)).toEqual([])
})

test('an operation that Dapr passes by for some call is told', () => {
  const word = fc.constantFrom('a', 'ab', 'abb', 'b', 'c', 'cb')
  const path = fc.array(word, { maxLength: 4 }).map((parts) => `/${parts.join('/')}`)
  const call = fc.record({ path, method: fc.constantFrom('GET', 'POST', 'HEAD') })
  fc.assert(
    fc.property(
      fc.array(operation, { maxLength: 3 }),
      action,
      fc.array(call, { minLength: 20, maxLength: 40 }),
      (operations, defaultAction, calls) => {
        const policy = { ...client, defaultAction: undefined, operations, place: '' }
        const check = compileAccessControl({ defaultAction, policies: [policy], place: '' })
        const told = passedOver({ defaultAction }, policy)
        for (const one of calls) {
          const decision = check({ caller: client, ...one })
          if (decision.passedOver === true) expect([one, told.length > 0]).toEqual([one, true])
        }
      },
    ),
    { numRuns: 500 },
  )
})
