// `mcpauth app access …` and `mcpauth configuration create|update`: access control without a manifest.
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

import { cli } from '../../support/run-cli.ts'

async function withApps() {
  const mcpauth = cli()
  for (const name of ['mcp-client', 'other', 'mcp-server']) await mcpauth(`app create ${name}`)
  const accessControl = async (name: string): Promise<unknown> => {
    const { stdout } = await mcpauth(`configuration get ${name} -o yaml`)
    return (parse(stdout) as { spec: { accessControl: unknown } }).spec.accessControl
  }
  return { mcpauth, accessControl }
}

describe('app access', () => {
  it('writes a Configuration named after the app, attached to it, closed to everybody else', async () => {
    const { mcpauth, accessControl } = await withApps()
    const first = await mcpauth('app access grant mcp-server --caller mcp-client --wait')
    expect(first).toEqual({
      exitCode: 0,
      stdout: 'configuration/mcp-server created\n',
      stderr: '',
    })
    expect(parse((await mcpauth('appid get mcp-server -o yaml')).stdout)).toMatchObject({
      spec: { appConfig: 'mcp-server' },
    })
    const client = { appId: 'mcp-client', defaultAction: 'allow' }
    expect(await accessControl('mcp-server')).toEqual({ defaultAction: 'deny', policies: [client] })
    expect((await mcpauth('app access grant mcp-server --caller mcp-client')).stdout).toBe(
      'configuration/mcp-server unchanged\n',
    )
    await mcpauth('app access grant mcp-server --caller other')
    await mcpauth('app access revoke mcp-server --caller mcp-client')
    expect(await accessControl('mcp-server')).toEqual({
      defaultAction: 'deny',
      policies: [{ appId: 'other', defaultAction: 'allow' }],
    })
    await mcpauth('app access revoke mcp-server --caller other')
    expect(await accessControl('mcp-server')).toEqual({ defaultAction: 'deny', policies: [] })
  })

  it('keeps the pipeline and the operations that stand in the Configuration', async () => {
    const { mcpauth, accessControl } = await withApps()
    const operations = [{ name: '/admin', httpVerb: ['*'], action: 'deny' }]
    const policies = [{ appId: 'mcp-client', operations }]
    const component = {
      apiVersion: 'dapr.io/v1alpha1',
      kind: 'Component',
      metadata: { name: 'bearer' },
      spec: {
        type: 'middleware.http.bearer',
        version: 'v1',
        metadata: [
          { name: 'issuer', value: 'https://auth.example.com' },
          { name: 'audience', value: 'mcp' },
        ],
      },
    }
    const appHttpPipeline = { handlers: [{ name: 'bearer', type: 'middleware.http.bearer' }] }
    const configuration = {
      apiVersion: 'dapr.io/v1alpha1',
      kind: 'Configuration',
      metadata: { name: 'guard' },
      spec: { appHttpPipeline, accessControl: { defaultAction: 'deny', policies } },
    }
    const stdin = [component, configuration].map((each) => JSON.stringify(each)).join('\n---\n')
    expect((await mcpauth('apply -f -', { stdin })).exitCode).toBe(0)
    await mcpauth('appid update mcp-server --app-config guard')
    const { stdout } = await mcpauth('app access grant mcp-server --caller mcp-client')
    expect(stdout).toBe('configuration/guard configured\n')
    expect(await accessControl('guard')).toEqual({
      defaultAction: 'deny',
      policies: [{ appId: 'mcp-client', defaultAction: 'allow', operations }],
    })
    expect((await mcpauth('configuration get guard -o yaml')).stdout).toContain('name: bearer')
    await mcpauth('appid update other --app-config guard')
    const shared = await mcpauth('app access grant mcp-server --caller mcp-client')
    expect([shared.exitCode, shared.stderr]).toEqual([1, expect.stringContaining('other too')])
  })

  it('is revoked by a deny where everybody may call', async () => {
    const { mcpauth, accessControl } = await withApps()
    await mcpauth('app access revoke mcp-server --caller mcp-client')
    const policies = [{ appId: 'mcp-client', defaultAction: 'deny' }]
    expect(await accessControl('mcp-server')).toEqual({ defaultAction: 'allow', policies })
    const { stderr } = await mcpauth('app access grant mcp-server --caller other')
    expect(stderr).toContain('defaultAction is allow')
  })

  it('goes by the trust domain of the caller', async () => {
    const { mcpauth, accessControl } = await withApps()
    const stdin = JSON.stringify({
      apiVersion: 'dapr.io/v1alpha1',
      kind: 'Configuration',
      metadata: { name: 'abroad' },
      spec: { accessControl: { trustDomain: 'example.org' } },
    })
    await mcpauth('apply -f -', { stdin })
    await mcpauth('appid update mcp-client --app-config abroad')
    await mcpauth('app access grant mcp-server --caller mcp-client')
    expect(await accessControl('mcp-server')).toMatchObject({
      policies: [{ appId: 'mcp-client', trustDomain: 'example.org' }],
    })
  })

  it('tells a caller that is not there, and refuses one that cannot be', async () => {
    const { mcpauth } = await withApps()
    const near = await mcpauth('app access grant mcp-server --caller mcp-clint')
    expect(near.stderr).toContain('Did you mean "mcp-client"?')
    expect((await mcpauth('app access grant mcp-server --caller *')).exitCode).toBe(2)
    expect((await mcpauth('app access grant nobody --caller mcp-client')).stderr).toContain(
      'There is no App ID "nobody"',
    )
  })
})

describe('configuration', () => {
  it('is created with access control, and changed', async () => {
    const { mcpauth, accessControl } = await withApps()
    const words = 'configuration create deny --default-action deny --policy mcp-client:allow'
    expect((await mcpauth(words)).stdout).toBe('configuration/deny created\n')
    expect((await mcpauth(words)).stderr).toContain('mcpauth configuration update deny')
    expect((await mcpauth(`${words} --ignore-if-exists`)).stdout).toContain('unchanged')
    const update = 'configuration update deny --policy other:DENY --policy mcp-client:deny'
    expect((await mcpauth(update)).stdout).toBe('configuration/deny configured\n')
    await mcpauth('configuration update deny --default-action allow --remove-policy mcp-client')
    expect(await accessControl('deny')).toEqual({
      defaultAction: 'allow',
      policies: [{ appId: 'other', defaultAction: 'deny' }],
    })
  })

  it.each([
    ['configuration create c', '--default-action is missing'],
    ['configuration create c --default-action deny --policy mcp-client', 'is not a policy'],
    ['configuration create c --default-action deny --policy A:allow', 'cannot be an App ID'],
    ['configuration update c', 'nothing to change'],
  ])('refuses "%s"', async (words, message) => {
    const { exitCode, stderr } = await cli()(words)
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)])
  })
})
