// Schemas of arguments: what they say of values, and which of them are refused before they can decide.
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'

import type { Json } from '../../src/core/json.ts'
import { compileSchema } from '../../src/json-schema/compile.ts'
import { satisfies } from './naive.ts'

function problemOf(schema: Json, value: Json) {
  const compiled = compileSchema(schema)
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems))
  return compiled.check(value)
}

function refusalsOf(schema: Json): string[] {
  const compiled = compileSchema(schema)
  return compiled.ok ? [] : compiled.problems.map(({ pointer, problem }) => `${pointer} ${problem}`)
}

const name = fc.constantFrom('a', 'b', 'toString', '__proto__')
const scalar = fc.constantFrom<Json[]>(0, 1, 1.5, -2, '', 'a', 'aé', null, true)
const { value } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'value' },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(name, tie('value'), { maxKeys: 3 }),
  ),
}))
/** One keyword with schemas in it beside some without: a schema with all of them would never end. */
const { schema } = fc.letrec<{ schema: Json }>((tie) => {
  const several = fc.array(tie('schema'), { minLength: 1, maxLength: 2 })
  const plain = fc.record(
    {
      type: fc.constantFrom('object', 'array', 'string', 'number', 'integer', 'null'),
      const: scalar,
      enum: fc.uniqueArray(scalar, { minLength: 1, maxLength: 3 }),
      maximum: fc.constantFrom(0, 1.5),
      minimum: fc.constantFrom(0, 1.5),
      maxLength: fc.constantFrom(0, 1),
      pattern: fc.constantFrom('a', '^a$', '^.{2}$'),
      required: fc.uniqueArray(name, { maxLength: 2 }),
      maxProperties: fc.constantFrom(0, 1),
      uniqueItems: fc.boolean(),
    },
    { requiredKeys: [] },
  )
  const few = fc.subarray(
    [
      'type',
      'const',
      'enum',
      'maximum',
      'minimum',
      'maxLength',
      'pattern',
      'required',
      'maxProperties',
      'uniqueItems',
    ],
    { maxLength: 2 },
  )
  const leaf = fc
    .tuple(plain, few)
    .map(
      ([all, keys]): Record<string, Json> =>
        Object.fromEntries(Object.entries(all).filter(([key]) => keys.includes(key))) as Record<
          string,
          Json
        >,
    )
  const nested = fc.oneof(
    fc.record({
      properties: fc.dictionary(fc.constantFrom('a', 'b', 'toString'), tie('schema'), {
        maxKeys: 2,
      }),
      additionalProperties: fc.boolean(),
    }),
    fc.record({ items: tie('schema') }),
    fc.record({ not: tie('schema') }),
    fc.record({ allOf: several }),
    fc.record({ anyOf: several }),
    fc.record({ oneOf: several }),
  )
  return {
    schema: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'schema' },
      fc.boolean(),
      leaf,
      fc.tuple(leaf, nested).map(([one, other]): Json => ({ ...one, ...other })),
    ),
  }
})

test('a compiled schema says what a plain reading of it says', () => {
  fc.assert(
    fc.property(
      schema.filter((one) => typeof one === 'object'),
      value,
      (one, given) => {
        expect(problemOf(one, given) === undefined).toBe(satisfies(one, given))
      },
    ),
    { numRuns: 400 },
  )
})

