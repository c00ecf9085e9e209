// The decisions of a policy equal those of the plainest evaluator one can write.
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'

import type { Json } from '../../src/core/json.ts'
import {
  anyArguments,
  decideMcpAccess,
  isKnownCaller,
  keepsGrants,
  matchesWildcard,
  type McpAccessPolicy,
  type McpAccessQuestion,
  type McpAccessRule,
} from '../../src/core/mcp-access.ts'
import { judgeOf } from '../../src/json-schema/judge.ts'
import { satisfies } from '../json-schema/naive.ts'

const name = fc.string({ unit: fc.constantFrom('a', 'b', '*', '.', '+', 'é', '/'), maxLength: 5 })
const schema: fc.Arbitrary<Json> = fc.constantFrom<Json[]>(
  { required: ['a'] },
  { properties: { a: { type: 'number', maximum: 1 } }, additionalProperties: false },
  { not: { required: ['a', 'b'] } },
  { anyOf: [{ properties: { a: { const: 'x' } } }, { maxProperties: 0 }] },
)
const given: fc.Arbitrary<Json> = fc.dictionary(
  fc.constantFrom('a', 'b'),
  fc.constantFrom<Json[]>(0, 2, 'x', 'y', null),
  { maxKeys: 2 },
)
const rule: fc.Arbitrary<McpAccessRule> = fc.record({
  callers: fc.array(name, { maxLength: 2 }),
  grants: fc.array(
    fc.record(
      {
        capability: fc.constantFrom('tools', 'resources', 'prompts'),
        names: fc.array(name, { maxLength: 2 }),
        arguments: schema,
      },
      { requiredKeys: ['capability', 'names'] },
    ),
    { maxLength: 2 },
  ),
  mode: fc.constantFrom('enforce', 'enforce', 'shadow'),
})
const policy: fc.Arbitrary<McpAccessPolicy> = fc.record({ rules: fc.array(rule, { maxLength: 4 }) })
const question: fc.Arbitrary<McpAccessQuestion> = fc.record({
  caller: fc.option(name, { nil: undefined }),
  capability: fc.constantFrom('tools', 'resources', 'prompts'),
  name,
  arguments: fc.oneof(given, fc.constant<typeof anyArguments>(anyArguments)),
})

const decide = (rules: McpAccessPolicy, asked: McpAccessQuestion) => {
  const judged = judgeOf(rules)
  if (!judged.ok) throw new Error(judged.problem.problem)
  return decideMcpAccess(rules, asked, judged.judge)
}

test('a policy decides as a plain reading of it does', () => {
  fc.assert(
    fc.property(policy, question, (rules, asked) => {
      const decision = decide(rules, asked)
      expect(decision.allowed).toBe(
        rules.rules.some((one) => one.mode === 'enforce' && plainly(one, asked)),
      )
      if (decision.allowed) return
      expect(decision.reason !== 'caller').toBe(isKnownCaller(rules, asked.caller))
      const withAny = { ...asked, arguments: anyArguments } as const
      expect(decision.reason === 'arguments').toBe(
        rules.rules.some((one) => one.mode === 'enforce' && plainly(one, withAny)),
      )
    }),
    { numRuns: 3_000 },
  )
})

test('shadow rules change nothing but what is said of them', () => {
  fc.assert(
    fc.property(policy, question, (rules, asked) => {
      const { shadow, ...decision } = decide(rules, asked)
      const withoutShadow = {
        rules: rules.rules.map((one) => (one.mode === 'shadow' ? { ...one, callers: [] } : one)),
      }
      expect(decide(withoutShadow, asked)).toEqual(decision)
      expect(shadow !== undefined).toBe(
        rules.rules.some((one) => one.mode === 'shadow' && plainly(one, asked)),
      )
    }),
    { numRuns: 1_000 },
  )
})

