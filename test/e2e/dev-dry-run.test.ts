// `dev run --dry-run` and the server of environments, of one app and of a run file.
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { CliProcess } from '../support/cli-process.ts'
import { freePort, runBinary } from '../support/protected-server.ts'

let folder: string
let env: NodeJS.ProcessEnv
const running: CliProcess[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcpauth-dry-'))
  env = { PATH: process.env['PATH'], HOME: folder, MCPAUTH_HOME: join(folder, 'home') }
})
afterEach(async () => {
  await Promise.all(running.splice(0).map(async (run) => run.stop('SIGKILL')))
  rmSync(folder, { recursive: true, force: true })
})

const mcpauth = (...args: string[]) => runBinary(args, { cwd: folder, env })
const write = (name: string, value: object): void =>
  writeFileSync(join(folder, name), JSON.stringify(value))
const component = {
  apiVersion: 'dapr.io/v1alpha1',
  kind: 'Component',
  metadata: { name: 'token' },
  spec: {
    type: 'middleware.http.oauth2clientcredentials',
    version: 'v1',
    metadata: [
      { name: 'clientID', value: 'mcp-client' },
      { name: 'clientSecret', secretKeyRef: { name: 'mcp-client', key: 'clientSecret' } },
      { name: 'tokenURL', value: 'http://127.0.0.1:9400/token' },
      { name: 'scopes', value: 'a' },
      { name: 'headerName', value: 'authorization' },
    ],
  },
}
const configuration = {
  apiVersion: 'dapr.io/v1alpha1',
  kind: 'Configuration',
  metadata: { name: 'empty' },
  spec: {},
}
const command = ['node', '-e', 'require("node:fs").writeFileSync("started", "")']

describe('--dry-run', () => {
  it('shows what a run file would do, without a value of the environment, and does nothing', () => {
    write('token.json', component)
    write('config.json', configuration)
    const apps = [
      { appID: 'a', appPort: 8000, ingressPort: 0, command, env: { KEY: 'hush-1' } },
      {
        appID: 'b',
        configFilePath: 'config.json',
        appLogDestination: 'file',
        enableAppHealthCheck: true,
      },
    ]
    const common = { resourcesPath: 'token.json', env: { TOKEN: 'hush-2' } }
    write('dapr.yaml', { version: 1, common, apps, idp: { port: 0, clients: ['mcp-client'] } })
    const { exitCode, stdout, stderr } = mcpauth('dev', 'run', '-f', '.', '--dry-run')
    expect([exitCode, stderr]).toEqual([0, 'Dry run: nothing was started or stored.\n'])
    expect(stdout.replaceAll(folder, 'DIR')).toMatchInlineSnapshot(`
      "Project:       default
      Applied:       configuration/empty created, component/token created, appidentity/a created, appidentity/b created
      Stored:        mcp-client/clientSecret
      Token server:  a free port

      App ID:       a
      Command:      node -e "require(\\"node:fs\\").writeFileSync(\\"started\\", \\"\\")"
      Folder:       DIR
      App port:     8000
      Sidecar:      a free port
      Ingress:      a free port
      Environment:  DAPR_HTTP_ENDPOINT, DAPR_HTTP_PORT, DAPR_API_TOKEN, DAPR_APP_ID, APP_ID, APP_PORT, TOKEN, KEY
      Logs:         app: console, sidecar: console

      App ID:         b
      Command:        none: the sidecar alone
      Folder:         DIR
      App port:       none
      Sidecar:        a free port
      Ingress:        none
      Environment:    DAPR_HTTP_ENDPOINT, DAPR_HTTP_PORT, DAPR_API_TOKEN, DAPR_APP_ID, APP_ID, TOKEN
      Configuration:  config.json
      Health check:   GET /healthz every 5 s
      Logs:           app: file, sidecar: console
      "
    `)
    expect(stdout).not.toContain('hush')
    expect(existsSync(join(folder, 'started')) || existsSync(join(folder, '.dapr'))).toBe(false)
    expect(mcpauth('get', 'all', '-o', 'name').stdout).toBe('')
    expect(mcpauth('secret', 'list', '-o', 'name').stdout).toBe('')
    expect(readdirSync(join(folder, 'home'))).not.toContain('dev-idp')
  })

  it('shows one app as JSON', () => {
    const flags = ['--app-id', 'a', '-e', 'KEY=hush', '--dry-run', '--log-format', 'json']
    const { exitCode, stdout } = mcpauth('dev', 'run', ...flags, '--', ...command)
    expect(exitCode).toBe(0)
    expect(stdout).not.toContain('hush')
    expect(JSON.parse(stdout)).toMatchObject({
      project: 'default',
      applied: ['appidentity/a created'],
      apps: [
        {
          appId: 'a',
          command,
          environment: expect.arrayContaining(['KEY', 'DAPR_API_TOKEN']) as string[],
        },
      ],
    })
    expect(existsSync(join(folder, 'started'))).toBe(false)
    expect(mcpauth('appid', 'list', '-o', 'name').stdout).toBe('')
  })

  it('fails as the run would', () => {
    write('token.json', component)
    const run = (...args: string[]) => mcpauth('dev', 'run', '--app-id', 'a', '--dry-run', ...args)
    const missing = run('--resources-path', 'token.json')
    expect([missing.exitCode, missing.stderr]).toEqual([
      2,
      expect.stringMatching(/token\.json:1:\d+ .*mcp-client\/clientSecret/),
    ])
    expect(run('--', 'no-such-command').exitCode).toBe(1)
    expect(run('--project', 'none').exitCode).toBe(1)
  })
})

