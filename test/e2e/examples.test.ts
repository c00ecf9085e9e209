// The examples that need nothing but this repository, with the built binary.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect, it, onTestFinished } from 'vitest'

import { CliProcess } from '../support/cli-process.ts'
import { copyExample } from '../support/example-copy.ts'
import { freePort, runBinary } from '../support/protected-server.ts'
import { payrollReports, playPayroll } from '../support/payroll-example.ts'

it('mcp-auth in TypeScript: closed, open tool by tool, open', async () => {
  const { reports, pastSidecar, output } = await playPayroll('typescript.yaml')
  expect(reports).toEqual(payrollReports(/ERR_MCP_CALLER_NOT_GRANTED/, /ERR_MCP_TOOL_DENIED/))
  expect(pastSidecar).toBe(401)
  expect(output).not.toMatch(/demo-key|warning/)
})

it('layered-security: identity, policy and token, each on its own', async () => {
  const folder = copyExample('layered-security')
  const run = await readFile(join(folder, 'run.yaml'), 'utf8')
  const written = ['9400', '8000', '8080', '3501', '3502', '3503'] as const
  const ports = new Map<string, string>()
  for (const port of written) ports.set(port, String(await freePort()))
  const onFreePorts = (text: string): string =>
    text.replaceAll(/\b(?:9400|8000|8080|350[123])\b/g, (port) => ports.get(port) ?? port)
  await writeFile(join(folder, 'run.yaml'), onFreePorts(run))
  for (const file of ['server.yaml', 'caller.yaml']) {
    const path = join(folder, 'resources', file)
    await writeFile(path, onFreePorts(await readFile(path, 'utf8')))
  }

  const env = { PATH: process.env['PATH'], HOME: folder, MCPAUTH_HOME: join(folder, 'home') }
  expect(runBinary(['project', 'create', 'layers', '--use'], { cwd: folder, env }).exitCode).toBe(0)
  const running = new CliProcess(['dev', 'run', '-f', 'run.yaml'], { cwd: folder, env })
  onTestFinished(async () => void (await running.stop('SIGKILL')))

  const readme = await readFile(join(folder, 'README.md'), 'utf8')
  const urls = [...readme.matchAll(/curl -i (\S+)/g)].map(([, url = '']) => onFreePorts(url))
  const ask = async (url: string): Promise<readonly [number, string]> => {
    const answer = await fetch(url)
    return [answer.status, await answer.text()]
  }
  await expect
    .poll(async () => ask(urls[0] ?? '').catch(() => undefined), { timeout: 30_000 })
    .toEqual([200, 'hello agent\n'])
  const answers = []
  for (const url of urls) answers.push(await ask(url))
  expect(answers).toEqual([
    [200, 'hello agent\n'],
    [401, expect.stringContaining('TOKEN_MISSING')],
    [403, expect.stringContaining('ACCESS_DENIED')],
    [403, expect.stringContaining('ACCESS_DENIED')],
  ])

  const why = 'access test --caller intruder --target mcp-server --path /hello --method GET'
  expect(readme).toContain(why)
  expect(runBinary(why.split(' '), { cwd: folder, env }).stdout).toMatch(
    /^DENIED with 403.*\n.*\n  httpPipeline +not tried/,
  )
})
