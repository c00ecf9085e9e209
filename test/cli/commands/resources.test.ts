// `mcpauth component|configuration|httpendpoint|resiliency get|list|delete`
import { describe, expect, it } from 'vitest'

import { cli } from '../../support/run-cli.ts'

const manifests = `apiVersion: dapr.io/v1alpha1
kind: Component
metadata: {name: validator}
spec:
  type: middleware.http.bearer
  version: v1
  metadata:
    - {name: issuer, value: "https://auth.example.com"}
    - {name: audience, value: mcp-server}
---
apiVersion: dapr.io/v1alpha1
kind: Configuration
metadata: {name: server-config}
spec:
  appHttpPipeline:
    handlers:
      - {name: validator, type: middleware.http.bearer}
---
apiVersion: dapr.io/v1alpha1
kind: HTTPEndpoint
metadata: {name: remote}
spec: {baseUrl: "https://remote.example.com"}
---
apiVersion: dapr.io/v1alpha1
kind: Resiliency
metadata: {name: calls}
spec:
  policies: {timeouts: {fast: 5s}}
  targets: {apps: {remote: {timeout: fast}}}
`

const nouns = [
  { word: 'component', kind: 'Component', name: 'validator', cell: 'middleware.http.bearer' },
  { word: 'configuration', kind: 'Configuration', name: 'server-config', cell: 'validator' },
  {
    word: 'httpendpoint',
    kind: 'HTTPEndpoint',
    name: 'remote',
    cell: 'https://remote.example.com',
  },
  { word: 'resiliency', kind: 'Resiliency', name: 'calls', cell: 'remote' },
]

describe('resources', () => {
  it.for(nouns)('of kind $kind are shown and listed', async ({ word, kind, name, cell }) => {
    const mcpauth = cli()
    expect((await mcpauth(`${word} list -o json`)).stdout).toBe('{\n  "items": []\n}\n')
    await mcpauth('apply -f -', { stdin: manifests })
    const get = await mcpauth(`${word} get ${name}`)
    expect(get.stdout).toMatch(/^Project: +default$/m)
    expect(get.stdout).toContain(cell)
    expect(get.stdout).toMatch(/^From: +<stdin>:\d+:1$/m)
    expect((await mcpauth(`${word} list`)).stdout).toMatch(new RegExp(`^${name} +${cell} `, 'm'))
    expect((await mcpauth(`${word} list -o name`)).stdout).toBe(`${word}/${name}\n`)
    const { stdout: one } = await mcpauth(`${word} get ${name} -o json`)
    const { stdout: all } = await mcpauth(`${word} list -o json`)
    expect(JSON.parse(one)).toMatchObject({
      apiVersion: 'dapr.io/v1alpha1',
      kind,
      metadata: { name },
    })
    expect(JSON.parse(all)).toEqual({ items: [JSON.parse(one)] })
  })

  it.for(nouns)('of kind $kind are deleted when confirmed', async ({ word, kind, name }) => {
    const mcpauth = cli()
    await mcpauth('apply -f -', { stdin: manifests })
    const slip = await mcpauth(`${word} delete ${name}x --yes`)
    expect(slip.exitCode).toBe(1)
    expect(slip.stderr).toContain(`Did you mean "${name}"`)
    const silent = await mcpauth(`${word} delete ${name}`)
    expect(silent.exitCode).toBe(2)
    expect(silent.stderr).toContain('no terminal')
    const no = await mcpauth(`${word} delete ${name}`, { typed: '\n' })
    expect(no.exitCode).toBe(1)
    expect(no.stderr).toContain(`Delete ${kind} "${name}" of project "default"? [y/N]`)
    expect((await mcpauth(`${word} list -o name`)).stdout).toBe(`${word}/${name}\n`)
    const forced = await mcpauth(`${word} delete ${name} --force -o json`)
    expect(JSON.parse(forced.stdout)).toEqual({
      apiVersion: 'dapr.io/v1alpha1',
      kind,
      metadata: { name },
      status: { status: 'deleted' },
    })
    expect((await mcpauth(`${word} list -o name`)).stdout).toBe('')
  })

  it('in use are kept, unless forced', async () => {
    const mcpauth = cli()
    await mcpauth('apply -f -', { stdin: manifests })
    const refused = await mcpauth('component delete validator --yes')
    expect(refused.exitCode).toBe(1)
    expect(refused.stderr).toContain('Configuration "server-config"')
    expect(refused.stderr).toContain('--force')
    await mcpauth('appid create a --app-config server-config')
    const attached = await mcpauth('configuration delete server-config --yes')
    expect(attached.stderr).toContain('AppIdentity "a"')
  })

  it('are found in the project that was named only', async () => {
    const mcpauth = cli()
    await mcpauth('project create p')
    await mcpauth('apply -p p -f -', { stdin: manifests })
    expect((await mcpauth('component list -o name')).stdout).toBe('')
    expect((await mcpauth('component list --project p -o name')).stdout).toBe(
      'component/validator\n',
    )
  })
})
