// `mcpauth access test`: what would become of a call, by the data plane's own engine, and tables of calls for CI.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { XMLParser } from 'fast-xml-parser'

import { startAuthorizationServer } from '../../support/authorization-server.ts'
import { cli } from '../../support/run-cli.ts'
import { temporaryFolder } from '../../support/temp-home.ts'

const guard = (rest = ''): string => `apiVersion: dapr.io/v1alpha1
kind: Configuration
metadata:
  name: guard
spec:
${rest}  accessControl:
    defaultAction: deny
    policies:
    - appId: mcp-client
      operations:
      - name: /mcp
        httpVerb: [POST]
        action: allow
    - appId: stranger
      namespace: elsewhere
      defaultAction: allow
`

async function guarded(manifests = guard()) {
  const mcpauth = cli()
  const folder = temporaryFolder()
  expect(await mcpauth('apply -f -', { stdin: manifests })).toMatchObject({ exitCode: 0 })
  for (const name of ['mcp-client', 'stranger']) await mcpauth(`app create ${name}`)
  await mcpauth('appid create mcp-server --app-config guard')
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  return { mcpauth, file }
}

describe('one call', () => {
  it.for([
    [
      '--caller mcp-client --method POST --path /mcp',
      0,
      'ALLOWED: .*operation "/mcp" of .* allows \\(.*:11:15\\)',
    ],
    [
      '--caller mcp-client --path /mcp',
      1,
      'DENIED with 403.*the policy for "mcp-client" denies.*it is for POST',
    ],
    [
      '--caller mcp-client --method POST --path /a/%2e%2e/mcp',
      1,
      'DENIED with 400.*request +refused',
    ],
    [
      '--caller stranger --path /mcp',
      1,
      'defaultAction of accessControl denies.*is about spiffe://public/ns/elsewhere/stranger, not about',
    ],
    [
      '--method POST --path /mcp',
      1,
      'anonymous POST /mcp .*hint: A call through the ingress comes from nobody',
    ],
    ['--caller mcp-server --path /mcp', 1, 'defaultAction of accessControl denies'],
  ] as const)('%s', async ([words, exitCode, text]) => {
    const { mcpauth } = await guarded()
    const answer = await mcpauth(`access test --target mcp-server ${words}`)
    expect(answer).toMatchObject({ exitCode, stderr: '' })
    expect(answer.stdout).toMatch(new RegExp(text, 's'))
  })

  it('tells programs the layers', async () => {
    const { mcpauth } = await guarded()
    const { stdout } = await mcpauth(
      'access test --caller mcp-client --target mcp-server --path //MCP/ --method POST -o json',
    )
    expect(JSON.parse(stdout)).toMatchObject({
      allowed: true,
      caller: 'mcp-client',
      layers: ['request', 'httpPipeline', 'route', 'accessControl', 'appHttpPipeline'].map(
        (layer) => ({ layer, outcome: 'passed' }),
      ),
    })
  })

  it('says of a slip that it is one, and takes no token from the command line', async () => {
    const { mcpauth } = await guarded()
    const call = 'access test --target mcp-server --path /mcp'
    expect((await mcpauth('access test --target mcp-servr --path /')).stderr).toContain(
      'Did you mean',
    )
    for (const wrong of [
      '--token CANARY',
      '--method post',
      '-o junit',
      '--token - --token-file t',
    ]) {
      const { exitCode, stderr } = await mcpauth(`${call} ${wrong}`)
      expect({ wrong, exitCode }).toEqual({ wrong, exitCode: 2 })
      expect(stderr).not.toContain('CANARY')
    }
    expect((await mcpauth('access test --path /mcp')).exitCode).toBe(2)
    expect((await mcpauth('access test -f cases.yaml --path /mcp')).exitCode).toBe(2)
  })

  it('checks a token as the sidecar would, and says when there was none to check', async () => {
    const idp = await startAuthorizationServer({ defaultAudience: 'mcp-server' })
    onTestFinished(() => idp.close())
    const pipeline = `  appHttpPipeline:
    handlers: [{ name: bearer, type: middleware.http.bearer }]
`
    const bearer = `---
apiVersion: dapr.io/v1alpha1
kind: Component
metadata: { name: bearer }
spec:
  type: middleware.http.bearer
  version: v1
  metadata:
  - { name: issuer, value: ${JSON.stringify(idp.issuer)} }
  - { name: audience, value: mcp-server }
`
    const { mcpauth, file } = await guarded(guard(pipeline) + bearer)
    const call = 'access test --caller mcp-client --target mcp-server --path /mcp --method POST'
    expect((await mcpauth(call)).stdout).toMatch(
      /^ALLOWED as far as it was tried: .*not tried +bearer .*no token was given/s,
    )
    const token = await idp.token('mcp-server')
    const accepted = await mcpauth(`${call} --token -`, { stdin: token })
    expect(accepted).toMatchObject({ exitCode: 0 })
    expect(accepted.stdout).toMatch(/^ALLOWED: .*bearer .* accepts the token/s)
    const forged = file('token', `${token.slice(0, -8)}AAAAAAAA`)
    const refused = await mcpauth(`${call} --token-file ${forged}`)
    expect(refused).toMatchObject({ exitCode: 1 })
    expect(refused.stdout).toMatch(/^DENIED with 401: .*bearer .* refuses/s)
    expect(refused.stdout + accepted.stdout).not.toContain(token.slice(0, 20))
  })
})

