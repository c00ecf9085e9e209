// A stdio MCP server from its manifest to the end of its processes, with the built binary: what is shown of it, live
// changes, and ends of the run that leave nothing behind.
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { expect, it, onTestFinished } from 'vitest'

import { CliProcess } from '../support/cli-process.ts'
import { runBinary } from '../support/protected-server.ts'
import { isAlive, servers } from '../support/stdio.ts'
import { temporaryFolder } from '../support/temp-home.ts'

const canary = 'CANARY-key'

interface Project {
  readonly env: NodeJS.ProcessEnv
  readonly folder: string
  readonly mcpauth: (line: string, input?: string) => ReturnType<typeof runBinary>
  readonly manifest: (extra?: object) => string
}

function project(): Project {
  const folder = temporaryFolder()
  const env = { PATH: process.env['PATH'], HOME: folder, MCPAUTH_HOME: `${folder}/home` }
  return {
    env,
    folder,
    mcpauth: (line, input) =>
      runBinary(line.split(' '), { cwd: folder, env, ...(input === undefined ? {} : { input }) }),
    manifest: (extra = {}) => {
      const secretKeyRef = { name: 'calc', key: 'key' }
      const variables = [
        { name: 'KEY', secretKeyRef },
        { name: 'NOISE', value: `key ${canary}` },
      ]
      const stdio = { command: process.execPath, args: [servers.rough], env: variables, ...extra }
      return JSON.stringify({
        apiVersion: 'dapr.io/v1alpha1',
        kind: 'MCPServer',
        metadata: { name: 'calc' },
        spec: { endpoint: { stdio } },
      })
    },
  }
}

interface Running extends Project {
  readonly run: CliProcess
  readonly applied: ReturnType<typeof runBinary>
  readonly connect: () => Promise<Client>
}

async function running(): Promise<Running> {
  const scene = project()
  expect(scene.mcpauth('secret set calc key', canary).exitCode).toBe(0)
  const applied = scene.mcpauth('apply -f -', scene.manifest())
  expect(applied.exitCode).toBe(0)
  scene.mcpauth('appid create agent')
  const grant = 'mcpserver access grant calc --caller agent --allow-tools pid,env,child --yes'
  expect(scene.mcpauth(grant).exitCode).toBe(0)
  const { folder: cwd, env } = scene
  const run = new CliProcess(['dev', 'run', '--app-id', 'agent', '--dapr-http-port', '0'], {
    cwd,
    env,
  })
  onTestFinished(async () => void (await run.stop('SIGKILL')))
  const url = (await run.readUntil(/sidecar +(http:[^\s,]+)/))[1] ?? ''
  const connect = async (): Promise<Client> => {
    const client = new Client({ name: 'agent', version: '1' })
    await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/v1.0/diagrid/mcp/calc`)))
    onTestFinished(() => client.close())
    return client
  }
  return { ...scene, run, applied, connect }
}

async function call(client: Client, name: string, args: Record<string, unknown> = {}) {
  const { content } = await client.callTool({ name, arguments: args })
  return (content as { text: string }[])[0]?.text ?? ''
}

async function gone(...pids: number[]): Promise<void> {
  await expect.poll(() => pids.filter((pid) => isAlive(pid)), { timeout: 8_000 }).toEqual([])
}

it.each(['SIGTERM', 'SIGKILL'] as const)(
  'shows what it runs, never its secrets, and %s of the run leaves no process',
  async (signal) => {
    const { run, applied, connect, mcpauth, manifest } = await running()
    expect(applied.stderr).toContain(`a sidecar runs this when the server is called first: `)
    expect(applied.stderr).toContain(servers.rough)
    await run.readUntil(/calc runs, when it is called first: .*mcp-server-rough\.js/)
    expect(run.stdout + run.stderr).not.toContain('== MCP - calc ==')

    const client = await connect()
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual([
      'pid',
      'env',
      'child',
    ])
    expect(await call(client, 'env', { name: 'KEY' })).toBe(canary)
    expect(await call(client, 'env', { name: 'MCPAUTH_HOME' })).toBe('(none)')
    await expect(call(client, 'crash')).rejects.toThrow(/ERR_MCP_TOOL_DENIED/)
    await run.readUntil(/== MCP - calc == key \*\*\*/)
    const pids = [Number(await call(client, 'pid')), Number(await call(client, 'child'))]
    expect(pids.every((pid) => isAlive(pid))).toBe(true)

    const changed = mcpauth('apply -f -', manifest({ args: [servers.rough, 'again'] }))
    expect(changed.exitCode).toBe(0)
    await gone(...pids)
    await run.readUntil(/calc runs, when it is called first: .*mcp-server-rough\.js again/)
    await expect(call(client, 'pid')).rejects.toThrow(/ERR_MCP_SESSION_UNKNOWN/)
    const next = await connect()
    const last = [Number(await call(next, 'pid')), Number(await call(next, 'child'))]

    await run.stop(signal)
    await gone(...last)
    expect(run.stdout + run.stderr).not.toContain(canary)
  },
)

it('ends with its being disabled, and is called by single commands', async () => {
  const { connect, mcpauth, env, folder: cwd } = await running()
  const client = await connect()
  const pid = Number(await call(client, 'pid'))
  expect(mcpauth('mcpserver disable calc --wait').exitCode).toBe(0)
  await gone(pid)
  await expect(call(client, 'pid')).rejects.toThrow(/ERR_MCP_SERVER_UNUSABLE/)
  expect(mcpauth('mcpserver enable calc --wait').exitCode).toBe(0)
  expect(mcpauth('mcpserver tools list calc').stdout).toMatch(/^pid +agent/m)
  const alone = new CliProcess(['call', 'mcp', 'calc', '--id', 'calc', '--mcp-tool', 'pid'], {
    cwd,
    env,
  })
  expect(await alone.end()).toBe(1)
  expect(
    mcpauth('mcpserver access grant calc --caller calc --allow-tools pid --yes').exitCode,
  ).toBe(0)
  const asked = mcpauth('call mcp calc --id calc --mcp-tool pid')
  expect(asked).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('key ***') as string })
  await gone(Number(asked.stdout))
})