describe('what breaks a schema', () => {
  const transfer = {
    type: 'object',
    required: ['to', 'amount'],
    properties: {
      to: { type: 'string', pattern: '^acc-[0-9]+$' },
      amount: { type: 'number', maximum: 100 },
      tags: { type: 'array', items: { $ref: '#/$defs/tag' }, uniqueItems: true },
    },
    additionalProperties: false,
    $defs: { tag: { enum: ['a', 'b'] } },
  }
  it.each([
    [{ to: 'acc-1', amount: 100, tags: ['a', 'b'] }, undefined],
    [{ to: 'acc-1' }, { path: '', keyword: 'required' }],
    [
      { to: 'acc-1x', amount: 1 },
      { path: '/to', keyword: 'pattern' },
    ],
    [
      { to: 'acc-1', amount: 101 },
      { path: '/amount', keyword: 'maximum' },
    ],
    [
      { to: 'acc-1', amount: '1' },
      { path: '/amount', keyword: 'type' },
    ],
    [
      { to: 'acc-1', amount: 1, tags: ['c'] },
      { path: '/tags/0', keyword: 'enum' },
    ],
    [
      { to: 'acc-1', amount: 1, tags: ['a', 'a'] },
      { path: '/tags', keyword: 'uniqueItems' },
    ],
    [
      { to: 'acc-1', amount: 1, more: 1 },
      { path: '', keyword: 'additionalProperties' },
    ],
    [
      { to: 'acc-1', amount: 1, AMOUNT: 1000 },
      { path: '', keyword: 'look-alike' },
    ],
    [
      { to: 'acc-1', amount: -(2 ** 53) },
      { path: '/amount', keyword: 'exact-number' },
    ],
    ['text', { path: '', keyword: 'type' }],
  ] as const)('in %j', (given, expected) => {
    expect(problemOf(transfer, given)).toEqual(expected)
  })

  it('is not found in what every object inherits', () => {
    expect(problemOf({ required: ['toString'] }, {})).toEqual({ path: '', keyword: 'required' })
  })

  it('is found in linear time', () => {
    const text = `${'a'.repeat(50_000)}!`
    expect(problemOf({ properties: { a: { pattern: '^(a+)+$' } } }, { a: text })).toBeDefined()
    const items = Array.from({ length: 50_000 }, (_, index) => ({ index }))
    const unique = { properties: { a: { uniqueItems: true } } }
    expect(problemOf(unique, { a: items })).toBeUndefined()
  }, 10_000)
})

describe('a schema is refused', () => {
  const doubled = Object.fromEntries(
    Array.from({ length: 12 }, (_, index) => {
      const next = { $ref: `#/$defs/d${index + 1}` }
      return [`d${index}`, { allOf: [next, next] }]
    }),
  )
  it.each<[Json, string]>([
    [{ properties: { a: { format: 'ipv4' } } }, '/properties/a/format is no keyword'],
    [{ properties: { a: { maximun: 1 } } }, '/properties/a/maximun is no keyword'],
    [{ $ref: 'https://example.com/schema' }, '/$ref refers to something outside'],
    [{ $ref: '#/$defs/missing' }, '/$ref refers to something that is not there'],
    [{ properties: { a: { $ref: '#' } } }, ' leads back to itself'],
    [{ $id: 'https://example.com/a' }, '/$id is no keyword'],
    [{ $schema: 'http://json-schema.org/draft-07/schema#' }, '/$schema names another dialect'],
    [{ properties: { a: { pattern: '(?=a)' } } }, '/properties/a/pattern is not a valid RE2'],
    [{ patternProperties: { '(a)\\1': true } }, '/patternProperties/(a)\\1 is not a valid RE2'],
    [{ pattern: 'a'.repeat(2_000) }, '/pattern is longer'],
    [{ pattern: '((a{900}){900}){900}' }, '/pattern is not a valid RE2'],
    [{ description: 'x'.repeat(20_000) }, ' is longer than'],
    [{ properties: { a: { type: 'text' } } }, '/properties/a/type is not valid JSON Schema'],
    [{ properties: [] }, '/properties is not valid JSON Schema'],
    [{ enum: [2 ** 53] }, '/enum holds a number'],
    [JSON.parse(`${'{"not":'.repeat(40)}{}${'}'.repeat(40)}`) as Json, 'deeper than'],
    [{ $ref: '#/$defs/d0', $defs: { ...doubled, d12: {} } }, ' asks for more than'],
    [[], ' is no schema'],
  ])('%#', (schema_, expected) => {
    expect(refusalsOf(schema_)).toEqual([expect.stringContaining(expected)])
  })

  it('for everything in it at once', () => {
    expect(refusalsOf({ $id: 'a', properties: { a: { pattern: '(' } } })).toHaveLength(2)
  })
})
