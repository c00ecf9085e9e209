// `dev run` as a process: identity between sidecars, signals, exit codes, ports, and failures at the start.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { binary, CliProcess } from '../support/cli-process.ts'
import { freePort, runBinary } from '../support/protected-server.ts'
import { startScriptedAuthorizationServer } from '../support/scripted-authorization-server.ts'

let folder: string
let env: NodeJS.ProcessEnv
const running: CliProcess[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcpauth-run-'))
  env = { PATH: process.env['PATH'], HOME: folder, MCPAUTH_HOME: join(folder, 'home') }
})
afterEach(async () => {
  await Promise.all(running.splice(0).map(async (run) => run.stop('SIGKILL')))
  rmSync(folder, { recursive: true, force: true })
})

function dev(...args: string[]): CliProcess {
  const run = new CliProcess(['dev', 'run', '--dapr-http-port', '0', ...args], {
    cwd: folder,
    env,
  })
  running.push(run)
  return run
}
const mcpauth = (...args: string[]) => runBinary(args, { cwd: folder, env })
const sidecarUrl = async (run: CliProcess): Promise<string> =>
  (await run.readUntil(/sidecar +(http:\S+)/))[1]?.replace(/,$/, '') ?? ''
const isAlive = (pid: number): boolean =>
  existsSync(`/proc/${pid}`) && !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')

/** An app that says what reached it. */
const echoApp = `
  require('node:http').createServer((request, response) => {
    response.setHeader('x-caller', request.headers['dapr-caller-app-id'] ?? 'nobody')
    response.end(request.method + ' ' + request.url)
  }).listen(process.env.APP_PORT, '127.0.0.1', () => console.log('app listens'))`

/** An oauth2 client of `tokenUrl`, in all.yaml and config.yaml; its secret is in the environment. */
function writeClient(tokenUrl: string): void {
  env['SECRET'] = 's'
  writeFileSync(
    join(folder, 'all.yaml'),
    `apiVersion: dapr.io/v1alpha1
kind: Component
metadata: { name: oauth2 }
spec:
  type: middleware.http.oauth2
  version: v1
  metadata:
    - { name: clientID, value: c }
    - { name: clientSecret, envRef: SECRET }
    - { name: tokenURL, value: "${tokenUrl}" }
---
${endpointManifest('up')}`,
  )
  writeFileSync(join(folder, 'config.yaml'), configurationManifest('c', 'oauth2'))
}
const bearerManifest = `apiVersion: dapr.io/v1alpha1
kind: Component
metadata: { name: bearer }
spec:
  type: middleware.http.bearer
  version: v1
  metadata:
    - { name: issuer, value: "http://127.0.0.1:1" }
    - { name: audience, value: a }
`
const guardManifest = `apiVersion: dapr.io/v1alpha1
kind: Configuration
metadata: { name: c }
spec:
  appHttpPipeline:
    handlers:
      - { name: bearer, type: middleware.http.bearer }
`
const clientFiles = ['--config', 'config.yaml', '--resources-path', 'all.yaml']

const configurationManifest = (name: string, ...handlers: string[]): string =>
  `apiVersion: dapr.io/v1alpha1\nkind: Configuration\nmetadata: { name: ${name} }\nspec:\n  httpPipeline:\n    handlers:\n${handlers
    .map((handler) => `      - { name: ${handler}, type: middleware.http.oauth2 }\n`)
    .join('')}`

const endpointManifest = (name: string): string =>
  `apiVersion: dapr.io/v1alpha1\nkind: HTTPEndpoint\nmetadata: { name: ${name} }\nspec: { baseUrl: "http://127.0.0.1:1" }\n`

