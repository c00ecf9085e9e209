// Run files among manifests: which files are taken for one, and what is said of them.
import { expect, test } from 'vitest'

import { lintTexts } from '../../../src/manifest/lint/lint.ts'
import { isRunFile } from '../../../src/manifest/lint/run-files.ts'

const file = 'dapr.yaml'

test.each([
  'version: 1\napps:\n- appID: a\n',
  'apps: [{ appDirPath: ./a }]\n',
  '{"version": 1, "apps": [{"appPort": 8000}]}',
  'version: 1\napps:\n- appId: misspelt\n',
])('%j is a run file', (text) => {
  expect(isRunFile({ file, text })).toBe(true)
})

test.each([
  '',
  'apps: 3',
  'apps:\n- name: a process of pm2\n  script: a.js\n',
  'version: 1\nservices: {}\n',
  'apiVersion: v1\nkind: List\napps:\n- appID: a\n',
  'apps: [{ appID: a',
])('%j is none', (text) => {
  expect(isRunFile({ file, text })).toBe(false)
})

test('one that is found in a folder is checked, at its places, beside the manifests', () => {
  const text = 'version: 1\napps:\n- appId: a\n  appPort: 70000\n  logLevel: debug\n'
  const other = { file: 'pm2.yaml', text: 'apps: [{ name: x }]', isFound: true }
  const result = (target: 'mcpauth' | 'dapr') =>
    lintTexts([{ file, text, isFound: true }, other], { target })
  const told = (target: 'mcpauth' | 'dapr'): string[] =>
    result(target).findings.map(({ rule, start }) => `${start.line}:${start.column} ${rule}`)
  expect(told('mcpauth')).toEqual(['3:3 unknown-field', '4:12 value', '5:3 ignored-field'])
  expect(told('dapr')).toEqual(['3:3 unknown-field', '4:12 value'])
  const { documents, skipped, sources } = result('mcpauth')
  expect([documents, skipped.files, sources.get(file)]).toEqual([1, 1, text])
})

test('a comment silences a finding in a run file too', () => {
  const comment = '# mcpauth-ignore ignored-field -- for Dapr'
  const text = `version: 1\napps:\n- appID: a\n  ${comment}\n  logLevel: debug\n`
  expect(lintTexts([{ file, text }], { target: 'mcpauth' }).findings).toEqual([])
})
