// `mcpauth mcpserver …` and `mcpauth mcpserver access …`
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

import { cli } from '../../support/run-cli.ts'

const canary = 'canary-7e41'

async function withServer() {
  const mcpauth = cli()
  await mcpauth('app create mcp-client --wait')
  const { exitCode, stderr } = await mcpauth(
    'mcpserver create calculator --url http://127.0.0.1:8000/mcp --wait',
  )
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  return mcpauth
}

describe('mcpserver', () => {
  it('is created with its App ID, shown, changed, listed and deleted with it', async () => {
    const mcpauth = await withServer()
    expect((await mcpauth('appid get calculator -o name')).stdout).toBe('appidentity/calculator\n')
    const again = await mcpauth('mcpserver create calculator --url http://127.0.0.1:8000/mcp')
    expect([again.exitCode, again.stderr]).toEqual([1, expect.stringContaining('already exists')])
    const ignored = 'mcpserver create calculator --url http://127.0.0.1:1/mcp --ignore-if-exists'
    expect((await mcpauth(ignored)).stdout).toBe('mcpserver/calculator unchanged\n')
    const { stdout } = await mcpauth('mcpserver get calculator')
    expect(stdout).toMatch(/^Status: +enabled$/m)
    expect(stdout).toMatch(/^URL: +http:\/\/127\.0\.0\.1:8000\/mcp$/m)
    expect(stdout).toMatch(/^Access: +nobody$/m)
    const changed = await mcpauth('mcpserver update calculator --transport sse --timeout 5s')
    expect(changed.stdout).toBe('mcpserver/calculator configured\n')
    const shown = await mcpauth('mcpserver get calculator -o yaml')
    expect(parse(shown.stdout)).toMatchObject({
      spec: { endpoint: { sse: { url: 'http://127.0.0.1:8000/mcp', timeout: '5s' } } },
      status: { status: 'enabled' },
    })
    const applied = await mcpauth('apply -f -', { stdin: shown.stdout })
    expect(applied.stdout).toBe('mcpserver/calculator unchanged\n')
    expect((await mcpauth('mcpserver list')).stdout).toMatch(/^calculator {2}enabled {2}sse/m)
    expect((await mcpauth('get all')).stdout).toMatch(/^MCPServer +calculator +http/m)
    expect((await mcpauth('appid delete calculator --yes')).stderr).toContain(
      'is used by MCPServer',
    )
    const deleted = await mcpauth('mcpserver delete calculator --yes')
    expect(deleted.stdout).toBe('mcpserver/calculator deleted\n')
    expect((await mcpauth('get all -o name')).stdout).toBe('appidentity/mcp-client\n')
    expect((await mcpauth('mcpserver get calculator')).stderr).toContain('There is no MCPServer')
  })

  it('is described by options as by a manifest', async () => {
    const mcpauth = cli()
    await mcpauth('secret set github key --from-env K', { env: { K: canary } })
    const made = await mcpauth([
      ...'mcpserver create github --url https://mcp.example.com/mcp --display-name'.split(' '),
      'GitHub tools',
      ...'--header X-Tenant=example --header-from-secret X-Api-Key=github/key'.split(' '),
      ...'--oauth-issuer https://auth.example.com --oauth-client-id proxy'.split(' '),
      ...'--oauth-client-secret-from-secret github/key --oauth-scopes a,b'.split(' '),
    ])
    expect(made).toMatchObject({ exitCode: 0, stderr: '' })
    const json = await mcpauth('mcpserver get github -o json')
    expect(JSON.parse(json.stdout)).toMatchObject({
      spec: {
        catalog: { displayName: 'GitHub tools' },
        endpoint: {
          streamableHTTP: {
            headers: [
              { name: 'X-Tenant', value: 'example' },
              { name: 'X-Api-Key', secretKeyRef: { name: 'github', key: 'key' } },
            ],
            auth: {
              oauth2: {
                issuer: 'https://auth.example.com',
                clientID: 'proxy',
                secretKeyRef: { name: 'github', key: 'key' },
                scopes: ['a', 'b'],
              },
            },
          },
        },
      },
    })
    expect(json.stdout).not.toContain(canary)
    await mcpauth('mcpserver update github --header x-tenant=other')
    const updated = await mcpauth('mcpserver get github -o json')
    expect(updated.stdout).toContain('"x-tenant"')
    expect(updated.stdout).not.toContain('"X-Tenant"')
    expect(updated.stdout).toContain('"X-Api-Key"')
    const stdio = 'mcpserver create files --command npx --arg -y --arg server'
    expect((await mcpauth(stdio)).exitCode).toBe(0)
    expect((await mcpauth('mcpserver get files')).stdout).toMatch(/^Command: +npx -y server$/m)
    const odd = await mcpauth('mcpserver update files --arg $(id)')
    expect(odd.stderr).toContain("runs this when the server is called first: npx '$(id)'")
  })

  it.each([
    ['create a', 'needs --url'],
    ['create a --transport stdio', 'needs --command'],
    ['create a --url ftp://a', 'url is not an http or https URL'],
    ['create a.b --url http://127.0.0.1', '"a.b" is not a valid name'],
    ['create a --command x --url http://127.0.0.1', '--url says nothing about'],
    [`create a --url http://127.0.0.1 --header Authorization=${canary}`, '--header shows'],
    [`create a --url http://127.0.0.1 --header ${canary}`, 'not of the form'],
    ['create a --url http://127.0.0.1 --oauth-issuer https://a', 'clientID is missing'],
    ['update a', 'There is nothing to change'],
  ])('%s is refused', async (line, message) => {
    const { exitCode, stderr } = await cli()(`mcpserver ${line}`)
    expect(exitCode).toBe(2)
    expect(stderr).toContain(message)
    expect(stderr).not.toContain(canary)
  })

  it('is not made where a secret is missing, or its name is taken', async () => {
    const mcpauth = cli()
    const missing = 'mcpserver create a --url http://127.0.0.1/mcp --header-from-secret X-A=s/k'
    expect((await mcpauth(missing)).stderr).toContain('The secret "s/k" is not in the built-in')
    await mcpauth('appid create a')
    const taken = await mcpauth('mcpserver create a --url http://127.0.0.1/mcp')
    expect(taken.exitCode).toBe(1)
    expect(taken.stderr).toContain('is an App ID, and not that of an MCP server')
    expect((await mcpauth('get all -o name')).stdout).toBe('appidentity/a\n')
  })

  it('is disabled and enabled', async () => {
    const mcpauth = await withServer()
    const disabled = await mcpauth('mcpserver disable calculator')
    expect(disabled.stdout).toBe('mcpserver/calculator disabled\n')
    expect((await mcpauth('mcpserver list')).stdout).toMatch(/^calculator {2}disabled/m)
    expect((await mcpauth('mcpserver enable calculator')).stdout).toContain('enabled')
    expect((await mcpauth('mcpserver enable calculator')).stdout).toContain('unchanged')
    expect((await mcpauth('mcpserver disable calculater')).stderr).toContain('"calculator"?')
  })
})

