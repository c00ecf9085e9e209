// `mcpauth describe`
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

import { systemClock } from '../../../src/core/clock.ts'
import { openControlPlane } from '../../../src/control-plane/control-plane.ts'
import { cli, type CliOptions, type CliResult } from '../../support/run-cli.ts'
import { temporaryFolder } from '../../support/temp-home.ts'

const canary = 'canary-e310'

const manifests = `apiVersion: dapr.io/v1alpha1
kind: Component
metadata: {name: oauth2}
spec:
  type: middleware.http.oauth2
  version: v1
  metadata:
    - {name: clientID, value: me}
    - {name: clientSecret, secretKeyRef: {name: oauth-secret, key: clientSecret}}
    - {name: tokenURL, value: "https://auth.example.com/token"}
scopes: [mcp-client]
---
apiVersion: dapr.io/v1alpha1
kind: Configuration
metadata: {name: client-config}
spec: {httpPipeline: {handlers: [{name: oauth2, type: middleware.http.oauth2}]}}
---
apiVersion: dapr.io/v1alpha1
kind: HTTPEndpoint
metadata: {name: remote}
spec:
  baseUrl: https://remote.example.com
  headers: [{name: X-Api-Key, value: ${canary}}]
---
apiVersion: cra.diagrid.io/v1beta1
kind: AppIdentity
metadata: {name: mcp-client}
spec: {appConfig: client-config}
`

interface Filled {
  readonly home: string
  readonly run: (words: string | string[], options?: CliOptions) => Promise<CliResult>
}

async function filled(): Promise<Filled> {
  const home = join(temporaryFolder(), 'home')
  const run = cli({ home })
  await run('secret set oauth-secret clientSecret', { stdin: canary })
  expect(await run('apply -f -', { stdin: manifests })).toMatchObject({ exitCode: 0 })
  return { home, run }
}

