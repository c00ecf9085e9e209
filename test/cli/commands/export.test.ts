// `mcpauth export`
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

import { cli, type CliResult } from '../../support/run-cli.ts'
import { temporaryFolder } from '../../support/temp-home.ts'

const canary = 'canary-5d0c'

/** Text that YAML 1.1 readers would take for something else is part of it. */
const manifests = `apiVersion: dapr.io/v1alpha1
kind: Component
metadata: {name: oauth2, labels: {team: "012"}}
spec:
  type: middleware.http.oauth2
  version: v1
  metadata:
    - {name: clientId, value: "yes"}
    - {name: clientSecret, secretKeyRef: {name: oauth-secret, key: clientSecret}}
    - {name: tokenURL, value: "https://auth.example.com/token"}
    - {name: authStyle, value: 2}
scopes: [mcp-client]
---
apiVersion: dapr.io/v1alpha1
kind: Configuration
metadata: {name: client-config}
spec:
  httpPipeline:
    handlers:
      - {name: oauth2, type: middleware.http.oauth2}
  metric: {enabled: true}
---
apiVersion: dapr.io/v1alpha1
kind: HTTPEndpoint
metadata: {name: remote}
spec:
  baseUrl: https://remote.example.com
  headers:
    - {name: Accept, value: text/event-stream}
    - {name: X-Api-Key, envRef: REMOTE_KEY}
---
apiVersion: cra.diagrid.io/v1beta1
kind: AppIdentity
metadata: {name: mcp-client}
spec: {appConfig: client-config}
---
apiVersion: dapr.io/v1alpha1
kind: Resiliency
metadata: {name: retries}
spec: {policies: {timeouts: {fast: 5s}}}
`

const inline = `apiVersion: dapr.io/v1alpha1
kind: Component
metadata: {name: inline}
spec:
  type: middleware.http.oauth2
  version: v1
  metadata:
    - {name: clientId, value: me}
    - {name: clientSecret, value: ${canary}}
    - {name: tokenURL, value: "https://auth.example.com/token"}
`

async function filled(): Promise<(words: string, stdin?: string) => Promise<CliResult>> {
  const mcpauth = cli({ cwd: temporaryFolder() })
  const run = (words: string, stdin = ''): Promise<CliResult> => mcpauth(words, { stdin })
  await run('secret set oauth-secret clientSecret', canary)
  expect(await run('apply -f -', manifests)).toMatchObject({ exitCode: 0 })
  await run('appid create plain')
  return run
}

function actions({ stdout, stderr, exitCode }: CliResult): string[] {
  expect(exitCode, stderr).toBe(0)
  const { items } = JSON.parse(stdout) as { items: { status: { action: string } }[] }
  return items.map(({ status }) => status.action)
}

