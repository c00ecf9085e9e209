// `mcpauth project …`
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

import { openControlPlane } from '../../../src/control-plane/control-plane.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { cli } from '../../support/run-cli.ts'
import { temporaryFolder } from '../../support/temp-home.ts'

describe('project', () => {
  it('is created, chosen, listed, shown and deleted', async () => {
    const mcpauth = cli()
    const created = await mcpauth('project create my-project --use')
    expect(created).toEqual({
      exitCode: 0,
      stdout: 'project/my-project created\n',
      stderr: 'Commands without --project now mean my-project.\n',
    })
    const { stdout: table } = await mcpauth('project list')
    expect(table).toMatch(/^ {3}default +0 +\S+Z$/m)
    expect(table).toMatch(/^\* {2}my-project +0 +\S+Z$/m)
    expect((await mcpauth('project get my-project')).stdout).toMatch(/^Current: +yes$/m)
    expect((await mcpauth('project use default')).stdout).toBe('project/default in use\n')
    expect((await mcpauth('project list')).stdout).toMatch(/^\* {2}default/m)
    const deleted = await mcpauth('project delete my-project --approve')
    expect(deleted.stdout).toBe('project/my-project deleted\n')
    expect((await mcpauth('project list -o name')).stdout).toBe('project/default\n')
  })

  it('as JSON is a document without the mark of the current one', async () => {
    const mcpauth = cli()
    const { stdout, stderr } = await mcpauth('project list -o json')
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual({
      items: [
        {
          apiVersion: 'cra.diagrid.io/v1beta1',
          kind: 'Project',
          metadata: { name: 'default', createdAt: expect.any(String) },
          spec: {},
          status: { status: 'ready', resources: 0 },
        },
      ],
    })
    const { stdout: one } = await mcpauth('project get default -o json')
    const [listed] = (JSON.parse(stdout) as { items: { status: object }[] }).items
    expect(JSON.parse(one)).toEqual({ ...listed, status: { ...listed?.status, sidecars: [] } })
    const { stdout: made, stderr: notice } = await mcpauth('project create p --use -o json')
    expect(JSON.parse(made)).toMatchObject({ kind: 'Project', metadata: { name: 'p' } })
    expect(notice).not.toBe('')
  })

  it('tells where the sidecars that run can be called', async () => {
    const home = join(temporaryFolder(), 'home')
    const mcpauth = cli({ home })
    await mcpauth('app create mcp-client')
    const plane = openControlPlane({ home, clock: systemClock, env: {} })
    plane.sessions.register({
      project: 'default',
      appId: 'mcp-client',
      pid: process.pid,
      socketPath: '/run/app.sock',
      httpPort: 3501,
      startedAt: 0,
    })
    plane.close()
    const { stdout } = await mcpauth('project get default')
    expect(stdout).toMatch(/^Running: +mcp-client \(http:\/\/127\.0\.0\.1:3501\)$/m)
    const json = await mcpauth('project get default -o json')
    expect(JSON.parse(json.stdout)).toMatchObject({
      status: { sidecars: [{ appId: 'mcp-client', url: 'http://127.0.0.1:3501' }] },
    })
  })

  it('says what is wrong, and what to do', async () => {
    const mcpauth = cli()
    await mcpauth('project create my-project')
    const again = await mcpauth('project create my-project')
    expect(again.exitCode).toBe(1)
    expect(again.stderr).toContain('already exists')
    const unfit = await mcpauth('project create My_Project')
    expect(unfit.exitCode).toBe(2)
    const slip = await mcpauth('component list --project my-projct')
    expect(slip.exitCode).toBe(1)
    expect(slip.stderr).toContain('Did you mean "my-project"')
    expect((await mcpauth('project list -o name')).stdout).not.toContain('my-projct')
    const standing = await mcpauth('project delete default --yes')
    expect(standing.exitCode).toBe(1)
  })

  it('follows MCPAUTH_PROJECT, and "project use" says so', async () => {
    const mcpauth = cli()
    await mcpauth('project create other')
    const env = { MCPAUTH_PROJECT: 'other' }
    expect((await mcpauth('appid create a', { env })).exitCode).toBe(0)
    expect((await mcpauth('appid list -p other -o name')).stdout).toBe('appidentity/a\n')
    expect((await mcpauth('project use default', { env })).stderr).toContain(
      'MCPAUTH_PROJECT=other',
    )
  })

  it('is deleted only when that is confirmed', async () => {
    const mcpauth = cli()
    await mcpauth('project create p')
    await mcpauth('appid create a -p p')
    const refused = await mcpauth('project delete p')
    expect(refused.exitCode).toBe(2)
    expect(refused.stderr).toContain('Pass --yes')
    const no = await mcpauth('project delete p', { typed: 'n\n' })
    expect(no.exitCode).toBe(1)
    expect(no.stderr).toContain('resources: 1')
    expect(no.stderr).toContain('Nothing was deleted.')
    const yes = await mcpauth('project delete p', { typed: 'Yes\n' })
    expect(yes).toMatchObject({ exitCode: 0, stdout: 'project/p deleted\n' })
  })
})