describe('the description', () => {
  it('shows a Component with what it refers to and what refers to it', async () => {
    const { run } = await filled()
    const { exitCode, stdout, stderr } = await run('describe component oauth2')
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).toMatch(/^Kind: +Component \(dapr\.io\/v1alpha1\)$/m)
    expect(stdout).toMatch(/^From: +<stdin>:1:1$/m)
    expect(stdout).toContain(`
Refers to:
  ok       appidentity/mcp-client, in scopes
  ok       secret/oauth-secret/clientSecret of the built-in store

Referred to by:
  configuration/client-config

Manifest:
  apiVersion: dapr.io/v1alpha1
  kind: Component
`)
    expect(stdout).toContain('\n          name: oauth-secret\n')
  })

  it('says why a reference does not resolve', async () => {
    const { run } = await filled()
    await run('secret delete oauth-secret --force')
    const { stdout } = await run('describe component oauth2')
    expect(stdout).toContain(`
  error    secret/oauth-secret/clientSecret of the built-in store
           The secret "oauth-secret/clientSecret" is not in the built-in store of project "default".
           hint: mcpauth secret set oauth-secret clientSecret
`)
    await run('component delete oauth2 --force')
    const { stdout: json } = await run('describe configuration client-config -o json')
    expect(JSON.parse(json)).toMatchObject({
      kind: 'Configuration',
      metadata: { name: 'client-config' },
      status: {
        references: [
          {
            to: 'handler',
            name: 'oauth2',
            pipeline: 'httpPipeline',
            pointer: '/spec/httpPipeline/handlers/0/name',
            resolves: false,
            problems: [{ severity: 'error', rule: 'unknown-component' }],
          },
        ],
        referrers: [{ kind: 'AppIdentity', name: 'mcp-client' }],
      },
    })
  })

  it('tells each reference to a secret store that is none, not the first only', async () => {
    const { run } = await filled()
    const stdin = manifests.replace('scopes:', 'auth: {secretStore: vault}\nscopes:')
    const store = `---\napiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {name: vault}
spec: {type: secretstores.hashicorp.vault, version: v1, metadata: []}\n`
    expect(await run('apply -f -', { stdin: stdin + store })).toMatchObject({ exitCode: 0 })
    const unread = await run('describe component oauth2')
    expect(unread.stdout).toMatch(/^ {2}ok {7}component\/vault, the secret store$/m)
    expect(unread.stdout).toMatch(/^ {2}warning {2}secret\/.* of component\/vault$/m)
    await run('component delete vault --force')
    const { stdout } = await run('describe component oauth2')
    expect(stdout.match(/^ {2}error /gm)).toHaveLength(2)
  })

  it('shows the running sidecar of an App ID', async () => {
    const { home, run } = await filled()
    const idle = await run('describe appid mcp-client')
    expect(idle.stdout).toMatch(/^Sidecar: +none is running$/m)
    expect(idle.stdout).toContain('  ok       configuration/client-config\n')
    expect(idle.stdout).toContain('Referred to by:\n  component/oauth2\n')
    const plane = openControlPlane({ home, clock: systemClock, env: {} })
    plane.sessions.register({
      project: 'default',
      appId: 'mcp-client',
      pid: process.pid,
      socketPath: '/run/app.sock',
      httpPort: 3500,
      ingressPort: 8080,
      startedAt: 0,
    })
    plane.close()
    const { stdout } = await run('describe appid mcp-client')
    expect(stdout).toContain(
      `running on http://127.0.0.1:3500, ingress on port 8080 (pid ${process.pid}) since 1970`,
    )
    const json = await run('describe appid mcp-client -o json')
    expect(JSON.parse(json.stdout)).toMatchObject({
      status: { sidecar: { pid: process.pid, httpPort: 3500, ingressPort: 8080 } },
    })
    expect(json.stdout, 'API tokens are shown by appid get only').not.toContain('mcpauth://')
  })

  it('shows no secret', async () => {
    const { run } = await filled()
    for (const format of ['table', 'json', 'yaml', 'name']) {
      const { stdout, exitCode } = await run(`describe httpendpoint remote -o ${format}`)
      expect(exitCode).toBe(0)
      expect(stdout).not.toContain(canary)
    }
    expect((await run('describe httpendpoint remote')).stdout).toContain('Refers to:\n  nothing\n')
  })

  it('of what does not exist is an error', async () => {
    const { run } = await filled()
    const name = await run('describe component oaut2')
    expect(name.exitCode).toBe(1)
    expect(name.stderr).toContain('Did you mean "oauth2"')
    const kind = await run('describe componet oauth2')
    expect(kind.exitCode).toBe(2)
    expect(kind.stderr).toContain('Did you mean "component"?')
  })

  it('leads to the project itself, unless a manifest of one is stored', async () => {
    const { run } = await filled()
    await run('project create p')
    const { exitCode, stderr } = await run('describe project p')
    expect(exitCode).toBe(1)
    expect(stderr).toContain('A project is no resource of a project.')
    expect(stderr).toContain('hint: mcpauth project get p\n')
    const odd = await run(['describe', 'project', 'My Project'])
    expect(odd.stderr).toContain('hint: mcpauth project get NAME\n')
    const manifest = 'apiVersion: cra.diagrid.io/v1beta1\nkind: Project\nmetadata: {name: p}\n'
    expect(await run('apply -f -', { stdin: manifest })).toMatchObject({ exitCode: 0 })
    expect((await run('describe project p')).stdout).toMatch(/^Kind: +Project /m)
  })

  it('shows names that need not exist, and whether they do', async () => {
    const { run } = await filled()
    const configuration = `apiVersion: dapr.io/v1alpha1
kind: Configuration
metadata: {name: guarded}
spec:
  accessControl: {policies: [{appId: mcp-client}, {appId: nobody}, {appId: nobody, namespace: b}]}
  secrets: {scopes: [{storeName: vault}]}
`
    const resiliency = `apiVersion: dapr.io/v1alpha1
kind: Resiliency
metadata: {name: retries}
spec:
  policies: {timeouts: {fast: 5s}}
  targets:
    apps: {mcp-client: {timeout: fast}, remote: {timeout: fast}, nobody: {}, "https://example.com": {}}
    components: {oauth2: {outbound: {timeout: fast}}}
scopes: [mcp-client]
`
    const stdin = `${configuration}---\n${resiliency}`
    expect(await run('apply -f -', { stdin })).toMatchObject({ exitCode: 0 })
    const absent = '           It is not in project "default", and need not be.\n'
    expect((await run('describe configuration guarded')).stdout).toContain(
      `Refers to:
  ok       appidentity/mcp-client, in accessControl
  absent   appidentity/nobody, in accessControl
${absent}  absent   component/vault, in secrets.scopes
${absent}
`,
    )
    expect((await run('describe resiliency retries')).stdout).toContain(
      `Refers to:
  ok       appidentity/mcp-client, in targets.apps
  ok       httpendpoint/remote, in targets.apps
  absent   appidentity/nobody, in targets.apps
${absent}  ok       component/oauth2, in targets.components
  ok       appidentity/mcp-client, in scopes

`,
    )
    const json = await run('describe configuration guarded -o json')
    expect(JSON.parse(json.stdout)).toMatchObject({
      status: {
        references: [],
        mentions: [
          { pointer: '/spec/accessControl/policies/0/appId', kind: 'AppIdentity', exists: true },
          { pointer: '/spec/accessControl/policies/1/appId', name: 'nobody', exists: false },
          { pointer: '/spec/secrets/scopes/0/storeName', section: 'secrets.scopes' },
        ],
      },
    })
  })

  it('tells from either side who may call which MCP server', async () => {
    const { run } = await filled()
    const policy = (name: string, rules: string): string => `---
apiVersion: dapr.io/v1alpha1
kind: MCPServer
metadata: {name: ${name}}
spec: {endpoint: {streamableHTTP: {url: "http://127.0.0.1:8000/mcp"}}}
scopes: ${name === 'narrow' ? '[narrow]' : '[]'}
---
apiVersion: cra.diagrid.io/v1beta1
kind: MCPServerAccessPolicy
metadata: {name: ${name}}
spec: {rules: ${rules}}
`
    const everybody = '[{callers: [{appID: "*"}], grants: [{capability: prompts, names: [hi]}]}]'
    const rules = `[
  {callers: [{appID: mcp-client}, {appID: later}], grants: [{capability: tools, names: [add, "get_*"]}]},
  {callers: [{appID: "mcp-*"}], grants: [{capability: tools, names: [add]}, {capability: resources, names: ["*"]}]},
  {callers: [{appID: wide}], grants: [{capability: tools, names: [drop]}], mode: shadow}]`
    const stdin = policy('calc', rules) + policy('narrow', everybody) + policy('wide', everybody)
    expect(await run('apply -f -', { stdin })).toMatchObject({ exitCode: 0 })
    await run('mcpserver disable wide')

    const server = (await run('describe mcpserver calc')).stdout
    expect(server).toContain(`
May be called by:
  ok       appidentity/mcp-client: tools add, get_*; resources *
  absent   appidentity/later: tools add, get_*
           It is not in project "default", and need not be.

Manifest:
`)
    const described = (await run('describe mcpserveraccesspolicy calc')).stdout
    expect(described).toMatch(/^ {2}absent {3}appidentity\/later, in rules$/m)
    expect(described).toMatch(/^ {2}absent {3}appidentity\/later: tools add, get_\*$/m)
    expect((await run('describe appid mcp-client')).stdout).toContain(`
May call:
  ok       mcpserver/calc: tools add, get_*; resources *
  disabled mcpserver/wide: prompts hi

`)
    const json = await run('describe appid mcp-client -o json')
    expect(JSON.parse(json.stdout)).toMatchObject({
      status: {
        mcpServers: [
          { name: 'calc', enabled: true },
          { name: 'wide', enabled: false, grants: [{ capability: 'prompts', names: ['hi'] }] },
        ],
      },
    })
    const narrow = await run('describe mcpserver narrow -o json')
    expect(JSON.parse(narrow.stdout)).toMatchObject({
      status: { callers: [{ appId: 'narrow', exists: true }] },
    })
    expect((await run('describe appid calc')).stdout).toMatch(
      /^May call:\n {2}disabled mcpserver\/wide/m,
    )
    expect((await run('describe component oauth2')).stdout).not.toMatch(/^May /m)
  })
})