describe('export', () => {
  it('writes one stream that applies as unchanged, in an order that stays', async () => {
    const run = await filled()
    const { exitCode, stdout, stderr } = await run('export')
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(
      [...stdout.matchAll(/^kind: (.*)\n.*\n {2}name: (.*)$/gm)].map(([, k, n]) => `${k} ${n}`),
    ).toEqual([
      'AppIdentity mcp-client',
      'AppIdentity plain',
      'Component oauth2',
      'Configuration client-config',
      'HTTPEndpoint remote',
      'Resiliency retries',
    ])
    expect(stdout).not.toContain(canary)
    expect(stdout).not.toContain('mcpauth://')
    expect(actions(await run('apply -f - -o json', stdout))).toEqual(Array(6).fill('unchanged'))
    expect((await run('export')).stdout).toBe(stdout)
  })

  it('makes another project the same', async () => {
    const run = await filled()
    const { stdout } = await run('export')
    await run('project create copy')
    await run('secret set oauth-secret clientSecret -p copy', canary)
    expect(actions(await run('apply -f - -p copy -o json', stdout))).toEqual(
      Array(6).fill('created'),
    )
    expect((await run('export -p copy')).stdout).toBe(stdout)
  })

  it('writes only the kinds that are named', async () => {
    const run = await filled()
    const { stdout } = await run('export --kind Configuration --kind appid')
    expect(stdout.match(/^kind: .*$/gm)).toEqual([
      'kind: AppIdentity',
      'kind: AppIdentity',
      'kind: Configuration',
    ])
    const none = await run('export --kind subscription')
    expect(none).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: 'Project default: nothing to export.\n',
    })
    const slip = await run('export --kind componet')
    expect(slip.exitCode).toBe(2)
    expect(slip.stderr).toContain('Did you mean "component"?')
  })

  it('writes one file a resource, and overwrites only when forced', async () => {
    const folder = temporaryFolder()
    const mcpauth = cli({ cwd: folder })
    await mcpauth('secret set oauth-secret clientSecret', { stdin: canary })
    await mcpauth('apply -f -', { stdin: manifests })
    const first = await mcpauth('export -d out/deep')
    expect(first.stdout).toBe(
      [
        'out/deep/appidentity-mcp-client.yaml written',
        'out/deep/component-oauth2.yaml written',
        'out/deep/configuration-client-config.yaml written',
        'out/deep/httpendpoint-remote.yaml written',
        'out/deep/resiliency-retries.yaml written',
        '',
      ].join('\n'),
    )
    expect(actions(await mcpauth('apply -f out -o json'))).toEqual(Array(5).fill('unchanged'))
    const file = join(folder, 'out', 'deep', 'component-oauth2.yaml')
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, `${text}# mine\n`)
    writeFileSync(join(folder, 'out', 'deep', 'other.yaml'), '# not ours\n')
    await mcpauth('appid create late')
    const refused = await mcpauth('export -d out/deep')
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' })
    expect(refused.stderr).toContain('out/deep/component-oauth2.yaml differs. Nothing was written.')
    expect(readdirSync(join(folder, 'out', 'deep'))).not.toContain('appidentity-late.yaml')
    const forced = await mcpauth('export -d out/deep --force')
    expect(forced.stdout).toContain('out/deep/component-oauth2.yaml overwritten\n')
    expect(forced.stdout).toContain('out/deep/httpendpoint-remote.yaml unchanged\n')
    expect(readFileSync(file, 'utf8')).toBe(text)
    expect(readFileSync(join(folder, 'out', 'deep', 'other.yaml'), 'utf8')).toBe('# not ours\n')
  })

  it('tells which file or folder cannot be used', async () => {
    const folder = temporaryFolder()
    const mcpauth = cli({ cwd: folder })
    await mcpauth('appid create a')
    writeFileSync(join(folder, 'taken'), '')
    const taken = await mcpauth('export -d taken')
    expect(taken.exitCode).toBe(1)
    expect(taken.stderr).toContain('taken/appidentity-a.yaml cannot be read or written (ENOTDIR).')
    mkdirSync(join(folder, 'out', 'appidentity-a.yaml'), { recursive: true })
    expect((await mcpauth('export -d out')).stderr).toContain('(EISDIR)')
    const usage = await mcpauth('export --force')
    expect(usage).toMatchObject({ exitCode: 2 })
    expect(usage.stderr).toContain('-d')
  })

  it('refuses secrets in clear, naming each and how to get rid of it', async () => {
    const run = await filled()
    const header = `---
apiVersion: dapr.io/v1alpha1
kind: HTTPEndpoint
metadata: {name: with-key}
spec:
  baseUrl: https://remote.example.com
  headers: [{name: Authorization, value: Bearer ${canary}}]
`
    await run('apply -f -', inline + header)
    await run('appid update plain --app-token -', canary)
    const { exitCode, stdout, stderr } = await run('export')
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(stderr).not.toContain(canary)
    expect(stderr).toContain(
      'component/inline holds a secret in clear at /spec/metadata[clientSecret]/value.',
    )
    expect(stderr).toContain('"mcpauth secret set inline clientSecret"')
    expect(stderr).toContain(
      'httpendpoint/with-key holds a secret in clear at /spec/headers[Authorization]/value.',
    )
    expect(stderr).toContain(
      'appidentity/plain holds a secret in clear at /spec/appEndpoint/token.',
    )
    expect(stderr).toContain('mcpauth appid update plain --app-token ""')
    expect(stderr).toContain('3 secrets would have to leave in clear. Nothing was exported.')
    expect((await run('export --kind configuration')).exitCode).toBe(0)
  })

  it('exports a secret in clear as a reference when the store holds the same', async () => {
    const run = await filled()
    await run('apply -f -', inline)
    await run('secret set inline clientSecret', 'another')
    const other = await run('export --kind component')
    expect(other.exitCode).toBe(1)
    expect(other.stderr).toContain('The secret inline/clientSecret has another value')
    await run('secret set inline clientSecret', canary)
    const { exitCode, stdout, stderr } = await run('export --kind component')
    expect(exitCode).toBe(0)
    expect(stderr).toMatch(/^warning: component\/inline: .* inline\/clientSecret, .*\n$/)
    expect(stdout).not.toContain(canary)
    expect(stdout).not.toContain('***')
    expect(actions(await run('apply -f - -o json', stdout))).toEqual(['configured', 'unchanged'])
    const again = await run('export --kind component')
    expect(again).toEqual({ exitCode: 0, stdout, stderr: '' })
  })

  it('leaves a secret of another store to a reference to that store', async () => {
    const run = await filled()
    const store = `---
apiVersion: dapr.io/v1alpha1
kind: Component
metadata: {name: vars}
spec:
  type: secretstores.local.env
  version: v1
  metadata: [{name: prefix, value: APP_}]
`
    await run('apply -f -', `${inline}auth: {secretStore: vars}\n${store}`)
    const { exitCode, stderr } = await run('export')
    expect(exitCode).toBe(1)
    expect(stderr).toContain('Apply it with a secretKeyRef to the secret store "vars".')
  })
})
