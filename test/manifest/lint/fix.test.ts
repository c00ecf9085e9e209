// Corrections: made once, and of nothing but what they say.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import fc from 'fast-check'
import { expect, test } from 'vitest'

import type { Fix } from '../../../src/core/diagnostic.ts'
import { fixText } from '../../../src/manifest/lint/fix.ts'
import { lintTexts, type LintResult } from '../../../src/manifest/lint/lint.ts'
import { secretMoves } from '../../../src/manifest/lint/secret-moves.ts'
import { parseManifest } from '../../../src/manifest/parse.ts'

const yamlTexts = ['fixtures/guide', 'fixtures/manifests'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.yaml'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8')),
)

/** The same documents as JSON, with and without white space: keys in quotes, values right behind the colon. */
const jsonTexts = yamlTexts
  .flatMap((text) => parseManifest(text).documents)
  .flatMap(({ value }) => [JSON.stringify(value), JSON.stringify(value, null, 2)])

/** Keys and verbs in the wrong case, which is what fixes are for. */
const miscased = fc
  .tuple(
    fc.constantFrom(...yamlTexts, ...jsonTexts),
    fc.array(fc.nat({ max: 400 }), { maxLength: 5 }),
  )
  .map(([text, picks]) => {
    const words = [
      ...text.matchAll(
        /(?<=^[ -]*)[A-Za-z]+(?=:)|(?<=")[A-Za-z]+(?=":)|\b(?:GET|POST|PUT|DELETE)\b/gm,
      ),
    ]
    return picks.reduce((result, pick) => {
      const word = words[pick % Math.max(1, words.length)]
      if (word === undefined) return result
      const { index } = word
      const end = index + word[0].length
      return result.slice(0, index) + swapCase(word[0]) + result.slice(end)
    }, text)
  })

test('a corrected text has nothing left to correct, and reads the same but for the corrections', () => {
  let fixed = 0
  fc.assert(
    fc.property(miscased, (text) => {
      let current = text
      for (let round = 0; round < 10; round += 1) {
        const next = fixText(current, fixesOf(lint(current)))
        if (next.fixes.length === 0) break
        fixed += next.fixes.length
        expect(linesOutside(next.fixes, current, next.text)).toEqual(
          linesOutside(next.fixes, current, current),
        )
        current = next.text
      }
      expect(fixText(current, fixesOf(lint(current))).fixes).toEqual([])
      if (isJson(text)) expect(isJson(current)).toBe(true)
      // A correction changes letters of names; whoever ignores case reads the same document.
      expect(valuesOf(current)).toEqual(valuesOf(text))
    }),
    { numRuns: 300 },
  )
  expect(fixed).toBeGreaterThan(100)
})

test('a moved secret is the only value that goes', () => {
  const moved = yamlTexts.flatMap((text) => lint(text).resources.flatMap(secretMoves))
  expect(moved.length).toBeGreaterThan(1)
  for (const text of yamlTexts) {
    const moves = lint(text).resources.flatMap(secretMoves)
    const { text: after, fixes } = fixText(
      text,
      moves.map(({ fix }) => fix),
    )
    for (const { name, key, value, fix } of moves) {
      if (!fixes.includes(fix)) continue
      expect(after.replaceAll(/\s|"/g, '')).toContain(`{name:${name},key:${key}}`)
      expect(after.split(value.reveal()).length).toBeLessThan(text.split(value.reveal()).length)
    }
    expect(lint(after).findings.filter(({ rule }) => rule === 'syntax')).toEqual(
      lint(text).findings.filter(({ rule }) => rule === 'syntax'),
    )
  }
})

test('a value that an alias repeats is not corrected behind its back', () => {
  const text = 'a: &x get\nb: *x\n'
  const fix: Fix = { edits: [{ start: 6, end: 9, text: 'GET' }], changes: ['/a'] }
  expect(fixText(text, [fix])).toEqual({ text, fixes: [] })
})

test('of two corrections of one place the first is made', () => {
  const edit = (text: string): Fix => ({ edits: [{ start: 3, end: 4, text }], changes: ['/a'] })
  const [first, second] = [edit('2'), edit('3')]
  expect(fixText('a: 1\n', [first, second])).toEqual({ text: 'a: 2\n', fixes: [first] })
})

function lint(text: string): LintResult {
  return lintTexts([{ file: 'a.yaml', text }], { target: 'mcpauth' })
}

function fixesOf({ findings }: LintResult): Fix[] {
  return findings.flatMap(({ fix }) => (fix === undefined ? [] : [fix]))
}

function valuesOf(text: string): string[] {
  return parseManifest(text).documents.map(({ value }) =>
    withoutAliases(JSON.stringify(value).toLowerCase()),
  )
}

/** The lines of `text` that stand where no correction of `before` touches one. */
function linesOutside(fixes: readonly Fix[], before: string, text: string): string[] {
  const touched = new Set(
    fixes.flatMap(({ edits }) =>
      edits.map(({ start }) => before.slice(0, start).split('\n').length - 1),
    ),
  )
  return text.split('\n').filter((_, index) => !touched.has(index))
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function swapCase(word: string): string {
  return word === word.toLowerCase() ? word.toUpperCase() : word.toLowerCase()
}

/** The older spellings that corrections replace. */
function withoutAliases(json: string): string {
  return json
    .replaceAll('"appid"', '"appidentity"')
    .replaceAll('"issuerurl"', '"issuer"')
    .replaceAll('"clientid"', '"audience"')
}
