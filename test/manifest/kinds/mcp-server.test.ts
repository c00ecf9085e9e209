// MCP servers as Dapr knows them.
import { readFileSync } from 'node:fs'

import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'

import { readTexts } from '../../../src/manifest/read.ts'
import { crdProblems } from '../../support/dapr-crds.ts'

test('what is valid here, with every field there is, Kubernetes takes as well', () => {
  const text = readFileSync('fixtures/manifests/valid/mcp-server.yaml', 'utf8')
  const documents = parseAllDocuments(text).map((each) => each.toJS() as { kind: string })
  expect(documents.length).toBe(4)
  expect(documents.flatMap(crdProblems)).toEqual([])
})

test.each([
  ['0s', true],
  ['0', true],
  ['250ms', true],
  ['1m30s', true],
  ['30', false],
  ['-1s', false],
  ['soon', false],
])('timeout %s', (timeout, isValid) => {
  for (const transport of [
    'streamableHTTP: { url: https://mcp.example.com/mcp',
    'sse: { url: https://mcp.example.com/sse',
    'stdio: { command: npx',
  ]) {
    const text = server(`${transport}, timeout: "${timeout}" }`)
    expect(readTexts([{ file: 'a.yaml', text }]).resources.length).toBe(isValid ? 1 : 0)
  }
})

function server(transport: string): string {
  return [
    'apiVersion: dapr.io/v1alpha1',
    'kind: MCPServer',
    'metadata: { name: a }',
    'spec:',
    '  endpoint:',
    `    ${transport}`,
    '',
  ].join('\n')
}
