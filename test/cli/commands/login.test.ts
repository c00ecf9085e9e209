// `mcpauth login` and what follows from it, against a real authorization server and through a real browser's redirects.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { browser, startLoginServer, type LoginServer } from '../../support/login-server.ts'
import { cli } from '../../support/run-cli.ts'
import { temporaryFolder } from '../../support/temp-home.ts'

function component({ issuer, authUrl, tokenUrl }: LoginServer): string {
  const settings = { clientID: 'native', authURL: authUrl, tokenURL: tokenUrl, issuer }
  const items = Object.entries({
    ...settings,
    grantType: 'authorization_code',
    scopes: 'openid offline_access',
  }).map(([name, value]) => `    - { name: ${name}, value: "${value}" }`)
  return `apiVersion: dapr.io/v1alpha1
kind: Component
metadata:
  name: oauth2
spec:
  type: middleware.http.oauth2
  version: v1
  metadata:
${items.join('\n')}
`
}

async function applied() {
  const server = await startLoginServer()
  const file = join(temporaryFolder(), 'oauth2.yaml')
  writeFileSync(file, component(server))
  const mcpauth = cli({ env: { BROWSER: browser, PATH: process.env['PATH'] ?? '' } })
  expect(await mcpauth(['apply', '-f', file])).toMatchObject({ exitCode: 0 })
  return { mcpauth, server }
}

test('logs in, shows who and until when but no token, and logs out', async () => {
  const { mcpauth, server } = await applied()
  expect((await mcpauth('login')).stderr).toContain('Needs a login: mcpauth login oauth2')
  const done = await mcpauth('login oauth2')
  expect(done.stderr).toContain('Logged in for oauth2')
  expect(done.stderr).toContain('is renewed by itself')
  expect(done.exitCode).toBe(0)
  expect((await mcpauth('login')).stderr).not.toContain('Needs a login')

  const token = (await mcpauth('token get oauth2 --show-token')).stdout.trim()
  expect(token).toMatch(/^[\w-]{20,}$/)
  const shown = await mcpauth('token get oauth2')
  expect(shown.stdout).toContain('alice')
  const listed = await mcpauth('token list -o json')
  expect(JSON.parse(listed.stdout)).toMatchObject({
    items: [{ spec: { component: 'oauth2', issuer: server.issuer, user: 'alice' } }],
  })
  for (const { stdout, stderr } of [done, shown, listed]) {
    expect(stdout + stderr).not.toContain(token)
  }

  expect(await mcpauth('logout oauth2')).toMatchObject({ exitCode: 0 })
  expect(await mcpauth('token get oauth2 --show-token')).toMatchObject({ exitCode: 1, stdout: '' })
  expect((await mcpauth('logout oauth2')).stderr).toContain('Nobody is logged in for oauth2')
})

test('asks for more scopes beside those that there are', async () => {
  const { mcpauth } = await applied()
  expect(await mcpauth('login oauth2')).toMatchObject({ exitCode: 0 })
  const { stderr } = await mcpauth(['login', 'oauth2', '--scopes', 'mcp:write openid'])
  const [url = ''] = /http:\S+/.exec(stderr) ?? []
  expect(new URL(url).searchParams.get('scope')).toBe('openid offline_access mcp:write')
})

test('says of a Component without a login that it needs none', async () => {
  const mcpauth = cli()
  expect((await mcpauth('login missing')).stderr).toContain('There is no Component "missing"')
  expect(await mcpauth('login')).toMatchObject({ exitCode: 0 })
})

test('dev run ends before its command where nobody can log in, and says what to run', async () => {
  const { mcpauth } = await applied()
  const folder = temporaryFolder()
  const configuration = join(folder, 'configuration.yaml')
  writeFileSync(
    configuration,
    `apiVersion: dapr.io/v1alpha1
kind: Configuration
metadata: { name: client }
spec:
  httpPipeline:
    handlers:
      - { name: oauth2, type: middleware.http.oauth2 }
`,
  )
  const run = ['dev', 'run', '--app-id', 'client', '--config', configuration]
  const result = await mcpauth([...run, '--dapr-http-port', '0', '--', 'echo', 'started'])
  expect(result.exitCode).toBe(1)
  expect(result.stderr).toContain('mcpauth login oauth2')
  expect(result.stdout).not.toContain('started')
})
