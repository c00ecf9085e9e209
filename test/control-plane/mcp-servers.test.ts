// MCP servers: what comes and goes with one, what keeps a name to itself, and what a sidecar is told of it.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { anyArguments, decideMcpAccess, matchesWildcard } from '../../src/core/mcp-access.ts'
import type { Resource } from '../../src/core/resource.ts'
import { Secret } from '../../src/core/secret.ts'
import type { McpServerSpec } from '../../src/core/snapshot.ts'
import type { ControlPlane } from '../../src/control-plane/control-plane.ts'
import {
  accessPolicyOf,
  bareAccessPolicy,
  withGrants,
  withoutGrants,
} from '../../src/control-plane/mcp-access-policy.ts'
import { readTexts } from '../../src/manifest/read.ts'
import { appIdentity, canary, endpoint, open, temporaryHome } from './builders.ts'

function read(text: string): Resource[] {
  const { resources, diagnostics } = readTexts([{ file: 'mcp.yaml', text }])
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  return [...resources]
}

function server(name: string, endpointText = '{streamableHTTP: {url: http://127.0.0.1:8000/mcp}}') {
  return read(`apiVersion: dapr.io/v1alpha1
kind: MCPServer
metadata:
  name: ${name}
spec:
  endpoint: ${endpointText}
`)
}

function policy(name: string, rules = '[]') {
  return read(`apiVersion: cra.diagrid.io/v1beta1
kind: MCPServerAccessPolicy
metadata:
  name: ${name}
spec:
  rules: ${rules}
`)
}

function ids(plane: ControlPlane): string[] {
  return plane.resources.list('default').map(({ kind, name }) => `${kind} ${name}`)
}

const all = ['AppIdentity github', 'MCPServer github', 'MCPServerAccessPolicy github']

/** With `secret …` in the place of every Secret. */
function revealed(value: unknown): unknown {
  if (value instanceof Secret) return `secret ${value.reveal()}`
  if (Array.isArray(value)) return value.map(revealed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, revealed(inner)]))
}

