// What a start says of the MCP servers that the App ID may use, with the built binary: each credential, each first token,
// and what keeps one from being had, before the command runs.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, it, onTestFinished } from 'vitest'

import { startAuthorizationServer, testClient } from '../support/authorization-server.ts'
import { CliProcess } from '../support/cli-process.ts'
import { runBinary } from '../support/protected-server.ts'
import { temporaryFolder } from '../support/temp-home.ts'

function server(name: string, fields: string): string {
  return `apiVersion: dapr.io/v1alpha1
kind: MCPServer
metadata: { name: ${name} }
spec: { endpoint: { streamableHTTP: { url: "http://127.0.0.1:9/mcp", ${fields} } } }
---
`
}

const secretKeyRef = 'secretKeyRef: { name: idp, key: secret }'

function client(issuer: string): string {
  return `auth: { oauth2: { issuer: "${issuer}", clientID: mcp-client, audience: calc, ${secretKeyRef} } }`
}

it('names the credential of each, and a token endpoint that fails, before the command starts', async () => {
  const idp = await startAuthorizationServer()
  onTestFinished(() => idp.close())
  const folder = temporaryFolder()
  const env = { PATH: process.env['PATH'], HOME: folder, MCPAUTH_HOME: join(folder, 'home') }
  const mcpauth = (line: string, input?: string) =>
    runBinary(line.split(' '), { cwd: folder, env, ...(input === undefined ? {} : { input }) })
  const secret = testClient.clientSecret.reveal()
  expect(mcpauth('secret set idp secret', secret)).toMatchObject({ exitCode: 0 })
  const dead = 'http://127.0.0.1:9/token'
  const servers = {
    calc: client(idp.issuer),
    keyed: `headers: [{ name: X-Key, ${secretKeyRef} }]`,
    plain: '',
    dead: client(dead),
    wrong: client(idp.tokenUrl).replace('mcp-client', 'nobody'),
    svid: 'auth: { spiffe: { jwt: { header: X-Svid, audience: "mcp://svid" } } }',
    ungranted: client(dead),
  }
  const manifests = Object.entries(servers).map(([name, fields]) => server(name, fields))
  writeFileSync(join(folder, 'servers.yaml'), manifests.join(''))
  expect(mcpauth('apply -f servers.yaml')).toMatchObject({ exitCode: 0 })
  for (const name of Object.keys(servers).filter((each) => each !== 'ungranted')) {
    const grant = `mcpserver access grant ${name} --caller agent --allow-tools * --yes`
    expect(mcpauth(grant)).toMatchObject({ exitCode: 0 })
  }
  expect(mcpauth('mcpserver disable plain')).toMatchObject({ exitCode: 0 })

  const run = new CliProcess(
    ['dev', 'run', '--app-id', 'agent', '--dapr-http-port', '0', '--', 'node', '-e', '0'],
    { cwd: folder, env },
  )
  expect(await run.end()).toBe(0)
  const start = run.stderr.slice(0, run.stderr.indexOf('✓ command'))
  expect(start).toContain(`calc             MCP server: client_credentials at ${idp.issuer}/`)
  expect(start).toContain('keyed            MCP server: headers X-Key')
  expect(start).toMatch(/! plain +The MCP server plain cannot be used. It is disabled.\n/)
  expect(start).toMatch(
    /✗ first token +MCP server dead: The token endpoint http:\/\/127.0.0.1:9\/token .*\n {2}at servers.yaml:\d+:\d+\n/,
  )
  expect(start).toMatch(/✗ first token +MCP server wrong: .* answered 401 invalid_client/)
  expect(start).toContain(
    'svid             MCP server: JWT-SVID of spiffe://public/ns/default/agent for mcp://svid in X-Svid',
  )
  expect(start.match(/✓ first token +expires in/g)).toHaveLength(2)
  expect(start).not.toContain('ungranted')
  const output = `${run.stdout}${run.stderr}`
  expect(output).not.toContain(secret)
  expect(output).not.toMatch(/eyJ/)
})