describe('two sidecars of a project', () => {
  it('find each other, whichever comes first, and lose each other', async () => {
    const port = await freePort()
    const client = dev('--app-id', 'client')
    const url = `${await sidecarUrl(client)}/v1.0/invoke/server/method/a/b?c=1`
    expect((await fetch(url)).status).toBe(404)
    const server = dev(
      '--app-id',
      'server',
      '--app-port',
      String(port),
      '--',
      'node',
      '-e',
      echoApp,
    )
    await server.readUntil(/app listens/)
    const status = async (): Promise<number> => (await fetch(url)).status
    await expect.poll(status, { timeout: 2_000 }).toBe(200)
    const answer = await fetch(url, { headers: { 'dapr-caller-app-id': 'root' } })
    expect([await answer.text(), answer.headers.get('x-caller')]).toEqual([
      'GET /a/b?c=1',
      'client',
    ])
    expect(server.stderr).toMatch(/client → server GET \/a\/b 200/)
    await server.stop()
    await expect.poll(status, { timeout: 2_000 }).toBe(503)
    expect(readdirSync(join(folder, 'home', 'run'))).toHaveLength(1)
  })

  it('send the app the token that it shares with its own sidecar', async () => {
    env['APP_API_TOKEN'] = 'of-the-app'
    const port = String(await freePort())
    const tokenApp = `
      require('node:http').createServer((request, response) => {
        response.end(String(request.headers['dapr-api-token'] === process.env.APP_API_TOKEN))
      }).listen(process.env.APP_PORT, '127.0.0.1', () => console.log('app listens'))`
    const server = dev('--app-id', 'server', '--app-port', port, '--', 'node', '-e', tokenApp)
    await server.readUntil(/app listens/)
    delete env['APP_API_TOKEN']
    const client = dev('--app-id', 'client')
    const url = `${await sidecarUrl(client)}/v1.0/invoke/server/method/a`
    expect(await (await fetch(url)).text()).toBe('true')
    expect(server.stderr + server.stdout).not.toContain('of-the-app')
  })

  it('of one App ID are refused', async () => {
    const port = String(await freePort())
    const first = dev('--app-id', 'client', '--ingress-port', port)
    await sidecarUrl(first)
    writeFileSync(join(folder, 'one.yaml'), endpointManifest('one'))
    // Neither the port that is taken is to blame, nor does the second change anything.
    const args = ['--app-id', 'client', '--ingress-port', port, '--resources-path', 'one.yaml']
    const second = dev(...args)
    expect(await second.end()).toBe(1)
    expect(second.stderr).toContain(`is already running (pid ${first.child.pid}).`)
    expect(second.stderr).not.toContain('taken')
    expect(mcpauth('httpendpoint', 'list', '-o', 'name').stdout).toBe('')
  })

  it('of killed runs leave nothing in the way', async () => {
    const first = dev('--app-id', 'client')
    await sidecarUrl(first)
    await first.stop('SIGKILL')
    expect(await sidecarUrl(dev('--app-id', 'client'))).toMatch(/^http:/)
  })

  it('that start at once leave each other alone', async () => {
    const runs = Array.from({ length: 6 }, (_, index) => dev('--app-id', `app-${index}`))
    await Promise.all(runs.map((run) => sidecarUrl(run)))
    expect(readdirSync(join(folder, 'home', 'run'))).toHaveLength(6)
  })
})

describe('a change while the control plane is locked by another process', () => {
  it('is taken over afterwards, and requests are served meanwhile', async () => {
    writeFileSync(join(folder, 'r.yaml'), endpointManifest('one'))
    const run = dev('--app-id', 'client', '--resources-path', 'r.yaml')
    const url = await sidecarUrl(run)
    const database = new BetterSqlite3(join(folder, 'home', 'control-plane.db'))
    database.exec('BEGIN IMMEDIATE')
    writeFileSync(join(folder, 'r.yaml'), endpointManifest('two'))
    const until = performance.now() + 1_500
    let served = 0
    while (performance.now() < until) {
      expect((await fetch(`${url}/v1.0/invoke/two/method/x`)).status).toBe(404)
      served += 1
    }
    expect(served).toBeGreaterThan(20)
    database.exec('COMMIT')
    database.close()
    const status = async (): Promise<number> =>
      (await fetch(`${url}/v1.0/invoke/two/method/x`)).status
    await expect.poll(status, { timeout: 5_000 }).toBe(502)
    expect(run.stderr).not.toContain('✗')
  })

  it('does not cost the exit code of the command', async () => {
    spawnSync('mkfifo', [join(folder, 'go')])
    const run = dev('--app-id', 'client', '--', 'sh', '-c', 'echo up; read -r _ < go; exit 7')
    await run.readUntil(/== up/)
    const database = new BetterSqlite3(join(folder, 'home', 'control-plane.db'))
    database.exec('BEGIN IMMEDIATE')
    writeFileSync(join(folder, 'go'), 'x\n')
    expect(await run.end()).toBe(7)
    expect(run.stderr).not.toContain('error:')
    database.close()
  })
})