describe('applying a server', () => {
  test('makes its App ID and a policy that denies everything, once', () => {
    const plane = open(temporaryHome())
    const first = plane.apply('default', server('github'))
    expect(first.diagnostics).toEqual([])
    expect(first.steps.map(({ resource, action }) => `${resource.kind} ${action}`)).toEqual([
      'MCPServer created',
      'AppIdentity created',
      'MCPServerAccessPolicy created',
    ])
    expect(ids(plane)).toEqual(all)
    expect(plane.mcpServers.get('default', 'github').policy).toEqual({ rules: [] })
    const token = plane.appIds.get('default', 'github').apiToken.reveal()

    plane.mcpServers.grant('default', 'github', ['a'], [{ capability: 'tools', names: ['add'] }])
    const again = plane.apply('default', server('github'))
    expect(again.steps.map(({ action }) => action)).toEqual(['unchanged'])
    expect(plane.revision()).toBe(first.revision + 1)
    expect(plane.mcpServers.get('default', 'github').policy.rules).toHaveLength(1)
    expect(plane.appIds.get('default', 'github').apiToken.reveal()).toBe(token)
  })

  test('takes an App ID and a policy from the same batch', () => {
    const plane = open(temporaryHome())
    const rules = '[{callers: [{appID: a}], grants: [{capability: tools, names: [add]}]}]'
    const batch = [...policy('github', rules), appIdentity('github'), ...server('github')]
    const { diagnostics, steps } = plane.apply('default', batch)
    expect(diagnostics).toEqual([])
    expect(steps).toHaveLength(3)
    expect(plane.mcpServers.get('default', 'github').policy.rules).toHaveLength(1)
    expect(plane.apply('default', batch).steps.map(({ action }) => action)).toEqual(
      batch.map(() => 'unchanged'),
    )
  })

  test('is refused where an App ID or an HTTPEndpoint has the name, and the other way round', () => {
    const plane = open(temporaryHome())
    const errors = (batch: readonly Resource[]): string[] =>
      plane
        .apply('default', batch)
        .diagnostics.map(({ rule, start, message }) => `${rule} ${start.line}: ${message}`)
    plane.appIds.create('default', 'github')
    plane.apply('default', [endpoint('remote')])
    expect(errors(server('github'))).toEqual([
      'name-taken 4: The name of this MCPServer is taken: "github" is an App ID, and not that of an MCP server.',
    ])
    expect(errors([...server('remote')])).toEqual([
      'name-taken 4: The HTTPEndpoint "remote" has the name of this MCPServer.',
    ])
    expect(ids(plane)).toEqual(['AppIdentity github', 'HTTPEndpoint remote'])
    expect(errors(server('tools'))).toEqual([])
    expect(errors([endpoint('tools')])).toEqual([
      'name-taken 1: The MCPServer "tools" has the name of this HTTPEndpoint.',
    ])
    expect(() => plane.appIds.create('default', 'tools')).toThrow('already exists')
  })

  test('two processes that make the same one leave one, complete, and the second sees it', () => {
    const home = temporaryHome()
    const planes = [open(home), open(home)]
    const applied = planes.map((plane) => plane.apply('default', server('github')))
    expect(applied.map(({ steps }) => steps.map(({ action }) => action).join())).toEqual([
      'created,created,created',
      'unchanged',
    ])
    expect(ids(open(home))).toEqual(all)
    const again = () => planes[1]?.mcpServers.create('default', server('github')[0] as Resource)
    expect(again).toThrow('The MCPServer "github" already exists')
  })

  test('a policy without its server is refused where it stands', () => {
    const plane = open(temporaryHome())
    plane.apply('default', server('github'))
    const { applied, diagnostics } = plane.apply('default', policy('gitub'))
    expect(applied).toBe(false)
    expect(diagnostics).toMatchObject([
      {
        severity: 'error',
        rule: 'unknown-mcp-server',
        file: 'mcp.yaml',
        start: { line: 4, column: 9 },
        hint: expect.stringContaining('Did you mean "github"?') as string,
      },
    ])
  })
})

describe('deleting a server', () => {
  test('deletes its App ID and its policy, all or none', () => {
    const plane = open(temporaryHome())
    plane.apply('default', server('github'))
    const key = { kind: 'MCPServer', name: 'github' }
    expect(plane.resources.planDeletion('default', [key]).map(({ kind }) => kind)).toEqual([
      'MCPServerAccessPolicy',
      'MCPServer',
      'AppIdentity',
    ])
    const session = plane.sessions.register({
      project: 'default',
      appId: 'github',
      pid: process.pid,
      socketPath: '/run/github.sock',
      httpPort: 3500,
      startedAt: 0,
    })
    expect(() => {
      plane.resources.delete('default', 'MCPServer', 'github')
    }).toThrow('The sidecar of App ID "github" is running')
    expect(ids(plane)).toEqual(all)
    plane.sessions.remove(session)
    plane.resources.delete('default', 'MCPServer', 'github')
    expect(ids(plane)).toEqual([])
  })

  test('is the way to delete its App ID; without a policy it denies everything', () => {
    const plane = open(temporaryHome())
    plane.apply('default', server('github'))
    expect(() => {
      plane.appIds.delete('default', 'github')
    }).toThrow('App ID "github" is used by MCPServer "github".')
    plane.resources.delete('default', 'MCPServerAccessPolicy', 'github')
    expect(plane.mcpServers.get('default', 'github').policy).toEqual({ rules: [] })
    plane.apply('default', server('github'))
    expect(ids(plane)).toEqual(all)
  })
})

