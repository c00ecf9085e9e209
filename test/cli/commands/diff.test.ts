// `mcpauth diff`
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

import { cli, type CliOptions, type CliResult } from '../../support/run-cli.ts'
import { temporaryFolder } from '../../support/temp-home.ts'

const canary = 'canary-77aa'

function component(settings: Readonly<Record<string, string>>): string {
  const items = Object.entries({ clientID: 'me', ...settings }).map(
    ([name, value]) => `    - {name: ${name}, value: "${value}"}\n`,
  )
  return `apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {name: oauth2}
spec:\n  type: middleware.http.oauth2\n  version: v1\n  metadata:\n${items.join('')}`
}

const stored = { clientSecret: canary, tokenURL: 'https://auth.example.com/token' }
const endpoint = `apiVersion: dapr.io/v1alpha1
kind: HTTPEndpoint
metadata: {name: remote}
spec: {baseUrl: "https://remote.example.com"}
`

async function filled(): Promise<(words: string, options?: CliOptions) => Promise<CliResult>> {
  const mcpauth = cli({ cwd: temporaryFolder() })
  expect(await mcpauth('apply -f -', { stdin: component(stored) })).toMatchObject({ exitCode: 0 })
  return mcpauth
}

describe('diff', () => {
  it('of what is stored says nothing and exits with 0', async () => {
    const mcpauth = await filled()
    const same = await mcpauth('diff -f -', { stdin: component(stored) })
    expect(same).toEqual({ exitCode: 0, stdout: '', stderr: '' })
  })

  it('shows field by field what differs and what is new, and exits with 1', async () => {
    const mcpauth = await filled()
    const changed = component({
      clientSecret: `${canary}-2`,
      tokenURL: 'https://id.example.com/token',
      audience: 'mcp-server',
    })
    const stdin = `${changed}---\n${endpoint}`
    const { exitCode, stdout, stderr } = await mcpauth('diff -f -', { stdin })
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' })
    expect(stdout).toBe(`component/oauth2 differs
  ~ /spec/metadata[clientSecret]/value: changed (hidden)
  ~ /spec/metadata[tokenURL]/value: "https://auth.example.com/token" → "https://id.example.com/token"
  + /spec/metadata[audience]: {"name":"audience","value":"mcp-server"}
httpendpoint/remote is new
`)
    const again = await mcpauth('diff -f -', { stdin })
    expect(again.stdout, 'nothing was changed').toBe(stdout)
    expect((await mcpauth('diff -f - -o name', { stdin })).stdout).toBe(
      'component/oauth2\nhttpendpoint/remote\n',
    )
    const json = await mcpauth('diff -f - -o json', { stdin })
    expect(json.exitCode).toBe(1)
    expect(json.stdout).not.toContain(canary)
    expect(JSON.parse(json.stdout)).toMatchObject({
      items: [
        {
          kind: 'Component',
          metadata: { name: 'oauth2' },
          status: {
            action: 'configured',
            changes: [
              { pointer: '/spec/metadata[clientSecret]/value', before: '***', after: '***' },
              { pointer: '/spec/metadata[tokenURL]/value' },
              { pointer: '/spec/metadata[audience]' },
            ],
          },
        },
        { kind: 'HTTPEndpoint', status: { action: 'created', changes: [] } },
      ],
    })
  })

  it('is coloured on a terminal', async () => {
    const folder = temporaryFolder()
    const mcpauth = cli({ cwd: folder })
    await mcpauth('apply -f -', { stdin: component(stored) })
    writeFileSync(join(folder, 'new.yaml'), component({ ...stored, audience: 'a' }))
    const terminal = { typed: '', env: { TERM: 'xterm' } }
    const green = '\u001B[32m'
    expect((await mcpauth('diff -f new.yaml', terminal)).stdout).toContain(green)
    expect((await mcpauth('diff -f new.yaml --no-color', terminal)).stdout).not.toContain(green)
  })

  it('of what cannot be applied exits with 2, telling why', async () => {
    const mcpauth = await filled()
    const broken = await mcpauth('diff -f -', { stdin: endpoint.replace('baseUrl', 'baseURI') })
    expect(broken).toMatchObject({ exitCode: 2, stdout: '' })
    expect(broken.stderr).toMatch(/^<stdin>:4:8 error /m)
    expect(broken.stderr).toContain('They cannot be applied.')
    const reference = `apiVersion: dapr.io/v1alpha1\nkind: Configuration\nmetadata: {name: c}
spec: {httpPipeline: {handlers: [{name: nobody, type: middleware.http.oauth2}]}}\n`
    const unresolved = await mcpauth('diff -f - -o json', { stdin: reference })
    expect(unresolved).toMatchObject({ exitCode: 2, stdout: '' })
    expect(JSON.parse(unresolved.stderr)).toMatchObject({
      error: { code: 'MANIFEST_INVALID', diagnostics: [{ rule: 'unknown-component' }] },
    })
  })

  it('exits with 2 for any other failure: 1 means differences', async () => {
    const folder = temporaryFolder()
    const mcpauth = cli({ cwd: folder })
    const project = await mcpauth('diff -f - -p nowhere', { stdin: endpoint })
    expect(project.exitCode).toBe(2)
    expect(project.stderr).toContain('There is no project "nowhere"')
    expect((await mcpauth('diff')).exitCode).toBe(2)
    expect((await mcpauth('diff -f missing.yaml')).exitCode).toBe(2)
    writeFileSync(join(folder, 'file'), '')
    const store = await mcpauth('diff -f -', {
      stdin: endpoint,
      env: { MCPAUTH_HOME: join(folder, 'file') },
    })
    expect(store.exitCode).toBe(2)
    expect(store.stderr).toContain('error:')
  })
})