test('who keeps the grants of a policy may do under the next one whatever that one let them', () => {
  let kept = 0
  fc.assert(
    fc.property(policy, policy, fc.boolean(), question, (before, random, isMore, asked) => {
      const after = isMore ? { rules: [...random.rules, ...before.rules.toReversed()] } : random
      const { caller } = asked
      if (isMore && isKnownCaller(before, caller)) {
        expect(keepsGrants(before, after, caller)).toBe(true)
      }
      if (!keepsGrants(before, after, caller)) return
      kept += 1
      expect(isKnownCaller(after, caller)).toBe(true)
      if (decide(before, asked).allowed) expect(decide(after, asked).allowed).toBe(true)
    }),
    { numRuns: 2_000 },
  )
  expect(kept).toBeGreaterThan(50)
})

test('without a judge, what depends on arguments is denied', () => {
  const grants = [{ capability: 'tools', names: ['a'], arguments: {} }] as const
  const rules = [{ callers: ['x'], grants, mode: 'enforce' }] as const
  const asked = { caller: 'x', capability: 'tools', name: 'a', arguments: {} } as const
  expect(decideMcpAccess({ rules }, asked)).toMatchObject({ allowed: false, reason: 'arguments' })
})

describe('a wildcard', () => {
  it.each([
    ['*', '', true],
    ['*', 'anything', true],
    ['add', 'add', true],
    ['add', 'adder', false],
    ['add*', 'adder', true],
    ['*er', 'adder', true],
    ['a*d*r', 'adder', true],
    ['a*a', 'a', false],
    ['file://*/x', 'file:///etc/x', true],
    ['a.c', 'abc', false],
  ])('%s and %s: %s', (pattern, text, expected) => {
    expect(matchesWildcard(pattern, text)).toBe(expected)
  })

  it('takes no longer for a hostile pattern', () => {
    expect(matchesWildcard('*a'.repeat(2_000), 'b'.repeat(20_000))).toBe(false)
  })
})

describe('a wildcard for resources', () => {
  const allowed = (granted: string, uri: string): boolean => {
    const grants = [{ capability: 'resources' as const, names: [granted] }]
    const rules = [{ callers: ['*'], grants, mode: 'enforce' as const }]
    return decideMcpAccess(
      { rules },
      { caller: 'a', capability: 'resources', name: uri, arguments: anyArguments },
    ).allowed
  }

  it.each([
    'file:///public/../secret',
    'file:///public/..',
    'file:///public/..?x',
    'file:///public/./a',
    'file:///public/%2e%2E/secret',
    'file:///public/.%2e/secret',
    'file:///public/%252e%252e/secret',
    'file:///public/a%2f..%2fsecret',
    String.raw`file:///public/..\secret`,
    'file:///public/x%5C..%5csecret',
    'file:///public/.\t./secret',
    'file:///public/%\n2e./secret',
    'file:///public/.%0d./secret',
    'file:///public/.. ',
    'file:///public/..;x/secret',
  ])('means no URI that leads elsewhere: %s', (uri) => {
    expect(allowed('file:///public/*', uri)).toBe(false)
    expect(allowed(uri, uri)).toBe(true)
    expect(allowed('*', uri)).toBe(true)
  })

  it.each([
    'file:///public/a..b',
    'file:///public/.hidden',
    'file:///public/...',
    'file:///public/a.',
  ])('means %s', (uri) => {
    expect(allowed('file:///public/*', uri)).toBe(true)
  })
})

function plainly({ callers, grants }: McpAccessRule, asked: McpAccessQuestion): boolean {
  const caller = callers.some((pattern) =>
    asked.caller === undefined ? pattern === '*' : like(pattern, asked.caller),
  )
  return (
    caller &&
    grants.some(
      ({ capability, names, arguments: wanted }) =>
        capability === asked.capability &&
        names.some((pattern) => {
          if (!like(pattern, asked.name)) return false
          const isDirect = capability !== 'resources' || isWithoutDots(asked.name)
          return isDirect || pattern === '*' || pattern === asked.name
        }) &&
        (wanted === undefined ||
          typeof asked.arguments === 'symbol' ||
          satisfies(wanted, asked.arguments)),
    )
  )
}

function isWithoutDots(uri: string): boolean {
  return uri.split('/').every((segment) => segment !== '.' && segment !== '..')
}

function like(pattern: string, text: string): boolean {
  const source = pattern
    .split('*')
    .map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join('[^]*')
  return new RegExp(`^${source}$`).test(text)
}