describe('mcpserver access test with arguments', () => {
  const policy = `apiVersion: cra.diagrid.io/v1beta1
kind: MCPServerAccessPolicy
metadata: { name: calculator }
spec:
  rules:
    - callers: [{ appID: mcp-client }]
      grants:
        - capability: tools
          names: [add]
          arguments: { required: [a], properties: { a: { type: number, maximum: 9 } } }
`
  it('tells what a sidecar would say of them', async () => {
    const mcpauth = await withServer()
    expect((await mcpauth('apply -f -', { stdin: policy })).exitCode).toBe(0)
    const test = 'mcpserver access test calculator --caller mcp-client --tool add'
    expect((await mcpauth(`${test} --arg a=9`)).exitCode).toBe(0)
    expect((await mcpauth([...test.split(' '), '--args', '{"a": 1}'])).exitCode).toBe(0)
    const denied = await mcpauth(`${test} --arg a=4711`)
    expect(denied.exitCode).toBe(1)
    expect(denied.stdout).toContain(
      'rule 1 grants it with other arguments only (403): at "/a" they break the keyword "maximum"',
    )
    expect(denied.stdout).not.toContain('4711')
    expect((await mcpauth('mcpserver access get calculator')).stdout).toContain('add (*)')
    const json = await mcpauth(`${test} -o json`)
    expect(JSON.parse(json.stdout)).toMatchObject({
      allowed: false,
      reason: 'arguments',
      rule: 0,
      path: '',
      keyword: 'required',
    })
  })

  it.each([
    ['--tool add --arg a', 'NAME=VALUE'],
    ['--tool add --args [1]', 'no JSON object'],
    ['--prompt add --arg a=1', 'Only tools'],
  ])('%s is refused', async (line, message) => {
    const mcpauth = await withServer()
    const words = `mcpserver access test calculator --caller mcp-client ${line}`
    expect(await mcpauth(words)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(message) as string,
    })
  })
})

