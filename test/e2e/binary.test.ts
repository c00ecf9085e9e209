// `npm run build:binary`: the one executable does its work where there is no Node, and no file of this repository is read.
import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, copyFileSync, cpSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, it, onTestFinished } from 'vitest'

import { CliProcess } from '../support/cli-process.ts'
import { freePort } from '../support/protected-server.ts'
import { temporaryFolder } from '../support/temp-home.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const built = join(root, 'binary', 'mcpauth')

beforeAll(() => {
  execFileSync(process.execPath, [join(root, 'scripts/build-binary.ts')], { stdio: 'ignore' })
}, 120_000)

/** A copy far from the repository, in a home of its own, on a machine without anything. */
function installed() {
  const folder = temporaryFolder()
  const program = join(folder, 'mcpauth')
  copyFileSync(built, program)
  const env = { HOME: folder, PATH: join(folder, 'nothing') }
  return {
    folder,
    run: (...args: string[]) => {
      const { status, stdout, stderr } = spawnSync(program, args, {
        cwd: folder,
        env,
        encoding: 'utf8',
      })
      return { exitCode: status, stdout, stderr }
    },
    start: (...args: string[]) => {
      const started = new CliProcess([], { cwd: folder, env, command: [program, ...args] })
      onTestFinished(async () => void (await started.stop('SIGKILL')))
      return started
    },
  }
}

it('lints, applies, and runs both the authorization server and a guarded app', async () => {
  const { folder, run, start } = installed()
  cpSync(join(root, 'fixtures/guide'), folder, { recursive: true })
  expect(run('lint')).toMatchObject({ exitCode: 0 })

  const idpPort = String(await freePort())
  const idp = start('dev', 'idp', '--port', idpPort, '--audience', 'mcp-server')
  await idp.readUntil(/value: "mcp-server"\n/)
  writeFileSync(join(folder, 'components/bearer.yaml'), idp.stdout)
  const config = join('config', 'bearer-server.yaml')
  const applied = run('apply', '-f', 'components/bearer.yaml', '-f', config)
  expect(applied).toMatchObject({ exitCode: 0 })
  expect(
    run('appid', 'create', 'mcp-server', '--app-config', 'bearer-server-config').exitCode,
  ).toBe(0)

  const app = createServer((_, answer) => void answer.end('reached')).listen(0, '127.0.0.1')
  await once(app, 'listening')
  onTestFinished(() => void app.close())
  const { port } = app.address() as AddressInfo
  const ports = ['--app-port', String(port), '--ingress-port', '0']
  const sidecar = start('dev', 'run', '--app-id', 'mcp-server', ...ports, '--', '/bin/sleep', '60')
  const [, ingress = ''] = await sidecar.readUntil(/ingress (http:\S+)/)
  const authorization = `Bearer ${run('dev', 'token', '--aud', 'mcp-server').stdout.trim()}`
  const guarded = await fetch(ingress)
  expect(guarded.status).toBe(401)
  const known = await fetch(ingress, { headers: { authorization } })
  expect([known.status, await known.text()]).toEqual([200, 'reached'])
  await sidecar.stop('SIGINT')
})

it('unpacks itself once, for its user alone, whatever starts at the same time', async () => {
  const { folder, start, run } = installed()
  const starts = Array.from({ length: 4 }, () => start('--version'))
  for (const one of starts) {
    expect([await one.end(), one.stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)])
  }
  const cache = join(folder, '.cache', 'mcpauth')
  const runtimes = readdirSync(cache).filter((name) => name.startsWith('runtime-'))
  expect(runtimes).toHaveLength(1)
  expect(statSync(cache).mode & 0o077).toBe(0)

  // Others could put program files there now.
  chmodSync(cache, 0o777)
  expect(run('--version')).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: expect.stringContaining(`other users can write to ${cache}`),
  })
})
