// What a batch is: order, duplicates, masking, and manifests that survive being printed and read again.
import { expect, test } from 'vitest'

import { readTexts } from '../../src/manifest/read.ts'
import { renderDiagnostics } from '../../src/manifest/render.ts'
import { toYaml } from '../../src/manifest/serialize.ts'

const endpoint = (name: string, url = 'https://mcp.example.com') =>
  `apiVersion: dapr.io/v1alpha1\nkind: HTTPEndpoint\nmetadata:\n  name: ${name}\nspec:\n  baseUrl: ${url}\n`

test('a name in two files is an error at the second that names the first', () => {
  const { diagnostics, resources } = readTexts([
    { file: 'b.yaml', text: endpoint('one') },
    { file: 'a.yaml', text: endpoint('one') },
  ])
  expect(resources).toHaveLength(1)
  expect(diagnostics).toHaveLength(1)
  expect(diagnostics[0]).toMatchObject({ file: 'a.yaml', start: { line: 4, column: 9 } })
  expect(diagnostics[0]?.message).toContain('b.yaml:4:9')
})

test('diagnostics come in the order of the files, then of the lines', () => {
  const text = `${endpoint('X', 'ftp://a')}---\n${endpoint('Y')}`
  const { diagnostics } = readTexts([
    { file: 'b.yaml', text },
    { file: 'a.yaml', text: endpoint('Z') },
  ])
  expect(diagnostics.map(({ file, start }) => `${file}:${start.line}`)).toEqual([
    'b.yaml:4',
    'b.yaml:6',
    'b.yaml:11',
    'a.yaml:4',
  ])
})

test.for(['', '\n', '---\n', '# a comment\n---\n---\n', 'null\n'])(
  'a batch without any document is an error at each of its files: %j',
  (text) => {
    const { diagnostics } = readTexts([
      { file: 'a.yaml', text },
      { file: '<stdin>', text: '' },
    ])
    expect(diagnostics.map(({ severity, rule, message }) => [severity, rule, message])).toEqual([
      ['error', 'no-manifest', 'a.yaml holds no manifest.'],
      ['error', 'no-manifest', '<stdin> holds no manifest.'],
    ])
    const beside = readTexts([
      { file: 'a.yaml', text },
      { file: 'b.yaml', text: endpoint('one') },
    ])
    expect(beside.diagnostics).toEqual([])
  },
)

test('the digest depends on the meaning, not on the layout', () => {
  const [one] = readTexts([{ file: 'a', text: endpoint('one') }]).resources
  const flow = toYaml(one?.manifest ?? null)
  const json = JSON.stringify(one?.manifest)
  for (const text of [flow, json, `# a comment\n${endpoint('one')}`]) {
    expect(readTexts([{ file: 'a', text }]).resources[0]?.digest).toBe(one?.digest)
  }
  const [other] = readTexts([{ file: 'a', text: endpoint('two') }]).resources
  expect(other?.digest).not.toBe(one?.digest)
})

test('text that YAML 1.1 readers take for something else is quoted', () => {
  expect(toYaml({ a: 'yes', b: '012', c: 'plain', d: '1:30', e: 'null', f: 1 })).toBe(
    'a: "yes"\nb: "012"\nc: plain\nd: "1:30"\ne: "null"\nf: 1\n',
  )
})

test('colours go around the severity and the underline only', () => {
  const text = endpoint('-x')
  const batch = readTexts([{ file: 'a.yaml', text }])
  const rendered = renderDiagnostics(batch.diagnostics, batch.sources, {
    error: (part) => `<e>${part}</e>`,
    warning: (part) => `<w>${part}</w>`,
    dim: (part) => part,
  })
  expect(rendered).toContain('a.yaml:4:9 <e>error</e> "-x" is not a valid name')
  expect(rendered).toContain('    |         <e>^^</e>\n')
})

test('escape sequences in a manifest do not reach the terminal', () => {
  const text = `${endpoint('one')}  "baseUrl\u202e": 1\n`
  const batch = readTexts([{ file: 'a\u001b[31m.yaml', text }])
  const rendered = renderDiagnostics(batch.diagnostics, batch.sources, {
    error: String,
    warning: String,
    dim: String,
  })
  expect(rendered).toContain('unknown-field')
  expect(rendered).not.toContain('\u001b')
  expect(rendered).not.toContain('\u202e')
})

test('an App ID as the control plane prints it can be applied again', () => {
  const text = toYaml({
    apiVersion: 'cra.diagrid.io/v1beta1',
    kind: 'AppIdentity',
    metadata: { name: 'mcp-server', uid: 'u', createdAt: 'now', updatedAt: 'now', generation: 2 },
    spec: { appConfig: 'c', projectId: 'p' },
    status: { status: 'ready', apiToken: 'mcpauth://v1/secret' },
  })
  const { diagnostics, resources } = readTexts([{ file: 'a', text }])
  expect(diagnostics).toEqual([])
  expect(resources[0]?.manifest).toEqual({
    apiVersion: 'cra.diagrid.io/v1beta1',
    kind: 'AppIdentity',
    metadata: { name: 'mcp-server' },
    spec: { appConfig: 'c' },
  })
  expect(resources[0]?.references).toEqual([
    { pointer: '/spec/appConfig', to: 'configuration', name: 'c' },
  ])
})