test('what is disabled stays so until it is enabled or deleted', () => {
  const plane = open(temporaryHome())
  plane.apply('default', [...server('github'), appIdentity('client')])
  const isEnabled = (): boolean | undefined =>
    plane.snapshot('default', 'client').mcpServers[0]?.isEnabled
  const { mcpServers } = plane
  expect(mcpServers.setEnabled('default', 'github', true)).toBe('unchanged')
  const revision = plane.revision()
  expect(mcpServers.setEnabled('default', 'github', false)).toBe('configured')
  expect(plane.revision()).toBe(revision + 1)
  plane.apply('default', server('github', '{sse: {url: http://127.0.0.1:8000/sse}}'))
  expect([isEnabled(), mcpServers.get('default', 'github').isEnabled]).toEqual([false, false])
  mcpServers.setEnabled('default', 'github', true)
  expect(isEnabled()).toBe(true)
  mcpServers.setEnabled('default', 'github', false)
  plane.resources.delete('default', 'MCPServer', 'github')
  plane.apply('default', server('github'))
  expect(isEnabled()).toBe(true)
})

describe('a snapshot', () => {
  function specs(text: string, env: Record<string, string> = {}) {
    const plane = open(temporaryHome(), { env })
    plane.secrets.set('default', 'github', 'key', new Secret('stored'))
    const { diagnostics } = plane.apply('default', [appIdentity('client'), ...read(text)])
    expect(diagnostics).toEqual([])
    const take = (): readonly McpServerSpec[] => plane.snapshot('default', 'client').mcpServers
    return { plane, take }
  }

  test('holds everything that a call needs, with what is secret as Secret', () => {
    const literal = canary()
    const { plane, take } = specs(
      `apiVersion: dapr.io/v1alpha1
kind: MCPServer
metadata: { name: github }
spec:
  catalog: { displayName: GitHub tools }
  endpoint:
    streamableHTTP:
      url: https://mcp.example.com/mcp?a=b
      timeout: 1m30s
      headers:
        - { name: X-Api-Key, value: ${literal} }
        - { name: X-Stored, secretKeyRef: { name: github, key: key } }
        - { name: X-Region, envRef: REGION }
        - { name: X-Plain, value: plain }
      auth:
        oauth2:
          issuer: https://auth.example.com
          clientID: proxy
          secretKeyRef: { name: github, key: key }
          scopes: [a, b]
          audience: github
---
apiVersion: dapr.io/v1alpha1
kind: MCPServer
metadata: { name: local }
spec:
  endpoint:
    stdio:
      command: npx
      args: [-y, server]
      env:
        - { name: API_TOKEN, secretKeyRef: { name: github, key: key } }
---
apiVersion: dapr.io/v1alpha1
kind: MCPServer
metadata: { name: not-for-client }
spec:
  endpoint: { sse: { url: http://127.0.0.1:1/sse } }
scopes: [local]
`,
      { REGION: 'eu' },
    )
    const [github, local, ...others] = revealed(take()) as [McpServerSpec, McpServerSpec]
    expect(others).toEqual([])
    expect(github).toEqual({
      name: 'github',
      isEnabled: true,
      displayName: 'GitHub tools',
      transport: {
        kind: 'streamableHTTP',
        url: 'https://mcp.example.com/mcp?a=b',
        timeoutSeconds: 90,
        headers: [
          { name: 'X-Api-Key', value: `secret ${literal}`, pointer: expect.any(String) as string },
          { name: 'X-Stored', value: 'secret stored', pointer: expect.any(String) as string },
          { name: 'X-Region', value: 'secret eu', pointer: expect.any(String) as string },
          { name: 'X-Plain', value: 'plain', pointer: expect.any(String) as string },
        ],
      },
      oauth2: {
        issuer: 'https://auth.example.com',
        clientId: 'proxy',
        clientSecret: 'secret stored',
        scopes: ['a', 'b'],
        audience: 'github',
      },
      policy: { rules: [] },
      digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      place: 'mcp.yaml:1:1',
    })
    expect(local.transport).toMatchObject({
      kind: 'stdio',
      command: 'npx',
      args: ['-y', 'server'],
      env: [{ name: 'API_TOKEN', value: 'secret stored' }],
      timeoutSeconds: 60,
    })
    expect(local.displayName).toBe('local')
    expect(plane.snapshot('default', 'client').secretVariables).toEqual(['REGION'])
    expect(JSON.stringify(plane.mcpServers.get('default', 'github'))).not.toContain(literal)
  })

  test('its digest follows the manifest and the secrets, nothing else', () => {
    const { plane, take } = specs(
      `apiVersion: dapr.io/v1alpha1
kind: MCPServer
metadata: { name: github }
spec:
  endpoint:
    streamableHTTP:
      url: https://mcp.example.com
      auth: { oauth2: { issuer: "https://a.example", clientID: a, secretKeyRef: { name: github, key: key } } }
`,
    )
    const digest = () => take()[0]?.digest
    const first = digest()
    plane.mcpServers.grant('default', 'github', ['*'], [{ capability: 'tools', names: ['*'] }])
    expect(digest()).toBe(first)
    expect(take()[0]?.policy.rules).toHaveLength(1)
    plane.secrets.set('default', 'github', 'key', new Secret('other'))
    expect(digest()).not.toBe(first)
  })

  const http = (field: string): string => `{streamableHTTP: {url: https://a.example/mcp, ${field}}}`
  test.each([
    [http('headers: [{name: X-A, envRef: MISSING}]'), 'needs the environment variable MISSING'],
    [http('headers: [{name: X-A, envRef: BROKEN}]'), 'The value of "X-A" contains a line break'],
    ['{stdio: {command: a, env: [{name: A, envRef: MISSING}]}}', 'variable MISSING'],
  ])('says why %s cannot be used', (endpointText, message) => {
    const plane = open(temporaryHome(), { env: { BROKEN: 'a\nb' } })
    plane.apply('default', [appIdentity('client'), ...server('github', endpointText)])
    const [spec] = plane.snapshot('default', 'client').mcpServers
    expect(spec?.problem?.message).toContain(message)
    expect(spec?.problem?.place).toMatch(/^mcp\.yaml:\d+:\d+$/)
  })

  test('is closed where a secret went, and where middleware would have to run', () => {
    const secretRef = 'auth: {oauth2: {issuer: "https://a", clientID: a, secretKeyRef: {name: s}}}'
    const plane = open(temporaryHome())
    plane.secrets.set('default', 's', 's', new Secret('x'))
    const [hooked] = read(`apiVersion: dapr.io/v1alpha1
kind: MCPServer
metadata: { name: hooked }
spec:
  endpoint: { stdio: { command: a } }
  middleware: { beforeCallTool: [{ workflow: { workflowName: check } }] }
`)
    plane.apply('default', [...server('github', http(secretRef)), hooked as Resource])
    plane.secrets.delete('default', 's', { force: true })
    const [github, other] = plane.snapshot('default', 'github').mcpServers
    expect(github?.problem?.message).toContain('The secret "s/s" is not in the built-in store')
    expect(github?.oauth2).toBeUndefined()
    expect(other?.problem?.message).toContain('middleware')
  })

  test.each([
    ['timeout: 0s', 2_147_483],
    ['timeout: 250ms', 0.25],
    ['timeout: 999999h', 2_147_483],
    ['protocolVersion: "2025-06-18"', 30],
  ])('%s', (field, seconds) => {
    const plane = open(temporaryHome())
    plane.apply('default', server('github', http(field)))
    const [spec] = plane.snapshot('default', 'github').mcpServers
    expect(spec?.transport).toMatchObject({ timeoutSeconds: seconds })
  })
})

