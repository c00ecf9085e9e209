// Health checks of an app in `dev run`: what callers get, what the log and `dev status` say, live changes.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'

import { CliProcess } from '../support/cli-process.ts'
import { freePort, runBinary } from '../support/protected-server.ts'

let folder: string
let env: NodeJS.ProcessEnv
const running: CliProcess[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcpauth-health-'))
  env = { PATH: process.env['PATH'], HOME: folder, MCPAUTH_HOME: join(folder, 'home') }
})
afterEach(async () => {
  await Promise.all(running.splice(0).map(async (run) => run.stop('SIGKILL')))
  rmSync(folder, { recursive: true, force: true })
})

const mcpauth = (...args: string[]) => runBinary(args, { cwd: folder, env })
function start(...args: string[]): CliProcess {
  const run = new CliProcess(['dev', 'run', ...args], { cwd: folder, env })
  running.push(run)
  return run
}

/** Healthy once it is told so, and counts the calls that reach it. */
const app = `
  let status = 503, calls = 0
  require('node:http').createServer((request, response) => {
    if (request.url === '/up') response.statusCode = status
    else if (request.url.startsWith('/be/')) status = Number(request.url.slice(4))
    else calls += 1
    response.end(String(calls))
  }).listen(process.env.APP_PORT, '127.0.0.1', () => console.log('listening'))`

const statusOf = async (port: string): Promise<number> =>
  (await fetch(`http://127.0.0.1:${port}/x`)).status
const health = (): unknown[] =>
  (JSON.parse(mcpauth('dev', 'status', '-o', 'json').stdout) as { items: object[] }).items.map(
    (one) => ('health' in one ? one.health : 'unchecked'),
  )

it('the apps of a run file are called once they are healthy, and shown so', async () => {
  const ports = [await freePort(), await freePort()]
  const checks = { appHealthCheckPath: '/up', appHealthProbeInterval: 1, appHealthThreshold: 1 }
  const apps = ports.map((appPort, index) => ({
    appID: index === 0 ? 'checked' : 'plain',
    appPort,
    ingressPort: 0,
    enableAppHealthCheck: index === 0,
    command: ['node', '-e', app],
  }))
  const file = JSON.stringify({ version: 1, common: checks, apps })
  writeFileSync(join(folder, 'dapr.yaml'), file)
  const run = start('-f', '.')
  const [, checked = ''] = await run.readUntil(/sidecar +checked: .* ingress http:\S+:(\d+)/)
  const [, plain = ''] = await run.readUntil(/sidecar +plain: .* ingress http:\S+:(\d+)/)
  await run.readUntil(/✓ health +checked: GET http:\S+\/up every 1 s; until/)
  await run.readUntil(/✗ health +checked: the app is not healthy.*: GET \/up answered 503/)
  await run.readUntil(/APP - plain == listening/)
  expect([await statusOf(checked), await statusOf(plain)]).toEqual([503, 200])
  await run.readUntil(/503 .*APP_UNHEALTHY: GET \/up answered 503/)
  expect(health()).toEqual(['unhealthy', 'unchecked'])
  expect(mcpauth('dev', 'status').stdout).toMatch(
    /checked +running +unhealthy +\d+[^]*plain +running +\d/,
  )
  await fetch(`http://127.0.0.1:${ports[0]}/be/200`)
  await run.readUntil(/✓ health +checked: the app is healthy/)
  expect(await (await fetch(`http://127.0.0.1:${checked}/x`)).text()).toBe('1')
  expect(health()).toEqual(['healthy', 'unchecked'])
  await fetch(`http://127.0.0.1:${ports[0]}/be/500`)
  await run.readUntil(/✗ health +checked: .*: GET \/up answered 500/)
  expect(await statusOf(checked)).toBe(503)
  expect(run.stderr).not.toMatch(/health +plain/)
  expect(await run.stop('SIGINT')).toBe(130)
})

it('checks of an App ID are turned on and off while its sidecar runs', async () => {
  const port = String(await freePort())
  const run = start(
    '--app-id',
    'a',
    '--app-port',
    port,
    '--ingress-port',
    '0',
    '--dapr-http-port',
    '0',
    '--',
    'node',
    '-e',
    app,
  )
  const [, ingress = ''] = await run.readUntil(/ingress http:\S+:(\d+)/)
  await run.readUntil(/== APP - a == listening/)
  expect(await statusOf(ingress)).toBe(200)
  const on = ['--enable-app-health-check', '--app-health-check-path', '/up']
  expect(mcpauth('appid', 'update', 'a', ...on).stderr).toBe('')
  await run.readUntil(/✗ health +the app is not healthy/)
  expect(await statusOf(ingress)).toBe(503)
  mcpauth('appid', 'update', 'a', '--disable-app-health-check')
  await run.readUntil(/reloaded +the health of the app is not checked any more/)
  expect(await statusOf(ingress)).toBe(200)
})

it('what is said of checks that do not run is told', async () => {
  const only = start(
    '--app-id',
    'a',
    '--dapr-http-port',
    '0',
    '--app-health-threshold',
    '2',
    '--',
    'true',
  )
  await only.end()
  expect(only.stderr).toMatch(/! health +not checked: how is said, but not that/)
  const portless = start(
    '--app-id',
    'a',
    '--dapr-http-port',
    '0',
    '--enable-app-health-check',
    '--',
    'true',
  )
  await portless.end()
  expect(portless.stderr).toMatch(/! health +not checked: there is no app to ask/)
})