describe('manifests', () => {
  it('are applied with what belongs to them, exported, and applied again as unchanged', async () => {
    const mcpauth = cli()
    const stdin = `apiVersion: cra.diagrid.io/v1beta1
kind: MCPServerAccessPolicy
metadata: { name: calculator }
spec: { rules: [{ callers: [{ appID: "*" }], grants: [{ capability: tools, names: [add] }] }] }
---
apiVersion: dapr.io/v1alpha1
kind: MCPServer
metadata: { name: calculator }
spec: { endpoint: { streamableHTTP: { url: "http://127.0.0.1:8000/mcp" } } }
`
    const applied = await mcpauth('apply -f -', { stdin })
    expect(applied.stdout).toBe(
      'mcpserveraccesspolicy/calculator created\n' +
        'mcpserver/calculator created\n' +
        'appidentity/calculator created\n',
    )
    const exported = await mcpauth('export')
    expect(exported.stderr).toBe('')
    const again = await mcpauth('apply -f -', { stdin: exported.stdout })
    expect(again.stdout.match(/ unchanged$/gm)).toHaveLength(3)
    await mcpauth('project create other')
    const other = await mcpauth('apply -p other -f -', { stdin: exported.stdout })
    expect(other.stdout.match(/ created$/gm)).toHaveLength(3)
    const described = await mcpauth('describe mcpserver calculator')
    expect(described.stdout).toMatch(/ok +appidentity\/calculator, its own/)
    expect(described.stdout).toContain('mcpserveraccesspolicy/calculator')
    const deleted = await mcpauth('delete -f - --yes', { stdin })
    expect(deleted.stdout.match(/ deleted$/gm)).toHaveLength(3)
    expect((await mcpauth('get all -o name')).stdout).toBe('')
  })

  it('of a policy without its server are refused where they stand', async () => {
    const stdin =
      'apiVersion: cra.diagrid.io/v1beta1\nkind: MCPServerAccessPolicy\n' +
      'metadata:\n  name: calculator\nspec: { rules: [] }\n'
    const { exitCode, stderr } = await cli()('apply -f -', { stdin })
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/:4:9 error There is no MCPServer "calculator" in project "default"/)
  })
})