describe('an App ID with an appEndpoint', () => {
  it('is called there when no sidecar of it runs', async () => {
    const app = createServer((request, response) => {
      response.end(`${request.url} ${String(request.headers['dapr-api-token'])}`)
    }).listen(0, '127.0.0.1')
    await once(app, 'listening')
    const { port } = app.address() as AddressInfo
    const url = `http://127.0.0.1:${port}`
    mcpauth('appid', 'create', 'server', '--app-endpoint', url, '--app-token', 't-1')
    const client = dev('--app-id', 'client')
    const answer = await fetch(`${await sidecarUrl(client)}/v1.0/invoke/server/method/x`)
    expect(await answer.text()).toBe('/x t-1')
    app.close()
  })
})

describe('the output of the command', () => {
  it('goes where --app-log-destination says', async () => {
    const command = ['--', 'node', '-e', 'console.log("out"); console.error("err")']
    const run = dev('--app-id', 'a', '--app-log-destination', 'file', ...command)
    expect(await run.end()).toBe(0)
    expect(run.stdout).toBe('')
    expect(run.stderr).not.toContain('err\n')
    const logs = join(folder, '.dapr', 'logs')
    const [file = '', ...others] = readdirSync(logs)
    expect([file, others]).toEqual([expect.stringMatching(/^a_app_\d{14}\.log$/), []])
    expect(readFileSync(join(logs, file), 'utf8').split('\n').toSorted()).toEqual([
      '',
      'err',
      'out',
    ])
    rmSync(logs, { recursive: true })
    const both = dev('--app-id', 'a', '--app-log-destination', 'fileAndConsole', ...command)
    expect(await both.end()).toBe(0)
    expect(both.stdout).toBe('== APP - a == out\n')
    expect(readdirSync(logs)).toHaveLength(1)
  })
})

