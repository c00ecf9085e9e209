// Properties of the reader: it never throws, places are right, typos are found where they are, secrets stay hidden.
import { readFileSync } from 'node:fs'

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

import type { Json } from '../../src/core/json.ts'
import { joinPointer } from '../../src/core/pointer.ts'
import { indexLines } from '../../src/manifest/line-index.ts'
import { parseManifest } from '../../src/manifest/parse.ts'
import { readTexts } from '../../src/manifest/read.ts'
import { renderDiagnostics } from '../../src/manifest/render.ts'
import { toYaml } from '../../src/manifest/serialize.ts'

const same = (text: string) => text
const plain = { error: same, warning: same, dim: same }
const fixture = (name: string) => readFileSync(`fixtures/guide/${name}`, 'utf8')
const guide = [
  'components/bearer.yaml',
  'components/oauth2.yaml',
  'components/mcp-server-endpoint.yaml',
  'config/bearer-server.yaml',
].map(fixture)

const fragments = fc.constantFrom(
  '- ',
  ': ',
  '\n',
  '  ',
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  '|\n',
  '&a ',
  '*a',
  '!!str ',
  '#',
  '---\n',
  'name',
  'value',
  'clientSecret',
  'kind: Component\n',
  'apiVersion: dapr.io/v1alpha1\n',
  '? ',
  ',',
  'metadata:\n  name: a\n',
  'spec:\n  type: middleware.http.bearer\n',
  'null',
  '1',
  'é',
  '\t',
  '\r\n',
)
const yamlish = fc.array(fragments, { maxLength: 40 }).map((parts) => parts.join(''))

test('any text is read and rendered without throwing', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), yamlish), (text) => {
      const batch = readTexts([{ file: 'a', text }])
      expect(typeof renderDiagnostics(batch.diagnostics, batch.sources, plain)).toBe('string')
    }),
    { numRuns: 2000 },
  )
})

test('a typo in one key is an error at that key', () => {
  const cases = guide.flatMap((text) =>
    [...text.matchAll(/^( *(?:- )?)([A-Za-z]+):/gm)].map((match) => ({ text, match })),
  )
  fc.assert(
    fc.property(fc.constantFrom(...cases), fc.integer({ min: 0 }), ({ text, match }, seed) => {
      const [, indent = '', key = ''] = match
      const at = match.index + indent.length
      const cut = seed % key.length
      const typo = `${key.slice(0, cut)}x${key.slice(cut)}`
      const changed = `${text.slice(0, at)}${typo}${text.slice(at + key.length)}`
      const { diagnostics } = readTexts([{ file: 'a', text: changed }])
      const { line } = indexLines(changed).position(at)
      const errors = diagnostics.filter(({ severity }) => severity === 'error')
      expect(errors.map(({ start }) => start.line)).toContain(line)
    }),
  )
})

const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null))
const tree = fc.letrec<{ node: Json }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.array(tie('node'), { maxLength: 3 }),
    fc.dictionary(fc.stringMatching(/^[a-z~/]{1,5}$/), tie('node'), { maxKeys: 4 }),
  ),
})).node

test('every value is located where it stands', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.stringMatching(/^[a-z~/]{1,5}$/), tree, { minKeys: 1 }),
      (value) => {
        const text = toYaml(value)
        const { documents, problems } = parseManifest(text)
        if (problems.length > 0) return
        const [document] = documents
        expect(document?.value).toEqual(value)
        for (const [pointer, leaf] of leaves(value, '')) {
          const span = document?.locate(pointer)
          const source = text.slice(span?.start, span?.end)
          if (typeof leaf === 'number' || typeof leaf === 'boolean')
            expect(source).toBe(String(leaf))
          if (typeof leaf === 'string' && !/^[|>]/.test(source)) expect(parse(source)).toBe(leaf)
        }
      },
    ),
    { numRuns: 300 },
  )
})

test('a literal secret is never rendered, however the manifest around it is broken', () => {
  const text = fixture('components/oauth2.yaml').replace(
    /secretKeyRef:\n.*\n.*\n/,
    'value: hunter2-canary\n',
  )
  expect(text).toContain('canary')
  const secretAt = text.indexOf('hunter2-canary')
  fc.assert(
    fc.property(fc.nat(text.length), fc.nat(3), fragments, (at, removed, inserted) => {
      // What changes the name of the setting itself, or the secret, makes another manifest.
      const nameAt = text.indexOf('clientSecret')
      fc.pre(at + removed < nameAt || at >= secretAt + 'hunter2-canary'.length)
      const broken = `${text.slice(0, at)}${inserted}${text.slice(at + removed)}`
      const batch = readTexts([{ file: 'a', text: broken }])
      expect(renderDiagnostics(batch.diagnostics, batch.sources, plain)).not.toContain('canary')
    }),
    { numRuns: 1000 },
  )
})

function leaves(value: Json, pointer: string): [string, Json][] {
  if (typeof value !== 'object' || value === null) return [[pointer, value]]
  return Object.entries(value).flatMap(([key, item]) => leaves(item, joinPointer(pointer, key)))
}
