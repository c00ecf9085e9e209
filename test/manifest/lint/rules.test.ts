// Every rule has a bad and a good case, and says of the bad one exactly what its golden file holds.
import { existsSync, readdirSync } from 'node:fs'

import { describe, expect, test } from 'vitest'

import { loadManifests } from '../../../src/manifest/load.ts'
import { allRules, lintTexts } from '../../../src/manifest/lint/lint.ts'
import type { Target } from '../../../src/manifest/lint/rule.ts'
import { renderDiagnostics } from '../../../src/manifest/render.ts'

const root = 'fixtures/manifests/lint'
const plain = { error: same, warning: same, dim: same }

/** Rules that need a project, a special file or a huge one; their tests make them. */
const elsewhere = new Set([
  'unreadable',
  'no-manifest',
  'encoding',
  'control-character',
  'too-large',
  'too-many-documents',
  'too-deep',
  'too-many-aliases',
  'duplicate-resource',
  'unknown-app-id',
  'missing-secret',
  'unknown-mcp-server',
  'name-taken',
  'secrets-file-unreadable',
  'secrets-file-open',
  'opa-missing',
  'component-type-changed',
  'unread-secret-store',
  'large-document',
])

const ids = [...allRules.keys()].filter((id) => !elsewhere.has(id))

test('every case belongs to a rule', () => {
  expect(readdirSync(root).filter((id) => !ids.includes(id))).toEqual([])
})

describe.each(ids)('%s', (id) => {
  const folder = `${root}/${id}`
  const cases = existsSync(folder)
    ? readdirSync(folder).filter((name) => !name.endsWith('.findings.txt'))
    : []
  const bad = cases.filter((name) => name.startsWith('bad'))
  const good = cases.filter((name) => name.startsWith('good'))
  const target: Target = allRules.get(id)?.targets?.[0] ?? 'mcpauth'

  test('has a bad and a good case', () => {
    expect([bad.length > 0, good.length > 0]).toEqual([true, true])
  })

  test.each(bad)('finds %s', async (name) => {
    const { findings, sources } = await lintCase(`${folder}/${name}`, target)
    expect(findings.map(({ rule }) => rule)).toContain(id)
    const golden = `${process.cwd()}/${folder}/${name.replace(/\.yaml$/, '')}.findings.txt`
    await expect(renderDiagnostics(findings, sources, plain)).toMatchFileSnapshot(golden)
  })

  test.each(good)('is silent about %s', async (name) => {
    const { findings } = await lintCase(`${folder}/${name}`, target)
    expect(findings.filter(({ rule }) => rule === id)).toEqual([])
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
  })
})

async function lintCase(path: string, target: Target) {
  const loaded = await loadManifests([path], { stdin: async () => new Uint8Array() })
  const named = loaded.sources.map(({ file, text }) => ({ file, text }))
  return lintTexts(named, { target }, loaded.diagnostics)
}

function same(text: string): string {
  return text
}
