// The lines of Catalyst's mcp-auth quickstart, in their order, with another program name.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'

import { CliProcess } from '../support/cli-process.ts'
import { guardedServer } from '../support/guarded-server.ts'
import { temporaryFolder } from '../support/temp-home.ts'

const runFile = `version: 1
common:
  appLogDestination: console
  logLevel: info
  enableAppHealthCheck: false
apps:
- appID: mcp-client
  appDirPath: .
  appPort: 0
  command: ["node", "-e", "console.log('runs'); setInterval(() => {}, 1000)"]
`

it('closed, with a header by apply, one tool, all tools', async () => {
  const folder = temporaryFolder()
  const env = { PATH: process.env['PATH'], HOME: folder, MCPAUTH_HOME: join(folder, 'home') }
  // The server of this test has to answer meanwhile.
  const mcpauth = async (...line: string[]) => {
    const command = new CliProcess(
      line.flatMap((words) => words.split(' ')),
      { cwd: folder, env },
    )
    const exitCode = await command.end()
    return { exitCode, stdout: command.stdout, stderr: command.stderr }
  }
  const done = async (line: string): Promise<void> => {
    expect(await mcpauth(line)).toMatchObject({ exitCode: 0 })
  }
  const url = await guardedServer('demo')
  const manifest = (more: string): string =>
    `apiVersion: dapr.io/v1alpha1\nkind: MCPServer\nmetadata: { name: mcp-server }\nspec: { endpoint: { streamableHTTP: { url: "${url}"${more} } } }\n`
  writeFileSync(join(folder, 'mcp-server.yaml'), manifest(''))
  writeFileSync(join(folder, 'run.yaml'), runFile)

  await done('login')
  await done('project create mcp-auth --use')
  await done('app create mcp-client --wait')
  await done('apply -f mcp-server.yaml')
  const flags = '--approve --skip-managed-kv --skip-managed-pubsub --skip-default-resiliency'.split(
    ' ',
  )
  const run = new CliProcess(['dev', 'run', '--project', 'mcp-auth', '-f', 'run.yaml', ...flags], {
    cwd: folder,
    env,
  })
  onTestFinished(async () => void (await run.stop('SIGKILL')))
  const sidecar = (await run.readUntil(/sidecar +.*(http:[^\s,]+)/))[1] ?? ''
  await run.readUntil(/== APP - mcp-client == runs/)

  const endpoint = `${sidecar}/v1.0/diagrid/mcp/mcp-server`
  expect((await fetch(endpoint, { method: 'POST', body: '{}' })).status).toBe(404)
  const add = () => mcpauth('call --mcp-tool add --arg a=2 --arg b=3 --id mcp-client')
  const echo = () => mcpauth('call --mcp-tool echo --arg text=hi --id mcp-client')
  expect((await add()).stderr).toContain('is granted nothing of the MCP server mcp-server')

  await done('mcpserver access grant mcp-server --caller mcp-client --allow-tools add --wait')
  expect((await add()).stderr).toContain('answered 401 to the credential')
  writeFileSync(
    join(folder, 'mcp-server.yaml'),
    manifest(', headers: [{ name: X-Api-Key, value: demo }]'),
  )
  await done('apply -f mcp-server.yaml')
  await expect.poll(async () => (await add()).stdout, { timeout: 10_000 }).toBe('5\n')
  expect((await echo()).stderr).toContain('is not granted the tool "echo"')

  await done('mcpserver access grant mcp-server --caller * --allow-tools * --wait')
  expect([(await add()).stdout, (await echo()).stdout]).toEqual(['5\n', 'hi\n'])
  expect(await run.stop('SIGINT')).toBe(130)
})