describe('--app-id-env-server-enabled', () => {
  const get = (url: string): Promise<Response> => fetch(url)

  it('gives a debugger what the apps of a run file get', async () => {
    const port = await freePort()
    write('dapr.yaml', { version: 1, apps: [{ appID: 'a', appPort: 8000 }, { appID: 'b' }] })
    const flags = ['--app-id-env-server-enabled', '--app-id-env-server-port', String(port)]
    const run = new CliProcess(['dev', 'run', '-f', '.', ...flags], { cwd: folder, env })
    running.push(run)
    const base = `http://127.0.0.1:${port}`
    await run.readUntil(new RegExp(`env server +${base}/a, ${base}/b \\(with API tokens\\)`))
    const answer = (await (await get(`${base}/a`)).json()) as Record<string, string>
    expect(answer).toMatchObject({ DAPR_APP_ID: 'a', APP_PORT: '8000' })
    const token = { 'dapr-api-token': answer['DAPR_API_TOKEN'] ?? '' }
    const metadata = await fetch(`${answer['DAPR_HTTP_ENDPOINT']}/v1.0/metadata`, {
      headers: token,
    })
    expect(await metadata.json()).toMatchObject({ id: 'a' })
    expect(run.stdout + run.stderr).not.toContain(token['dapr-api-token'])
    expect(await run.stop('SIGINT')).toBe(130)
    await expect(get(`${base}/a`)).rejects.toThrow('fetch failed')
  })

  it('is off unless asked for, and keeps the run from starting when its port is taken', async () => {
    const first = ['dev', 'run', '--app-id', 'a', '--dapr-http-port', '0']
    const run = new CliProcess(first, { cwd: folder, env })
    running.push(run)
    const [, port = ''] = await run.readUntil(/sidecar +http:\/\/127\.0\.0\.1:(\d+)/)
    expect(run.stderr).not.toContain('env server')
    const flags = ['--app-id-env-server-enabled', '--app-id-env-server-port', port]
    const second = mcpauth('dev', 'run', '--app-id', 'b', ...flags, '--', ...command)
    expect([second.exitCode, second.stderr]).toEqual([
      1,
      expect.stringContaining('Choose another one with --app-id-env-server-port'),
    ])
    expect(existsSync(join(folder, 'started'))).toBe(false)
  })
})
