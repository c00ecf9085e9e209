// Broken, cut and shuffled manifests: no crash, no hang, no finding outside its file, and no secret in what is shown.
// MCPAUTH_FUZZ_RUNS sets how many documents are tried.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import fc from 'fast-check'
import { expect, test } from 'vitest'

import { lintTexts } from '../../../src/manifest/lint/lint.ts'
import { targets } from '../../../src/manifest/lint/rule.ts'

const runs = Number(process.env['MCPAUTH_FUZZ_RUNS'] ?? 1_500)

const corpus = readdirSync('fixtures/manifests', { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.yaml'))
  .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))

const noise = [
  '\n',
  ' ',
  '  ',
  '\t',
  ':',
  '- ',
  '#',
  '"',
  "'",
  '|\n',
  '>\n',
  '&a ',
  '*a',
  '!!str ',
  '---\n',
  '{',
  '}',
  '[',
  ']',
  ',',
  '0123',
  'no',
  '\u202e',
  '😀',
  '\ud800',
  '<<: ',
  'null',
  '~',
  '? ',
  '%YAML 1.1\n',
  'metadata',
  'spec',
  'a'.repeat(300),
]

/** A manifest of the corpus after some edits of the kind that people and machines make by mistake. */
const mutated = fc
  .tuple(
    fc.constantFrom(...corpus),
    fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        length: fc.integer({ min: 0, max: 40 }),
        insert: fc.constantFrom('', ...noise),
      }),
      { minLength: 1, maxLength: 6 },
    ),
  )
  .map(([text, edits]) =>
    edits.reduce((result, { at, length, insert }) => {
      const start = Math.floor(at * result.length)
      return result.slice(0, start) + insert + result.slice(start + length)
    }, text),
  )

const text = fc.oneof(
  { weight: 6, arbitrary: mutated },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
)

test(
  'any text is linted, and every finding lies in it',
  () => {
    fc.assert(
      fc.property(text, fc.constantFrom(...targets), (source, target) => {
        const file = 'a.yaml'
        const { findings } = lintTexts([{ file, text: source }], { target })
        const lines = source.split('\n')
        for (const finding of findings) {
          expect(finding.file).toBe(file)
          for (const { line, column } of [finding.start, finding.end ?? finding.start]) {
            expect(line).toBeGreaterThanOrEqual(1)
            expect(line).toBeLessThanOrEqual(lines.length)
            expect(column).toBeGreaterThanOrEqual(1)
            expect(column).toBeLessThanOrEqual((lines[line - 1] ?? '').length + 1)
          }
        }
      }),
      { numRuns: runs },
    )
  },
  Math.max(20_000, runs * 20),
)

test('the order of files changes nothing', () => {
  fc.assert(
    fc.property(fc.array(mutated, { minLength: 2, maxLength: 4 }), (texts) => {
      const files = texts.map((source, index) => ({ file: `${index}.yaml`, text: source }))
      const { findings } = lintTexts(files, { target: 'mcpauth' })
      expect(lintTexts(files.toReversed(), { target: 'mcpauth' }).findings).toEqual(findings)
    }),
    { numRuns: 50 },
  )
})