describe('mcpserver access', () => {
  const add = '--caller mcp-client --tool add'

  it('is granted, tested and revoked', async () => {
    const mcpauth = await withServer()
    const before = await mcpauth(`mcpserver access test calculator ${add}`)
    expect(before.exitCode).toBe(1)
    expect(before.stdout).toBe(
      'DENIED: "mcp-client" may not use tool "add" of MCPServer "calculator"\n' +
        '  no rule is about this caller: for it the server does not exist (404)\n' +
        '  to allow it: mcpauth mcpserver access grant calculator --caller mcp-client --allow-tools add\n',
    )
    const grant = 'mcpserver access grant calculator --caller mcp-client --allow-tools add,get_*'
    const granted = await mcpauth(`${grant} --wait`)
    expect(granted).toEqual({
      exitCode: 0,
      stdout: 'mcpserveraccesspolicy/calculator configured\n',
      stderr: '',
    })
    expect((await mcpauth(grant)).stdout).toContain('unchanged')
    const after = await mcpauth(`mcpserver access test calculator ${add}`)
    expect(after).toEqual({
      exitCode: 0,
      stdout:
        'ALLOWED: "mcp-client" may use tool "add" of MCPServer "calculator"\n' +
        '  by rule 1: callers mcp-client; tools add, get_*\n',
      stderr: '',
    })
    const other = await mcpauth(
      'mcpserver access test calculator --caller mcp-client --tool sub -o json',
    )
    expect(other.exitCode).toBe(1)
    expect(JSON.parse(other.stdout)).toEqual({
      allowed: false,
      server: 'calculator',
      enabled: true,
      caller: 'mcp-client',
      capability: 'tools',
      name: 'sub',
      reason: 'name',
    })
    const table = await mcpauth('mcpserver access get calculator')
    expect(table.stdout).toMatch(/^1 +mcp-client +add, get_\* +enforce$/m)
    expect((await mcpauth('mcpserver access list')).stdout).toMatch(/^calculator +1 +mcp-client/m)
    const revoke = 'mcpserver access revoke calculator --caller mcp-client'
    expect((await mcpauth(`${revoke} --all`)).exitCode).toBe(2)
    expect((await mcpauth(`${revoke} --allow-tools get_*`)).stdout).toContain('configured')
    expect((await mcpauth(`${revoke} --all --yes`)).stdout).toContain('configured')
    expect((await mcpauth(`mcpserver access test calculator ${add}`)).exitCode).toBe(1)
    expect((await mcpauth('mcpserver access get calculator')).stderr).toContain('nobody may use')
  })

  it('goes on by a pattern after a name was revoked, and says so', async () => {
    const mcpauth = await withServer()
    await mcpauth('mcpserver access grant calculator --caller * --allow-tools *')
    await mcpauth('mcpserver access grant calculator --caller mcp-client --allow-tools add')
    const { stderr } = await mcpauth(
      'mcpserver access revoke calculator --caller mcp-client --allow-tools add',
    )
    expect(stderr).toContain('mcp-client may still use add: rule 1 grants it.')
  })

  it('of everything, and of resources whose URI holds a comma', async () => {
    const mcpauth = await withServer()
    const uri = 'file:///a,*'
    await mcpauth(`mcpserver access grant calculator --caller mcp-client --allow-resources ${uri}`)
    const test = 'mcpserver access test calculator --caller mcp-client'
    expect((await mcpauth(`${test} --resource file:///a,b`)).exitCode).toBe(0)
    expect((await mcpauth(`${test} --resource file:///b`)).exitCode).toBe(1)
    await mcpauth('mcpserver access grant calculator --caller mcp-client --all')
    for (const what of ['--resource x:y', '--tool x', '--prompt x']) {
      expect((await mcpauth(`${test} ${what}`)).exitCode, what).toBe(0)
    }
  })

  it('warns of a caller that is no App ID, and of a disabled server', async () => {
    const mcpauth = await withServer()
    const { exitCode, stderr } = await mcpauth(
      'mcpserver access grant calculator --caller mcp-clint --allow-tools add',
    )
    expect(exitCode).toBe(0)
    expect(stderr).toContain('There is no App ID "mcp-clint"')
    expect(stderr).toContain('Did you mean "mcp-client"?')
    await mcpauth('mcpserver disable calculator')
    expect((await mcpauth(`mcpserver access test calculator ${add}`)).stderr).toContain('disabled')
  })

  it.each([
    ['grant calculator --caller a', 'Nothing is named'],
    ['grant calculator --allow-tools a', '--caller'],
    ['grant calculator --caller A_B --allow-tools a', 'cannot be an App ID'],
    ['revoke calculator --caller a', 'Nothing is named'],
    ['revoke calculator --caller a --all --allow-tools b', '--all leaves nothing'],
    ['test calculator --caller a', 'one of --tool, --resource and --prompt'],
    ['test calculator --caller a --tool b --prompt c', 'one of --tool, --resource and --prompt'],
  ])('%s is a wrong command line', async (line, message) => {
    const mcpauth = await withServer()
    const { exitCode, stderr } = await mcpauth(`mcpserver access ${line}`)
    expect(exitCode).toBe(2)
    expect(stderr).toContain(message)
  })
})

describe('app', () => {
  it('is appid in newer words', async () => {
    const mcpauth = cli()
    const made = await mcpauth('app create web --endpoint http://127.0.0.1:9000 --wait')
    expect(made.stdout).toBe('appidentity/web created\n')
    const token = await mcpauth('app update web --endpoint-token -', { stdin: canary })
    expect(token.stdout).toBe('appidentity/web configured\n')
    const shown = await mcpauth('app get web -o json')
    expect(JSON.parse(shown.stdout)).toMatchObject({
      spec: { appEndpoint: { url: 'http://127.0.0.1:9000', token: '***' } },
    })
    expect((await mcpauth('app list -o name')).stdout).toBe('appidentity/web\n')
    const inArgv = await mcpauth(`app update web --endpoint-token ${canary}`)
    expect(inArgv.stderr).toContain('--endpoint-token shows the token')
    const both = 'app update web --endpoint-token - --endpoint-token-from-env X'
    expect((await mcpauth(both)).stderr).toContain('--endpoint-token and --endpoint-token-from-env')
    expect((await mcpauth('app update web --app-config a')).exitCode).toBe(2)
    expect((await mcpauth('app update web')).stderr).toContain('--endpoint URL')
    expect((await mcpauth('app delete web --yes')).stdout).toBe('appidentity/web deleted\n')
  })
})
