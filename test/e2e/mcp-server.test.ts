// An MCP server from its manifest to the call of a tool, with the built binary: closed at first, opened tool by tool,
// its credential added live.
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { join } from 'node:path'
import { writeFileSync } from 'node:fs'

import { expect, it, onTestFinished } from 'vitest'

import { CliProcess } from '../support/cli-process.ts'
import { guardedServer } from '../support/guarded-server.ts'
import { runBinary } from '../support/protected-server.ts'
import { temporaryFolder } from '../support/temp-home.ts'

it('is closed at first, opened by grants, and follows both its manifest and its policy live', async () => {
  const folder = temporaryFolder()
  const env = { PATH: process.env['PATH'], HOME: folder, MCPAUTH_HOME: join(folder, 'home') }
  const mcpauth = (line: string, input?: string) =>
    runBinary(line.split(' '), { cwd: folder, env, ...(input === undefined ? {} : { input }) })
  const url = await guardedServer('CANARY-key')
  const manifest = (headers: string): string =>
    `apiVersion: dapr.io/v1alpha1\nkind: MCPServer\nmetadata:\n  name: calc\nspec:\n  endpoint:\n    streamableHTTP:\n      url: ${url}\n${headers}`
  writeFileSync(join(folder, 'calc.yaml'), manifest(''))
  expect(mcpauth('apply -f calc.yaml')).toMatchObject({ exitCode: 0 })

  const run = new CliProcess(['dev', 'run', '--app-id', 'agent', '--dapr-http-port', '0'], {
    cwd: folder,
    env,
  })
  onTestFinished(async () => void (await run.stop('SIGKILL')))
  const sidecar = (await run.readUntil(/sidecar +(http:[^\s,]+)/))[1] ?? ''
  const endpoint = `${sidecar}/v1.0/diagrid/mcp/calc`
  const connect = async (): Promise<Client> => {
    const client = new Client({ name: 'agent', version: '1' })
    await client.connect(new StreamableHTTPClientTransport(new URL(endpoint)))
    onTestFinished(() => client.close())
    return client
  }
  const listed = async (): Promise<string[]> =>
    (await (await connect()).listTools()).tools.map(({ name }) => name)

  const closed = await fetch(endpoint, { method: 'POST', body: '{}' })
  expect(closed.status).toBe(404)
  expect(await closed.json()).toMatchObject({ errorCode: 'ERR_MCP_CALLER_NOT_GRANTED' })

  const grant = 'mcpserver access grant calc --caller agent --allow-tools add --wait --yes'
  expect(mcpauth(grant)).toMatchObject({ exitCode: 0 })
  // Granted, but the server wants a key that nobody has given.
  expect(await listed().catch(String)).toContain('ERR_MCP_UPSTREAM_REFUSED')

  expect(mcpauth('secret set calc key', 'CANARY-key').exitCode).toBe(0)
  writeFileSync(
    join(folder, 'calc.yaml'),
    manifest(
      '      headers:\n        - name: X-Api-Key\n          secretKeyRef: { name: calc, key: key }\n',
    ),
  )
  expect(mcpauth('apply -f calc.yaml')).toMatchObject({ exitCode: 0 })
  await expect.poll(async () => listed().catch(String), { timeout: 5_000 }).toEqual(['add'])

  const client = await connect()
  const sum = await client.callTool({ name: 'add', arguments: { a: 2, b: 3 } })
  expect(sum.content).toEqual([{ type: 'text', text: '5' }])
  const denied = client.callTool({ name: 'echo', arguments: { text: 'x' } })
  await expect(denied).rejects.toThrow(/ERR_MCP_TOOL_DENIED/)
  expect(mcpauth('mcpserver access test calc --caller agent --tool echo')).toMatchObject({
    exitCode: 1,
    stdout: expect.stringContaining('DENIED') as string,
  })

  const health = () => mcpauth('mcpserver get calc').stdout
  await expect.poll(health, { timeout: 10_000 }).toMatch(/^Health: +reachable, since .*by agent$/m)

  // The server this test runs has to answer meanwhile.
  const later = async (...words: string[]) => {
    const command = new CliProcess(words, { cwd: folder, env })
    const exitCode = await command.end()
    return { exitCode, stdout: command.stdout, stderr: command.stderr }
  }
  const call = (tool: string, ...values: string[]) =>
    later('call', 'mcp', 'calc', '--id', 'agent', '--mcp-tool', tool, ...values)
  expect(await call('add', '--arg', 'a=2', '--arg', 'b=3')).toMatchObject({
    exitCode: 0,
    stdout: '5\n',
  })
  expect(await call('echo', '--arg', 'text=x')).toMatchObject({
    exitCode: 1,
    stdout: '',
    stderr: expect.stringContaining('is not granted the tool "echo"') as string,
  })
  expect((await later('mcpserver', 'tools', 'list', 'calc')).stdout).toMatch(
    /^add +agent +Adds two numbers\necho +nobody /m,
  )
  const bounded = {
    apiVersion: 'cra.diagrid.io/v1beta1',
    kind: 'MCPServerAccessPolicy',
    metadata: { name: 'calc' },
    spec: {
      rules: [
        {
          callers: [{ appID: 'agent' }],
          grants: [
            {
              capability: 'tools',
              names: ['add'],
              arguments: { properties: { a: { type: 'number', maximum: 9 } } },
            },
          ],
        },
      ],
    },
  }
  expect(mcpauth('apply -f -', JSON.stringify(bounded))).toMatchObject({ exitCode: 0 })
  const tooMuch = () => call('add', '--arg', 'a=4711', '--arg', 'b=1')
  await expect
    .poll(async () => (await tooMuch()).stderr, { timeout: 10_000 })
    .toContain('at "/a" they break the keyword "maximum"')
  expect((await call('add', '--arg', 'a=9', '--arg', 'b=1')).stdout).toBe('10\n')

  const everything = 'access grant calc --caller * --allow-tools * --wait --yes'
  for (let round = 0; round < 3; round += 1) {
    expect(mcpauth(`mcpserver ${everything}`)).toMatchObject({ exitCode: 0 })
    expect(await listed()).toEqual(['add', 'echo', 'countdown'])
    expect(mcpauth(`mcpserver ${everything.replace('grant', 'revoke')}`).exitCode).toBe(0)
    expect(await listed()).toEqual(['add'])
  }
  expect(mcpauth(`mcpserver ${everything}`)).toMatchObject({ exitCode: 0 })
  const text = await (await connect()).callTool({ name: 'echo', arguments: { text: 'x' } })
  expect(text.content).toEqual([{ type: 'text', text: 'x' }])

  expect(mcpauth('mcpserver disable calc --wait')).toMatchObject({ exitCode: 0 })
  expect((await fetch(endpoint, { method: 'POST', body: '{}' })).status).toBe(503)
  expect(health()).toContain('disabled, so it is not looked at')
  expect(mcpauth('mcpserver enable calc').exitCode).toBe(0)
  expect(mcpauth('mcpserver update calc --url http://127.0.0.1:1/mcp').exitCode).toBe(0)
  const gone = /^Health: +unreachable: connect ECONNREFUSED 127\.0\.0\.1:1, since .*by agent$/m
  await expect.poll(health, { timeout: 10_000 }).toMatch(gone)
  expect(mcpauth('mcpserver list').stdout).toMatch(/unreachable$/m)
  expect(await run.stop('SIGINT')).toBe(130)
  expect(health()).toMatch(/^Health: +unknown \(no sidecar runs\)$/m)
  expect(`${run.stdout}${run.stderr}`).not.toContain('CANARY')
  expect(run.stderr).toContain('ERR_MCP_TOOL_DENIED')
})
