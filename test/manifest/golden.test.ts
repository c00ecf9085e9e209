// Golden files: what each manifest under fixtures/manifests says, word for word, and what it becomes.
import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'

import { describe, expect, test } from 'vitest'

import { hasErrors, readManifests } from '../../src/manifest/read.ts'
import { renderDiagnostics } from '../../src/manifest/render.ts'

const root = 'fixtures/manifests'
const plain = { error: same, warning: same, dim: same }
const stdin = () => Promise.resolve(new Uint8Array())

describe.each(['valid', 'invalid'])('%s manifests', (folder) => {
  const files = readdirSync(`${root}/${folder}`).filter((name) => /\.(?:yaml|json)$/.test(name))
  test.each(files)('%s', async (name) => {
    const path = `${root}/${folder}/${name}`
    const batch = await readManifests([path], { stdin })
    const text = renderDiagnostics(batch.diagnostics, batch.sources, plain)

    expect(hasErrors(batch.diagnostics)).toBe(folder === 'invalid')
    expect(text).not.toContain('canary')
    const stem = `${process.cwd()}/${root}/${folder}/${basename(path).replace(/\.\w+$/, '')}`
    await expect(text).toMatchFileSnapshot(`${stem}.diagnostics.txt`)
    if (folder === 'invalid') return

    const normalized = batch.resources.map(({ manifest, sensitive, references }) => ({
      manifest,
      sensitive,
      references,
    }))
    await expect(`${JSON.stringify(normalized, null, 2)}\n`).toMatchFileSnapshot(
      `${stem}.normalized.txt`,
    )
  })
})

test('the manifests of the guide are valid without a warning', async () => {
  const batch = await readManifests(['fixtures/guide'], { stdin })
  expect(batch.diagnostics).toEqual([])
  expect(batch.resources.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'Component bearer-validator',
    'HTTPEndpoint mcp-server',
    'Component oauth2',
    'Configuration bearer-server-config',
    'Configuration oauth2-client-config',
  ])
})

test('every canary in a valid manifest is at a sensitive pointer', async () => {
  const batch = await readManifests([`${root}/valid`], { stdin })
  const sensitive = batch.resources.flatMap((resource) => resource.sensitive)
  const text = readdirSync(`${root}/valid`)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => readFileSync(`${root}/valid/${name}`, 'utf8'))
    .join('\n')
  // The status of an App ID is dropped, with the token in it.
  expect(sensitive.length).toBe((text.match(/canary/g) ?? []).length - 1)
})

function same(text: string): string {
  return text
}