describe('the end', () => {
  const child = `
    process.on('SIGTERM', () => { console.log('got SIGTERM'); process.exit(7) })
    process.on('SIGINT', () => { console.log('got SIGINT'); process.exit(8) })
    process.on('SIGHUP', () => { console.log('got SIGHUP'); process.exit(9) })
    console.log('child', process.pid); setInterval(() => {}, 1000)`

  it.for([
    ['SIGTERM', 7],
    ['SIGINT', 8],
    ['SIGHUP', 9],
  ] as const)('by %s reaches the command, and its exit code comes back', async ([signal, code]) => {
    const run = dev('--app-id', 'client', '--', 'node', '-e', child)
    const url = await sidecarUrl(run)
    const pid = Number((await run.readUntil(/child (\d+)/))[1])
    expect(await run.stop(signal)).toBe(code)
    expect(run.stdout).toContain(`== APP - client == got ${signal}`)
    expect(isAlive(pid)).toBe(false)
    await expect(fetch(url)).rejects.toThrow('fetch failed')
  })

  it('by kill -9 takes the command along', async () => {
    const run = dev('--app-id', 'client', '--', 'node', '-e', child)
    const pid = Number((await run.readUntil(/child (\d+)/))[1])
    await run.stop('SIGKILL')
    await expect.poll(() => isAlive(pid), { timeout: 5_000 }).toBe(false)
  })

  it('of a command that ignores everything comes after the grace', async () => {
    const stubborn = `process.on('SIGTERM', () => {}); console.log('child', process.pid); setInterval(() => {}, 1000)`
    const run = dev('--app-id', 'client', '--', 'node', '-e', stubborn)
    const pid = Number((await run.readUntil(/child (\d+)/))[1])
    expect(await run.stop('SIGTERM')).toBe(137)
    expect(isAlive(pid)).toBe(false)
  })

  it('comes when nobody reads the output, and requests are served until then', async () => {
    const args = [
      binary,
      'dev',
      'run',
      '--dapr-http-port',
      '0',
      '--app-id',
      'client',
      '--ingress-port',
      '0',
    ]
    const run = spawn(process.execPath, args, {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [first] = (await once(run.stderr, 'readable').then(() => [''])) as [string]
    let text = first
    while (!/sidecar +(http:[^, ]+).*\n/.test(text)) {
      text += String(run.stderr.read() ?? '')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    const url = /sidecar +(http:[^, ]+)/.exec(text)?.[1] ?? ''
    // Each leaves a line of some 100 bytes, and a pipe holds 64 KiB.
    for (let round = 0; round < 30; round += 1) {
      await Promise.all(
        Array.from({ length: 100 }, async () => (await fetch(`${url}/nowhere`)).text()),
      )
    }
    run.kill('SIGTERM')
    const [code] = (await once(run, 'exit')) as [number]
    expect(code).toBe(143)
  })

  it('comes in order when the reader of the output goes away', async () => {
    // What it says at its end is more than a pipe holds.
    const script = `trap 'head -c 300000 /dev/zero | tr "\\0" x; echo > trapped; exit 7' TERM; echo up; while :; do echo tick; sleep 0.02; done`
    const run = dev('--app-id', 'client', '--', 'sh', '-c', script)
    await run.readUntil(/== up/)
    run.child.stdout.destroy()
    expect(await run.end()).toBe(7)
    expect(existsSync(join(folder, 'trapped'))).toBe(true)
    expect(readdirSync(join(folder, 'home', 'run'))).toEqual([])
    expect(run.stderr).not.toContain('error:')
  })

  it('comes with 141 when nobody reads what a sidecar alone says', async () => {
    const run = dev('--app-id', 'client')
    const url = await sidecarUrl(run)
    run.child.stderr.destroy()
    await fetch(`${url}/nowhere`).catch(() => undefined)
    expect(await run.end()).toBe(141)
    expect(readdirSync(join(folder, 'home', 'run'))).toEqual([])
  })

  it('of a sidecar alone is 130 by SIGINT, and 0 by its API', async () => {
    const first = dev('--app-id', 'client')
    await sidecarUrl(first)
    expect(await first.stop('SIGINT')).toBe(130)
    const second = dev('--app-id', 'client')
    const url = await sidecarUrl(second)
    expect((await fetch(`${url}/v1.0/shutdown`, { method: 'POST' })).status).toBe(204)
    expect(await second.end()).toBe(0)
    const third = dev('--app-id', 'client')
    const headers = { 'dapr-force-shutdown': 'true' }
    await fetch(`${await sidecarUrl(third)}/v1.0/shutdown`, { method: 'POST', headers })
    expect(await third.end()).toBe(1)
  })
})

describe('a start that may not be meant', () => {
  it('warns of a front door that checks nobody, and of an App ID that looks mistyped', async () => {
    mcpauth('appid', 'create', 'mcp-server')
    const port = await freePort()
    const run = dev('--app-id', 'mcp-sever', '--app-port', String(port), '--ingress-port', '0')
    await sidecarUrl(run)
    await run.readUntil(/! ingress +open to everybody/)
    expect(run.stderr).toMatch(/! App ID +there is also an App ID mcp-server/)
  })
})

describe('a start that fails', () => {
  it('names the manifest line and starts nothing', async () => {
    writeFileSync(
      join(folder, 'config.yaml'),
      'apiVersion: dapr.io/v1alpha1\nkind: Configuration\nmetadata:\n  name: c\nspec:\n  httpPipeline:\n    handlers:\n      - name: oauth\n        type: middleware.http.oauth2\n',
    )
    const run = dev(
      '--app-id',
      'client',
      '--config',
      'config.yaml',
      '--',
      'node',
      '-e',
      'console.log("started")',
    )
    expect(await run.end()).toBe(2)
    expect(run.stderr).toContain('config.yaml:8:15')
    expect(run.stderr).toMatch(/✗ resources +failed/)
    expect(run.stdout).not.toContain('started')
    expect(mcpauth('appid', 'list', '-o', 'name').stdout).toBe('')
  })

  it.for([
    [['--app-id', 'client', '--project', 'defualt'], /default/, 1],
    [['--app-id', 'Client_1'], /App ID/, 2],
    [[], /--app-id/, 2],
    [['--app-id', 'client', '--', 'no-such-command'], /no-such-command was not found/, 1],
    [['--app-id', 'client', '-e', 'novalue'], /NAME=VALUE/, 2],
    [
      ['--app-id', 'client', '--app-dir-path', '/nope', '--', 'true'],
      /folder \/nope does not exist/,
      1,
    ],
  ] as const)('says what is wrong: %j', async ([args, pattern, code]) => {
    const run = dev(...args)
    expect(await run.end()).toBe(code)
    expect(run.stderr).toMatch(pattern)
    expect(run.stderr).not.toMatch(/^\s+at .*\.js/m)
    expect(mcpauth('appid', 'list', '-o', 'name').stdout).toBe('')
  })

  it('of an empty file names it', async () => {
    writeFileSync(join(folder, 'empty.yaml'), '')
    for (const flag of ['--config', '--resources-path']) {
      const run = dev('--app-id', 'client', flag, 'empty.yaml')
      expect(await run.end()).toBe(2)
      expect(run.stderr).toContain('empty.yaml holds no manifest.')
    }
  })

  it('marks the step, and names the flag of a port that is taken', async () => {
    const first = dev('--app-id', 'one')
    const port = /:(\d+)$/.exec(await sidecarUrl(first))?.[1] ?? ''
    const second = dev('--app-id', 'two', '--dapr-http-port', port)
    expect(await second.end()).toBe(1)
    expect(second.stderr).toMatch(/✗ sidecar +failed/)
    expect(second.stderr).toContain('--dapr-http-port')
    const third = dev('--app-id', 'three', '--ingress-port', port)
    expect(await third.end()).toBe(1)
    expect(third.stderr).toContain('--ingress-port')
  })

  it('is JSON to the last line when that is wanted', async () => {
    writeFileSync(
      join(folder, 'config.yaml'),
      'apiVersion: dapr.io/v1alpha1\nkind: Configuration\nmetadata: { name: c }\nspec: { htpPipeline: {} }\n',
    )
    const run = dev('--app-id', 'client', '--config', 'config.yaml', '--log-format', 'json')
    expect(await run.end()).toBe(2)
    const lines = run.stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines.map(({ type }) => type)).toEqual(['start', 'diagnostic', 'start', 'error'])
    expect(lines[1]).toMatchObject({
      rule: 'unknown-field',
      file: 'config.yaml',
      start: { line: 4 },
    })
  })

  it('of the first token is shown with its line, and the command starts all the same', async () => {
    writeClient('http://127.0.0.1:1/token')
    const script = `fetch(process.env.DAPR_HTTP_ENDPOINT + '/v1.0/invoke/up/method/x').then(async (a) => console.log(a.status, await a.text(), process.env.SECRET))`
    const run = dev('--app-id', 'client', ...clientFiles, '--', 'node', '-e', script)
    expect(await run.end()).toBe(0)
    expect(run.stderr).toMatch(/✗ first token +oauth2 in httpPipeline: The token endpoint /)
    expect(run.stderr).toContain('at all.yaml:10:15')
    expect(run.stderr).not.toMatch(/✓ oauth2|warning:/)
    expect(run.stdout).toMatch(/50[234] .*TOKEN_ENDPOINT_.* undefined/)
  })
})

describe('a change of what guards the app, while dev run follows', () => {
  it('is told, and is not undone by an edit of something else', async () => {
    mkdirSync(join(folder, 'components'))
    writeFileSync(join(folder, 'components', 'bearer.yaml'), bearerManifest)
    writeFileSync(join(folder, 'config.yaml'), guardManifest)
    const files = ['--config', 'config.yaml', '--resources-path', 'components']
    const run = dev('--app-id', 'server', '--app-port', '1', '--ingress-port', '0', ...files)
    await sidecarUrl(run)
    expect(run.stderr).toMatch(/✓ App ID +server \(did not exist: created\)/)
    expect(run.stderr).not.toContain('open to everybody')

    mcpauth('appid', 'update', 'server', '--app-config', '')
    await run.readUntil(
      /✓ reloaded +configuration c detached\n✓ reloaded +appHttpPipeline now has no handler\n! ingress +open to everybody/,
    )
    writeFileSync(join(folder, 'components', 'one.yaml'), endpointManifest('one'))
    await run.readUntil(/✓ reloaded +httpendpoint\/one created\n/)
    expect(mcpauth('appid', 'get', 'server', '-o', 'yaml').stdout).not.toContain('appConfig')

    writeFileSync(join(folder, 'config.yaml'), `# attach it again\n${guardManifest}`)
    await run.readUntil(/✓ reloaded +appidentity\/server configured\n/)
    await run.readUntil(
      /✓ reloaded +configuration c attached\n✓ reloaded +appHttpPipeline now runs bearer\n✗ signing keys/,
    )
    expect(run.stderr.match(/open to everybody/g)).toHaveLength(1)

    await run.stop()
    mcpauth('appid', 'update', 'server', '--app-config', '')
    const again = dev('--app-id', 'server', ...files)
    await again.readUntil(/✓ App ID +server \(configuration c attached\)/)
  })
})

describe('an App ID that is deleted while dev run follows', () => {
  it('is missed once, and found again', async () => {
    writeFileSync(join(folder, 'all.yaml'), `${bearerManifest}---\n${guardManifest}`)
    mcpauth('apply', '-f', 'all.yaml')
    const run = dev('--app-id', 'server')
    await sidecarUrl(run)
    mcpauth('appid', 'delete', 'server', '--force')
    await run.readUntil(/✗ reload +There is no App ID "server"/)
    mcpauth('appid', 'create', 'server', '--app-config', 'c')
    await run.readUntil(/✓ reloaded +configuration c attached/)
    expect(run.stderr.match(/✗ reload/g)).toHaveLength(1)
  })
})

describe('a manifest file that is deleted while dev run follows', () => {
  it('is told with what stays applied, once', async () => {
    const path = (name: string): string => join(folder, 'components', name)
    mkdirSync(join(folder, 'components'))
    writeFileSync(path('a.yaml'), endpointManifest('a'))
    writeFileSync(path('b.yaml'), `${endpointManifest('b')}---\n${endpointManifest('c')}`)
    writeFileSync(path('d.yaml'), endpointManifest('d'))
    const run = dev('--app-id', 'client', '--resources-path', 'components')
    await sidecarUrl(run)
    rmSync(path('a.yaml'))
    await run.readUntil(
      /components\/a\.yaml is gone; httpendpoint\/a stays applied \(mcpauth httpendpoint delete a\)\n/,
    )
    // A file that is renamed leaves nothing behind.
    renameSync(path('d.yaml'), path('e.yaml'))
    writeFileSync(path('f.yaml'), endpointManifest('f'))
    await run.readUntil(/httpendpoint\/f created/)
    // What is deleted already does not stay; the empty folder itself is refused.
    mcpauth('httpendpoint', 'delete', 'f', '--yes')
    for (const name of ['f.yaml', 'b.yaml', 'e.yaml']) rmSync(path(name))
    await run.readUntil(/contains no manifests[^]*✗ reload/)
    const gone = run.stderr.match(/components\/\w\.yaml is gone.*/g)
    expect(gone?.toSorted()).toEqual([
      'components/a.yaml is gone; httpendpoint/a stays applied (mcpauth httpendpoint delete a)',
      'components/b.yaml is gone; httpendpoint/b, httpendpoint/c stay applied (mcpauth httpendpoint delete b; mcpauth httpendpoint delete c)',
      'components/e.yaml is gone; httpendpoint/d stays applied (mcpauth httpendpoint delete d)',
    ])
  })
})

describe('a first token that fails while dev run follows', () => {
  it('is said once', async () => {
    writeClient('http://127.0.0.1:1/token')
    mcpauth('apply', '-f', 'all.yaml', '-f', 'config.yaml')
    const run = dev('--app-id', 'client')
    await sidecarUrl(run)
    mcpauth('appid', 'update', 'client', '--app-config', 'c')
    await run.readUntil(/✗ first token +oauth2 in httpPipeline: .*\n.*\n +hint: .*\n/)
    expect(run.stderr.match(/The token endpoint/g)).toHaveLength(1)
    expect(run.stderr).not.toMatch(/✓ oauth2|warning:/)
  })
})

describe('an interrupt while the first token is awaited', () => {
  it('is the end, and no failure of the authorization server', async () => {
    await using server = await startScriptedAuthorizationServer()
    const asked = Promise.withResolvers<void>()
    server.on('/token', () => asked.resolve())
    writeClient(`${server.origin}/token`)
    const run = dev(
      '--app-id',
      'client',
      ...clientFiles,
      '--',
      'node',
      '-e',
      'console.log("started")',
    )
    await asked.promise
    const before = run.stderr
    expect(await run.stop('SIGINT')).toBe(130)
    expect(run.stderr).toBe(before)
    expect(run.stdout).toBe('')
    expect(readdirSync(join(folder, 'home', 'run'))).toEqual([])
  })
})