describe('a table', () => {
  const table = `version: 1
cases:
- name: a client may call tools
  caller: mcp-client
  target: mcp-server
  path: /mcp
  method: POST
  expect: allow
- caller: stranger
  target: mcp-server
  path: /mcp
  method: POST
  expect: deny
  status: 403
`

  it('passes when all came out as expected', async () => {
    const { mcpauth, file } = await guarded()
    expect(await mcpauth(`access test -f ${file('cases.yaml', table)}`)).toEqual({
      exitCode: 0,
      stdout: 'ok    a client may call tools\nok    stranger POST /mcp of mcp-server\n',
      stderr: '2 cases: all as expected.\n',
    })
  })

  it('fails at the place of the case, with the layers, as text, JSON and JUnit', async () => {
    const { mcpauth, file } = await guarded()
    const path = file('cases.yaml', table.replace('403', '401'))
    const failure = 'expected to be denied with 401, is denied with 403'
    const text = await mcpauth(`access test -f ${path}`)
    expect(text).toMatchObject({ exitCode: 1, stderr: '2 cases: 1 not as expected.\n' })
    expect(text.stdout).toContain(
      `FAIL  stranger POST /mcp of mcp-server: ${failure} (${path}:9:3)`,
    )
    const json = await mcpauth(`access test -f ${path} -o json`)
    expect(json.exitCode).toBe(1)
    expect(JSON.parse(json.stdout)).toMatchObject({
      items: [{ asExpected: true }, { asExpected: false, failure, allowed: false, status: 403 }],
    })
    const junit = await mcpauth(`access test -f ${path} -o junit`)
    expect(junit.exitCode).toBe(1)
    const parsed: unknown = new XMLParser({ ignoreAttributes: false }).parse(junit.stdout)
    expect(parsed).toMatchObject({
      testsuites: {
        '@_tests': '2',
        '@_failures': '1',
        testsuite: { testcase: [{}, { failure: {} }] },
      },
    })
  })

  it.for([
    [
      'path: /mcp',
      'paht: /mcp',
      ':6:3 error Field "path" is missing in cases[0]; "paht" is unknown.',
    ],
    ['expect: allow', 'expect: maybe', ':8:11 error cases[0].expect must be one of: allow, deny'],
    ['expect: allow', 'expect: allow\n  status: 403', ':9:11 error What is allowed has no status'],
    ['caller: stranger', 'caller: strangr', ':9:3 error There is no App ID "strangr"'],
    ['caller: stranger', 'tokenFile: none.txt', ':9:14 error'],
    ['version: 1', 'version: 2', ':1:10 error version must be one of: 1'],
  ] as const)(
    'with %s as %s is refused at its place, and nothing is tried',
    async ([from, to, told]) => {
      const { mcpauth, file } = await guarded()
      const answer = await mcpauth(`access test -f ${file('cases.yaml', table.replace(from, to))}`)
      expect(answer).toMatchObject({ exitCode: 2, stdout: '' })
      expect(answer.stderr).toContain(told)
    },
  )

  it('shows its lines but no value of an unknown field, and is told from a manifest', async () => {
    const { mcpauth, file } = await guarded()
    const path = file('cases.yaml', table.replace('path: /mcp', 'token: CANARY\n  path: /mcp'))
    const refused = await mcpauth(`access test -f ${path}`)
    expect(refused.stderr).toContain('Unknown field "token"')
    expect(refused.stderr).toContain('path: /mcp\n')
    expect(refused.stderr).not.toContain('CANARY')
    const applied = await mcpauth(`apply -f ${path}`)
    expect(applied.exitCode).toBe(2)
    expect(applied.stderr).toContain('This is a table of cases, not a manifest.')
  })
})
