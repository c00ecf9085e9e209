// `verify` and `doctor` as processes, at the front that `dev run` puts before a real MCP server, and at a server without one.
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'

import { CliProcess, type CliProcessOptions } from '../support/cli-process.ts'
import { exampleServer } from '../support/example-server.ts'
import { protectedServer } from '../support/protected-server.ts'
import { temporaryFolder } from '../support/temp-home.ts'

interface Report {
  readonly cases: readonly {
    readonly id: string
    readonly status: string
    readonly detail?: string
  }[]
}

/** The authorization server is in this process, which must not wait for a child. */
async function run(args: readonly string[], options: CliProcessOptions) {
  const child = new CliProcess(args, options)
  const exitCode = await child.end()
  return { exitCode, stdout: child.stdout, stderr: child.stderr }
}

function casesOf(stdout: string, status: string): readonly string[] {
  const { cases } = JSON.parse(stdout) as Report
  return cases
    .filter((one) => one.status === status)
    .map(({ id, detail }) => `${id} ${detail ?? ''}`)
}

it('finds nothing at a server behind bearer, and nothing about its token in any output', async () => {
  const server = await protectedServer()
  onTestFinished(() => server.close())
  const component = join(server.folder, 'components/bearer.yaml')
  const scope = '    - name: requiredScopes\n      value: "mcp:read"\n'
  appendFileSync(component, scope)
  server.mcpauth('apply', '-f', 'components/bearer.yaml')
  server.mcpauth('appid', 'update', 'mcp-server', '--app-config', 'bearer-server-config', '--wait')
  const token = await server.idp.token('mcp-server', 'mcp:read')
  const options = { cwd: server.folder, env: { ...server.env, TOKEN: token } }
  const key = join(server.idp.home, 'dev-idp/keys.json')
  const url = `${server.ingress}/mcp`

  const verified = await run(
    ['verify', url, '--token-env', 'TOKEN', '--signing-key', key, '-o', 'json'],
    options,
  )
  expect(casesOf(verified.stdout, 'failed')).toEqual([])
  expect(casesOf(verified.stdout, 'skipped')).toEqual([])
  expect(verified.exitCode).toBe(0)
  expect(verified.stdout + verified.stderr).not.toContain(token)

  const examined = await run(['doctor', url, '--token-env', 'TOKEN', '-o', 'name'], options)
  // Warnings: the guide's audience is a name of its own, and this authorization server grants any scope without a list.
  expect(examined).toMatchObject({ exitCode: 0, stdout: 'audience.other-name\nscope.unknown\n' })

  const named = await run(['doctor', 'mcp-server', '-o', 'json'], options)
  expect(JSON.parse(named.stdout)).toMatchObject({ target: url, status: 'passed' })
})

it('fails a server that asks for no token, in JUnit', async () => {
  const url = await exampleServer()
  const folder = temporaryFolder()
  const options = { cwd: folder, env: { PATH: process.env['PATH'], HOME: folder } }

  const { exitCode, stdout } = await run(['verify', url, '-o', 'junit'], options)

  expect(exitCode).toBe(1)
  expect(stdout).toMatch(/<testsuites name="mcpauth verify" tests="\d+" failures="[1-9]\d*"/)
  expect(stdout).toMatch(/name="no-token">\s*<failure message="it answered 200 in place of 401"/)
  expect(stdout).toMatch(/name="good-token">\s*<skipped message="needs a token/)
})