describe('granting and revoking', () => {
  test('keeps one rule for each caller, and other rules as they are', () => {
    const plane = open(temporaryHome())
    const rules =
      '[{callers: [{appID: a}, {appID: b}], grants: [{capability: tools, names: [x, y]}]}, ' +
      '{callers: [{appID: a}], grants: [{capability: tools, names: [s]}], mode: shadow}]'
    plane.apply('default', [...server('github'), ...policy('github', rules)])
    const { mcpServers } = plane
    const tools = (...names: string[]) => [{ capability: 'tools', names } as const]
    const current = () =>
      mcpServers
        .get('default', 'github')
        .policy.rules.map(
          ({ callers, grants, mode }) =>
            `${callers.join()} ${grants.map(({ names }) => names.join()).join(';')} ${mode}`,
        )
    expect(mcpServers.grant('default', 'github', ['a'], tools('add'))).toBe('configured')
    expect(mcpServers.grant('default', 'github', ['a'], tools('add'))).toBe('unchanged')
    expect(mcpServers.grant('default', 'github', ['a'], tools('sub', 'sub'))).toBe('configured')
    expect(current()).toEqual(['a,b x,y enforce', 'a s shadow', 'a add,sub enforce'])
    expect(mcpServers.revoke('default', 'github', ['a'], tools('x', 'sub'))).toBe('configured')
    expect(current()).toEqual(['b x,y enforce', 'a y enforce', 'a s shadow', 'a add enforce'])
    expect(mcpServers.revoke('default', 'github', ['a'], tools('x'))).toBe('unchanged')
    expect(mcpServers.revoke('default', 'github', ['a'], undefined)).toBe('configured')
    expect(current()).toEqual(['b x,y enforce'])
  })

  const names = fc.subarray(['a', 'b', 'c'], { minLength: 1 })
  const callers = fc.constantFrom('one', 'two')
  const steps = fc.array(fc.tuple(fc.boolean(), callers, names), { maxLength: 12 })
  test('equal a set of pairs, whatever their order', () => {
    fc.assert(
      fc.property(steps, (done) => {
        let manifest = bareAccessPolicy('github')
        const pairs = new Set<string>()
        for (const [isGrant, caller, tools] of done) {
          const given = [{ capability: 'tools', names: tools } as const]
          manifest = isGrant
            ? withGrants(manifest, caller, given)
            : withoutGrants(manifest, caller, given)
          for (const tool of tools) {
            if (isGrant) pairs.add(`${caller} ${tool}`)
            else pairs.delete(`${caller} ${tool}`)
          }
        }
        for (const caller of ['one', 'two', 'three']) {
          for (const name of ['a', 'b', 'c']) {
            const question = { caller, capability: 'tools', name, arguments: anyArguments } as const
            const { allowed } = decideMcpAccess(accessPolicyOf(manifest), question)
            expect(allowed).toBe(pairs.has(`${caller} ${name}`))
          }
        }
      }),
    )
  })

  test('leave what is granted with some arguments only as it is', () => {
    const grants = [{ capability: 'tools', names: ['a'], arguments: { maxProperties: 1 } }]
    const before = { spec: { rules: [{ callers: [{ appID: 'one' }], grants }] } }
    const after = withGrants(before, 'one', [{ capability: 'tools', names: ['b'] }])
    expect(after).toMatchObject({
      spec: { rules: [{ grants: [grants[0], { capability: 'tools', names: ['b'] }] }] },
    })
    const revoked = withoutGrants(after, 'one', [{ capability: 'tools', names: ['a'] }])
    expect(accessPolicyOf(revoked).rules[0]?.grants).toEqual([
      { capability: 'tools', names: ['b'] },
    ])
  })

  test('what cannot be read in a rule grants nothing', () => {
    const rules = [1, null, {}, { callers: 'a', grants: 1 }, { mode: 'other' }]
    const { rules: found } = accessPolicyOf({ spec: { rules } })
    expect(found).toHaveLength(rules.length)
    expect(found.every(({ callers: who }) => who.length === 0)).toBe(true)
    expect(found.at(-1)?.mode).toBe('shadow')
    expect(matchesWildcard('*', '')).toBe(true)
  })
})
