// The decisions of a policy equal those of the plainest evaluator one can write.
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'

import {
  decideMcpAccess,
  isKnownCaller,
  matchesWildcard,
  type McpAccessPolicy,
  type McpAccessQuestion,
  type McpAccessRule,
} from '../../src/core/mcp-access.ts'

const name = fc.string({ unit: fc.constantFrom('a', 'b', '*', '.', '+', 'é', '/'), maxLength: 5 })
const rule: fc.Arbitrary<McpAccessRule> = fc.record({
  callers: fc.array(name, { maxLength: 2 }),
  grants: fc.array(
    fc.record({
      capability: fc.constantFrom('tools', 'resources', 'prompts'),
      names: fc.array(name, { maxLength: 2 }),
    }),
    { maxLength: 2 },
  ),
  mode: fc.constantFrom('enforce', 'enforce', 'shadow'),
})
const policy: fc.Arbitrary<McpAccessPolicy> = fc.record({ rules: fc.array(rule, { maxLength: 4 }) })
const question: fc.Arbitrary<McpAccessQuestion> = fc.record({
  caller: fc.option(name, { nil: undefined }),
  capability: fc.constantFrom('tools', 'resources', 'prompts'),
  name,
})

test('a policy decides as a plain reading of it does', () => {
  fc.assert(
    fc.property(policy, question, (rules, asked) => {
      const decision = decideMcpAccess(rules, asked)
      expect(decision.allowed).toBe(
        rules.rules.some((one) => one.mode === 'enforce' && plainly(one, asked)),
      )
      if (!decision.allowed) {
        expect(decision.reason === 'name').toBe(isKnownCaller(rules, asked.caller))
      }
    }),
    { numRuns: 3_000 },
  )
})

test('shadow rules change nothing but what is said of them', () => {
  fc.assert(
    fc.property(policy, question, (rules, asked) => {
      const { shadow, ...decision } = decideMcpAccess(rules, asked)
      const withoutShadow = {
        rules: rules.rules.map((one) => (one.mode === 'shadow' ? { ...one, callers: [] } : one)),
      }
      expect(decideMcpAccess(withoutShadow, asked)).toEqual(decision)
      expect(shadow !== undefined).toBe(
        rules.rules.some((one) => one.mode === 'shadow' && plainly(one, asked)),
      )
    }),
    { numRuns: 1_000 },
  )
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
    return decideMcpAccess({ rules }, { caller: 'a', capability: 'resources', name: uri }).allowed
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
      ({ capability, names }) =>
        capability === asked.capability &&
        names.some((pattern) => {
          if (!like(pattern, asked.name)) return false
          const isDirect = capability !== 'resources' || isWithoutDots(asked.name)
          return isDirect || pattern === '*' || pattern === asked.name
        }),
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
