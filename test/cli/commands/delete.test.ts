// `mcpauth delete`
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

import { cli, type CliOptions, type CliResult } from '../../support/run-cli.ts'

const component = readFileSync('fixtures/guide/components/bearer.yaml', 'utf8')
const configuration = `apiVersion: dapr.io/v1alpha1
kind: Configuration
metadata: {name: server-config}
spec: {appHttpPipeline: {handlers: [{name: bearer-validator, type: middleware.http.bearer}]}}
`
const appId = `apiVersion: cra.diagrid.io/v1beta1
kind: AppIdentity
metadata: {name: mcp-server}
spec: {appConfig: server-config}
`
const all = [component, configuration, appId].join('---\n')

type Run = (words: string, options?: CliOptions) => Promise<CliResult>

async function filled(manifests = all): Promise<Run> {
  const mcpauth = cli()
  expect(await mcpauth('apply -f -', { stdin: manifests })).toMatchObject({ exitCode: 0 })
  return mcpauth
}

async function left(run: Run): Promise<number> {
  const { stdout } = await run('export')
  return stdout.match(/^kind: /gm)?.length ?? 0
}

describe('delete', () => {
  it('deletes what the manifests name, what uses something before it', async () => {
    const mcpauth = await filled()
    const { exitCode, stdout, stderr } = await mcpauth('delete -f - --yes', { stdin: all })
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).toBe(
      'appidentity/mcp-server deleted\nconfiguration/server-config deleted\ncomponent/bearer-validator deleted\n',
    )
    expect(await left(mcpauth)).toBe(0)
  })

  it('deletes what refers to each other in a circle', async () => {
    const circle = `${component}scopes: [mcp-server]\n---\n${configuration}---\n${appId}`
    const mcpauth = await filled(circle)
    const { exitCode, stdout } = await mcpauth('delete -f - --yes -o name', { stdin: circle })
    expect(exitCode).toBe(0)
    expect(stdout.split('\n').toSorted()).toEqual([
      '',
      'appidentity/mcp-server',
      'component/bearer-validator',
      'configuration/server-config',
    ])
  })

  it('refuses all of it while something else uses a part, unless forced', async () => {
    const mcpauth = await filled()
    const stdin = `${component}---\n${appId}`
    const refused = await mcpauth('delete -f - --yes', { stdin })
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' })
    expect(refused.stderr).toContain(
      'Component "bearer-validator" is used by Configuration "server-config".',
    )
    expect(refused.stderr).toContain('--force')
    expect(await left(mcpauth)).toBe(3)
    const forced = await mcpauth('delete -f - --force', { stdin })
    expect(forced.exitCode).toBe(0)
    expect(await left(mcpauth)).toBe(1)
  })

  it('refuses all of it when something does not exist, unless that is to be ignored', async () => {
    const mcpauth = await filled([component, configuration].join('---\n'))
    const refused = await mcpauth('delete -f - --yes', { stdin: all })
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' })
    expect(refused.stderr).toContain('There is no App ID "mcp-server" in project "default".')
    expect(refused.stderr).toContain('--ignore-not-found')
    expect(await left(mcpauth)).toBe(2)
    const line = 'delete -f - --yes --ignore-not-found'
    expect((await mcpauth(line, { stdin: all })).stdout).toBe(
      'configuration/server-config deleted\ncomponent/bearer-validator deleted\nappidentity/mcp-server not found\n',
    )
    const json = await mcpauth(`${line} -o json`, { stdin: appId })
    expect(JSON.parse(json.stdout)).toEqual({
      items: [
        {
          apiVersion: 'cra.diagrid.io/v1beta1',
          kind: 'AppIdentity',
          metadata: { name: 'mcp-server' },
          status: { status: 'not found' },
        },
      ],
    })
    const silent = await mcpauth('delete -f - --ignore-not-found', { stdin: appId })
    expect(silent.exitCode, 'nothing to confirm').toBe(0)
  })

  it('asks before it deletes', async () => {
    const mcpauth = await filled()
    const silent = await mcpauth('delete -f -', { stdin: all })
    expect(silent.exitCode).toBe(2)
    expect(silent.stderr).toContain(
      'Delete appidentity/mcp-server, configuration/server-config, component/bearer-validator of project "default"?',
    )
    expect(silent.stderr).toContain('--yes')
    expect(await left(mcpauth)).toBe(3)
  })

  it('of manifests that cannot be read deletes nothing', async () => {
    const mcpauth = await filled()
    const broken = await mcpauth('delete -f - --yes', { stdin: `${component}---\nkind: [` })
    expect(broken).toMatchObject({ exitCode: 2, stdout: '' })
    expect(broken.stderr).toContain('Nothing was deleted.')
    expect(await left(mcpauth)).toBe(3)
  })
})
