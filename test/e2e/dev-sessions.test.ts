// `dev status`, `dev stop`, `dev cleanup` and `dev scaffold` against running and killed processes.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'

import { CliProcess } from '../support/cli-process.ts'
import { runBinary } from '../support/protected-server.ts'

let folder: string
let env: NodeJS.ProcessEnv
const running: CliProcess[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcpauth-sessions-'))
  env = { PATH: process.env['PATH'], HOME: folder, MCPAUTH_HOME: join(folder, 'home') }
})
afterEach(async () => {
  await Promise.all(running.splice(0).map(async (run) => run.stop('SIGKILL')))
  rmSync(folder, { recursive: true, force: true })
})

const mcpauth = (...args: string[]) => runBinary(args, { cwd: folder, env })
async function start(...args: string[]): Promise<CliProcess> {
  const run = new CliProcess(['dev', 'run', ...args], { cwd: folder, env })
  running.push(run)
  await run.readUntil(/command +.*none: the sidecar runs alone/)
  return run
}
const single = (appId: string) => start('--dapr-http-port', '0', '--app-id', appId)
function status(): [string, string][] {
  const { items } = JSON.parse(mcpauth('dev', 'status', '-o', 'json').stdout) as {
    items: { appId: string; status: string }[]
  }
  return items.map((one) => [one.appId, one.status])
}

it('running sidecars are listed and ended, one or all', async () => {
  const one = await single('one')
  const two = await single('two')
  expect(status()).toEqual([
    ['one', 'running'],
    ['two', 'running'],
  ])
  expect(mcpauth('dev', 'status').stdout).toMatch(
    new RegExp(`^APP ID +STATUS +HEALTH +PID.*\\none +running +${one.child.pid} +\\d+ +20`),
  )
  const unknown = mcpauth('dev', 'stop', 'one', 'tow')
  expect([unknown.exitCode, unknown.stderr]).toEqual([1, expect.stringContaining('"two"')])
  expect(mcpauth('dev', 'stop').exitCode).toBe(2)
  expect(status()).toHaveLength(2)
  expect(mcpauth('dev', 'stop', 'ONE').stdout).toBe(`one stopped (pid ${one.child.pid})\n`)
  expect(await one.end()).toBe(143)
  expect(mcpauth('dev', 'stop', '--all').stdout).toBe(`two stopped (pid ${two.child.pid})\n`)
  expect(await two.end()).toBe(143)
  expect(mcpauth('dev', 'stop', '--project', 'default').stdout).toBe('Nothing runs.\n')
})

it('killed ones are dead, are never signalled, and are removed', async () => {
  const live = await single('live')
  const killed = await single('killed')
  await killed.stop('SIGKILL')
  expect(status()).toEqual([
    ['killed', 'dead'],
    ['live', 'running'],
  ])
  expect(mcpauth('dev', 'stop', 'killed').stderr).toContain('No sidecar of App ID "killed" runs')
  expect(mcpauth('dev', 'cleanup').stdout).toBe(
    `default/killed removed (pid ${killed.child.pid})\n`,
  )
  expect(readdirSync(join(folder, 'home', 'run'))).toHaveLength(1)
  expect(mcpauth('dev', 'cleanup').stdout).toBe('Nothing is left over.\n')
  expect(status()).toEqual([['live', 'running']])
  expect(await live.stop('SIGINT')).toBe(130)
})

it('a run file of a project is written, runs, and its apps end together', async () => {
  expect(mcpauth('dev', 'scaffold').exitCode).toBe(1)
  mcpauth('appid', 'create', 'a', '--app-endpoint', 'http://127.0.0.1:9', '--app-token', 't-1')
  mcpauth('appid', 'create', 'b')
  expect(mcpauth('dev', 'scaffold').stdout).toBe('dapr.yaml written\n')
  const text = readFileSync(join(folder, 'dapr.yaml'), 'utf8')
  expect(text).toContain('- appID: "a"\n    appPort: 9\n')
  expect(text).not.toContain('t-1')
  writeFileSync(join(folder, 'dapr.yaml'), `${text}# mine\n`)
  expect(mcpauth('dev', 'scaffold').stderr).toContain('--force')
  expect(readFileSync(join(folder, 'dapr.yaml'), 'utf8')).toContain('# mine')
  const run = await start('-f', '.')
  expect(mcpauth('dev', 'stop', 'a').stdout).toMatch(/^a stopped .*\nb stopped .*\n$/)
  expect(await run.end()).toBe(143)
})

it('login needs no account', () => {
  const { exitCode, stderr } = mcpauth('login')
  expect([exitCode, stderr]).toEqual([0, expect.stringContaining('No account is needed')])
})
