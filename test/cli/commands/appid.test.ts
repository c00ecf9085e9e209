// `mcpauth appid …`
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

import { cli } from '../../support/run-cli.ts'
import { temporaryFolder } from '../../support/temp-home.ts'

const canary = 'canary-5d20'
const configuration = `apiVersion: dapr.io/v1alpha1
kind: Configuration
metadata:
  name: server-config
spec: {}
`

interface Shown {
  readonly spec: {
    readonly appConfig?: string
    readonly appEndpoint?: Record<string, unknown>
    readonly healthCheck?: object
  }
  readonly status: { readonly apiToken?: string }
}

function shown(stdout: string): Shown {
  return JSON.parse(stdout) as Shown
}

describe('appid', () => {
  it('is created, shown, listed and deleted', async () => {
    const mcpauth = cli()
    const created = await mcpauth('appid create mcp-client --wait')
    expect(created).toEqual({ exitCode: 0, stdout: 'appidentity/mcp-client created\n', stderr: '' })
    expect((await mcpauth('appid get mcp-client')).stdout).toMatch(/^Status: +ready$/m)
    expect((await mcpauth('appid list')).stdout).toMatch(/^mcp-client {2}ready/m)
    const again = await mcpauth('appid create mcp-client')
    expect(again.exitCode).toBe(1)
    expect(again.stderr).toContain('already exists')
    const ignored = await mcpauth('appid create mcp-client --ignore-if-exists')
    expect(ignored.stdout).toBe('appidentity/mcp-client unchanged\n')
    expect((await mcpauth('appid delete mcp-client')).exitCode).toBe(2)
    const deleted = await mcpauth('appid delete mcp-client --yes')
    expect(deleted.stdout).toBe('appidentity/mcp-client deleted\n')
    const gone = await mcpauth('appid get mcp-client')
    expect(gone.exitCode).toBe(1)
    expect(gone.stderr).toContain('There is no App ID "mcp-client"')
  })

  it('shows its API token only as YAML and JSON of "get"', async () => {
    const mcpauth = cli()
    await mcpauth('appid create a')
    const { stdout } = await mcpauth('appid get a -o json')
    const token = shown(stdout).status.apiToken ?? ''
    expect(token).toMatch(/^mcpauth:\/\/v1\/default\/a\/[\w-]{43}$/)
    expect((await mcpauth('appid get a -o yaml')).stdout).toContain(token)
    const others = [
      'appid get a',
      'appid get a -o name',
      'appid list',
      'appid list -o json',
      'appid create a --ignore-if-exists -o json',
      'appid update a --app-protocol http -o yaml',
      'appid delete a --yes -o json',
    ]
    for (const line of others) {
      const { exitCode, stdout: out, stderr } = await mcpauth(line)
      expect(exitCode, line + stderr).toBe(0)
      expect(out + stderr, line).not.toContain(token)
    }
  })

  it('is attached to a Configuration, and detached', async () => {
    const mcpauth = cli()
    await mcpauth('apply -f -', { stdin: configuration })
    await mcpauth('appid create mcp-server')
    const attached = await mcpauth('appid update mcp-server --app-config server-config -w')
    expect(attached.stdout).toBe('appidentity/mcp-server configured\n')
    expect((await mcpauth('appid get mcp-server')).stdout).toMatch(/^Config: +server-config$/m)
    const same = await mcpauth('appid update mcp-server --app-config server-config')
    expect(same.stdout).toBe('appidentity/mcp-server unchanged\n')
    const slip = await mcpauth('appid update mcp-server --app-config server-confg')
    expect(slip.exitCode).toBe(1)
    expect(slip.stderr).toContain('server-config')
    await mcpauth(['appid', 'update', 'mcp-server', '--app-config', ''])
    expect((await mcpauth('appid get mcp-server')).stdout).toMatch(/^Config: +none$/m)
    const used = await mcpauth('configuration delete server-config --yes')
    expect(used.exitCode).toBe(0)
  })

  it('that does not exist is created by update, unless it looks like a slip', async () => {
    const mcpauth = cli()
    await mcpauth('project create my-project --use')
    await mcpauth('apply -f -', { stdin: configuration })
    const update = 'appid update mcp-server --app-config server-config'
    expect(await mcpauth(update)).toEqual({
      exitCode: 0,
      stdout: 'appidentity/mcp-server created\n',
      stderr: 'App ID mcp-server did not exist in project my-project: created.\n',
    })
    const slip = await mcpauth('appid update mcp-sever --app-config server-config')
    expect(slip).toMatchObject({ exitCode: 1, stdout: '' })
    expect(slip.stderr).toContain('Did you mean "mcp-server"')
    const wrong = await mcpauth('appid update other --app-config nothing')
    expect(wrong.exitCode).toBe(1)
    expect((await mcpauth('appid list -o name')).stdout).toBe('appidentity/mcp-server\n')
    const nothing = await mcpauth('appid update mcp-server')
    expect(nothing.exitCode).toBe(2)
    expect(nothing.stderr).toContain('nothing to change')
  })

  it("takes Catalyst's flags", async () => {
    const mcpauth = cli()
    const flags =
      '--app-endpoint http://localhost:8000 --app-protocol http --app-channel-timeout-seconds 10 ' +
      '--enable-app-health-check --app-health-check-path /health --app-health-probe-interval 5 ' +
      '--app-health-probe-timeout 500 --app-health-threshold 3 --app-token-header x-app-token'
    const created = await mcpauth(`appid create a ${flags}`)
    expect(created.exitCode, created.stderr).toBe(0)
    expect(created.stderr).toBe(
      'warning: stored but not run here: --app-channel-timeout-seconds.\n',
    )
    const { spec } = shown((await mcpauth('appid get a -o json')).stdout)
    expect(spec).toMatchObject({
      protocol: 'http',
      appEndpoint: {
        url: 'http://localhost:8000',
        clientTimeoutSeconds: 10,
        tokenHeader: 'x-app-token',
      },
      healthCheck: {
        path: '/health',
        probe: { enabled: true, intervalInSec: 5, timeoutInMs: 500, failureThreshold: 3 },
      },
    })
    expect(await mcpauth('appid update a --disable-app-health-check')).toMatchObject({
      exitCode: 0,
      stderr: '',
    })
    const after = shown((await mcpauth('appid get a -o json')).stdout)
    expect(after.spec).toMatchObject({ healthCheck: { probe: { enabled: false } } })
    const both = 'appid update a --enable-app-health-check --disable-app-health-check'
    expect((await mcpauth(both)).exitCode).toBe(2)
    expect((await mcpauth('appid update a --app-protocol grpc')).exitCode).toBe(2)
    expect((await mcpauth('appid update a --app-endpoint localhost')).exitCode).toBe(2)
  })

  it('takes the app token from a safe place, and warns about the other one', async () => {
    const mcpauth = cli()
    const file = join(temporaryFolder(), 'token')
    writeFileSync(file, `${canary}\n`)
    const env = { APP_TOKEN: canary }
    const safe = [
      '--app-token -',
      '--app-token-from-env APP_TOKEN',
      `--app-token-from-file ${file}`,
    ]
    for (const [index, flags] of safe.entries()) {
      const done = await mcpauth(`appid create app-${index} ${flags}`, { env, stdin: canary })
      expect(done).toMatchObject({ exitCode: 0, stderr: '' })
    }
    const typed = await mcpauth('appid create app-3 --app-token -', { typed: `${canary}\r` })
    expect(typed).toMatchObject({ exitCode: 0, stderr: 'App token: \n' })
    const visible = await mcpauth(`appid create app-4 --app-token ${canary}`)
    expect(visible.exitCode).toBe(0)
    expect(visible.stderr).toMatch(/^warning: --app-token shows the token/)
    for (const line of [
      'appid list -o json',
      ...[0, 1, 2, 3, 4].map((n) => `appid get app-${n} -o yaml`),
    ]) {
      const { stdout, stderr } = await mcpauth(line)
      expect(stdout).toContain('***')
      expect(stdout + stderr + visible.stderr).not.toContain(canary)
    }
    await mcpauth(['appid', 'update', 'app-4', '--app-token', ''])
    expect((await mcpauth('appid get app-4 -o yaml')).stdout).not.toContain('***')
    const unfit = await mcpauth('appid update app-4 --app-token -', { stdin: `${canary}\r\nx: y` })
    expect(unfit.exitCode).toBe(2)
    expect(unfit.stderr).not.toContain(canary)
  })
})
