// The quick reader and the whole parser agree on every text that the quick one takes.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import fc from 'fast-check'
import { expect, test } from 'vitest'

import { parseYaml, type ParsedText } from '../../src/manifest/parse.ts'
import { readPlainYaml } from '../../src/manifest/plain-yaml.ts'

const runs = Number(process.env['MCPAUTH_FUZZ_RUNS'] ?? 2_000)

const corpus = readdirSync('fixtures', { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
  .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))

test('the corpus is read alike, and mostly by the quick reader', () => {
  const taken = corpus.filter(agree)
  expect(taken.length).toBeGreaterThan(corpus.length / 2)
})

const pieces = [
  'a: 1',
  'b: two',
  '- x',
  '- k: v',
  '- - y',
  'c:',
  '  d: e',
  '    f: g',
  '- h:',
  '{ a: b }',
  '[a, b]',
  "'q'",
  '"r"',
  '# c',
  ' # d',
  '---',
  'a: b: c',
  'http://x:1/y',
  'a:b',
  'k:  v  ',
  'n: 0123',
  'o: 1e3',
  'p: .5',
  'q: null',
  'r: True',
  's: ~',
  't: -1',
  'u: 0x1F',
  'v: 1_000',
  'w: yes',
  '',
  ' ',
  '  ',
  '    ',
  '\n',
  'é: ü',
  'z: [a, {b: c}, "d"]',
  'y: { a: [1, 2], b: "x, y" }',
  'x: {a: b}',
  'm: "a\\"b"',
  "l: 'it''s'",
  'j: a#b',
  'i: a #b',
  '? x',
  '*a',
  '&a',
  '!!str',
  '|',
  '>',
  '%',
  '@',
  '`',
  '"',
  "'",
  ':',
  '-',
  ',',
  '1: x',
  'true: x',
  '<<: x',
  'k: v,',
  'k: [a,]',
  'k: {a}',
  'k: [a: b]',
  'e: $x',
  'g: ${X}',
  'f: a, b',
  'h: a]',
  '...',
  '\t',
  '\r\n',
]

const composed = fc
  .array(fc.tuple(fc.constantFrom('', '', '', '  ', '    ', '- '), fc.constantFrom(...pieces)), {
    maxLength: 8,
  })
  .map((lines) => lines.map(([indent, piece]) => indent + piece).join('\n'))

const mutated = fc
  .tuple(
    fc.constantFrom(...corpus),
    fc.array(fc.tuple(fc.nat(), fc.nat({ max: 12 }), fc.constantFrom('', ...pieces)), {
      minLength: 1,
      maxLength: 4,
    }),
  )
  .map(([text, edits]) =>
    edits.reduce((result, [position, length, insert]) => {
      const start = position % (result.length + 1)
      return result.slice(0, start) + insert + result.slice(start + length)
    }, text),
  )

test(
  'whatever the quick reader takes, the whole parser reads the same, at the same places',
  () => {
    let taken = 0
    fc.assert(
      fc.property(fc.oneof(composed, mutated), (text) => {
        if (agree(text)) taken += 1
      }),
      { numRuns: runs },
    )
    expect(taken).toBeGreaterThan(runs / 20)
  },
  Math.max(20_000, runs * 10),
)

/** False when the quick reader leaves the text to the whole parser. */
function agree(text: string): boolean {
  const quick = readPlainYaml(text)
  if (quick === undefined) return false
  const whole: ParsedText = parseYaml(text)
  expect(whole.problems).toEqual([])
  expect(quick.map(({ value }) => value)).toEqual(whole.documents.map(({ value }) => value))
  for (const [index, { spans, keys, sources, value }] of quick.entries()) {
    const document = whole.documents[index]
    for (const pointer of pointersOf(value)) {
      expect([pointer, spans.get(pointer)]).toEqual([pointer, document?.locate(pointer)])
      expect([pointer, keys.get(pointer)]).toEqual([pointer, document?.locateKey(pointer)])
      expect([pointer, sources.get(pointer)]).toEqual([pointer, document?.sourceAt(pointer)])
    }
  }
  return true
}

function pointersOf(value: unknown, pointer = ''): string[] {
  if (typeof value !== 'object' || value === null) return [pointer]
  return [
    pointer,
    ...Object.entries(value).flatMap(([key, inner]) =>
      pointersOf(inner, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
    ),
  ]
}
