// `mcpauth call --mcp-tool`, `call mcp` and `mcpauth mcpserver tools list` against real MCP servers of both eras.
import { describe, expect, it } from 'vitest'

import { upstreamOf } from '../../../data-plane/call-fixture.ts'
import { exampleServer } from '../../../support/example-server.ts'
import { cli } from '../../../support/run-cli.ts'

async function withServer(url: string) {
  const mcpauth = cli()
  await mcpauth('appid create agent')
  const made = await mcpauth(`mcpserver create calc --url ${url}`)
  expect(made).toMatchObject({ exitCode: 0, stderr: '' })
  return mcpauth
}

const bounded = `apiVersion: cra.diagrid.io/v1beta1
kind: MCPServerAccessPolicy
metadata: { name: calc }
spec:
  rules:
    - callers: [{ appID: agent }, { appID: "ops-*" }]
      grants: [{ capability: tools, names: [echo] }]
    - callers: [{ appID: agent }]
      grants: [{ capability: tools, names: [add], arguments: { properties: { a: { maximum: 9 } } } }]
`

describe.each(['mcp-server', 'mcp-server-stateless'] as const)('%s', (name) => {
  it('is asked for its tools, and who may use them', async () => {
    const mcpauth = await withServer(await exampleServer(name))
    const closed = await mcpauth('mcpserver tools list calc')
    expect(closed).toMatchObject({ exitCode: 0, stderr: '' })
    expect(closed.stdout).toMatch(/^add +nobody +Adds two numbers$/m)
    await mcpauth('apply -f -', { stdin: bounded })
    const { stdout } = await mcpauth('mcpserver tools list calc')
    expect(stdout).toMatch(/^add +agent \(\*\) /m)
    expect(stdout).toMatch(/^echo +agent, ops-\* /m)
    expect(stdout).toMatch(/^countdown +nobody /m)
    const own = await mcpauth('mcpserver tools list calc --caller agent -o name')
    expect(own.stdout).toBe('add\necho\n')
    const json = await mcpauth('mcpserver tools list calc -o json')
    expect(JSON.parse(json.stdout)).toMatchObject({
      items: [
        {
          name: 'add',
          inputSchema: { type: 'object' },
          callers: [{ appID: 'agent', arguments: { properties: { a: { maximum: 9 } } } }],
        },
        { name: 'echo', callers: [{ appID: 'agent' }, { appID: 'ops-*' }] },
        { name: 'countdown', callers: [] },
      ],
    })
  })

  it('is called as an App ID, within what that may', async () => {
    const mcpauth = await withServer(await exampleServer(name))
    const call = 'call mcp calc --id agent --mcp-tool'
    const unknown = await mcpauth(`${call} echo --arg text=hi`)
    expect(unknown).toMatchObject({ exitCode: 1, stdout: '' })
    expect(unknown.stderr).toContain('is granted nothing of the MCP server calc')
    await mcpauth('apply -f -', { stdin: bounded })
    expect(await mcpauth(`${call} echo --arg text=hi`)).toEqual({
      exitCode: 0,
      stdout: 'hi\n',
      stderr: '',
    })
    const sum = await mcpauth([...`${call} add --arg b=2 -o json --args`.split(' '), '{"a": 1}'])
    expect(JSON.parse(sum.stdout)).toMatchObject({ content: [{ type: 'text', text: '3' }] })
    const denied = await mcpauth(`${call} add --arg a=4711 --arg b=2`)
    expect(denied).toMatchObject({ exitCode: 1, stdout: '' })
    expect(denied.stderr).toContain('at "/a" they break the keyword "maximum"')
    expect((await mcpauth(`${call} countdown`)).stderr).toContain(
      'is not granted the tool "countdown"',
    )
    const failed = await mcpauth(`${call} echo --arg text=1`)
    expect(failed.exitCode).toBe(1)
  })

  it('need not be named where it is the only one', async () => {
    const url = await exampleServer(name)
    const mcpauth = await withServer(url)
    await mcpauth('mcpserver access grant calc --caller agent --allow-tools add')
    const add = '--mcp-tool add --arg a=1 --arg b=2 --id agent'
    const sum = { exitCode: 0, stdout: '3\n', stderr: '' }
    expect(await mcpauth(`call ${add}`)).toEqual(sum)
    await mcpauth(`mcpserver create other --url ${url}`)
    const unclear = await mcpauth(`call ${add}`)
    expect(unclear).toMatchObject({ exitCode: 2, stdout: '' })
    expect(unclear.stderr).toContain('--mcp-server calc|other')
    expect(await mcpauth(`call --mcp-server calc ${add}`)).toEqual(sum)
  })
})

it('a project without servers says how to make one', async () => {
  const mcpauth = cli()
  await mcpauth('appid create agent')
  const { exitCode, stderr } = await mcpauth('call --mcp-tool add --id agent')
  expect(exitCode).toBe(2)
  expect(stderr).toContain('mcpauth mcpserver create')
})

it.each([
  ['call', 'Usage: mcpauth call'],
  ['call frobnicate', "Unknown command 'frobnicate'"],
  ['call --mcp-tool add', 'The option --id is missing'],
])('"%s" says what is missing', async (line, text) => {
  const { exitCode, stdout, stderr } = await cli()(line)
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  expect(stderr).toContain(text)
})

describe('a server that does not answer', () => {
  it('because it is not there', async () => {
    const gone = await upstreamOf((_request, response) => void response.end())
    const mcpauth = await withServer(gone.url)
    await gone.close()
    const { exitCode, stderr } = await mcpauth('mcpserver tools list calc')
    expect(exitCode).toBe(1)
    expect(stderr).toContain('refused the connection')
  })

  it('because it wants another credential', async () => {
    const guarded = await upstreamOf((_request, response) => void response.writeHead(401).end())
    const mcpauth = await withServer(guarded.url)
    const { exitCode, stderr } = await mcpauth('mcpserver tools list calc')
    expect(exitCode).toBe(1)
    expect(stderr).toContain('answered 401 to the credential')
  })

  it('because it is no MCP server', async () => {
    const other = await upstreamOf((_request, response) => void response.writeHead(404).end('no'))
    const mcpauth = await withServer(other.url)
    const { exitCode, stderr } = await mcpauth('mcpserver tools list calc')
    expect(exitCode).toBe(1)
    expect(stderr).toContain('does not speak MCP')
  })

  it('because it is disabled, out of scope, or unknown', async () => {
    const mcpauth = await withServer('http://127.0.0.1:1/mcp --scopes agent')
    const list = 'mcpserver tools list calc'
    await mcpauth('appid create other')
    expect((await mcpauth(`${list} --caller other`)).stderr).toContain('offers the MCP server')
    await mcpauth('mcpserver disable calc')
    expect((await mcpauth(list)).stderr).toContain('mcpserver enable calc')
    expect((await mcpauth('mcpserver tools list calk')).stderr).toContain('There is no MCPServer')
    const nobody = await mcpauth('call mcp calc --id nobody --mcp-tool add')
    expect(nobody.stderr).toContain('There is no App ID "nobody"')
  })
})
