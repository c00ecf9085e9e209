// What the client suite takes for a client: the plain client beside a sidecar, which does all of OAuth for it.
// `node through-sidecar.ts URL`; the suite gives credentials, where a scenario has some, in the environment.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { binary } from '../support/cli-process.ts'
import { freePort } from '../support/protected-server.ts'

interface Credentials {
  readonly client_id?: string
  readonly client_secret?: string
  readonly private_key_pem?: string
}

const url = new URL(process.argv.at(-1) ?? '')
const scenario = process.env['MCP_CONFORMANCE_SCENARIO'] ?? ''
const given = JSON.parse(process.env['MCP_CONFORMANCE_CONTEXT'] ?? '{}') as Credentials
const browser = fileURLToPath(new URL('../../fixtures/apps/browser.js', import.meta.url))
const client = fileURLToPath(new URL('plain-client.ts', import.meta.url))

const folder = mkdtempSync(join(tmpdir(), 'mcpauth-client-'))
try {
  process.exitCode = await run()
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function run(): Promise<number> {
  const isAuth = scenario.startsWith('auth/')
  const isOwn = scenario.startsWith('auth/client-credentials-')
  write('endpoint', dapr('HTTPEndpoint', 'suite', { baseUrl: url.origin }))
  if (isAuth) write('oauth2', component(isOwn))
  const handlers = isAuth ? [{ name: 'oauth2', type: 'middleware.http.oauth2' }] : []
  write('configuration', dapr('Configuration', 'client', { httpPipeline: { handlers } }))
  const files = [...(isAuth ? ['oauth2'] : []), 'endpoint'].flatMap((name) => [
    '-f',
    `${name}.json`,
  ])
  const applied = mcpauth('apply', ...files)
  if (applied !== 0) return applied
  if (!isAuth || isOwn) return call()
  const login = (): number => mcpauth('login', 'oauth2', ...wantedScopes())
  // Whoever sees that a login is not accepted any more logs in again.
  return login() || ((await call()) && (login() || call()))
}

/** What a resource found missing in the token of the first login, out of the command that the sidecar said. */
function wantedScopes(): readonly string[] {
  const path = join(folder, 'mcpauth-login')
  const command = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const [, scopes] = / --scopes '([^']*)'$/.exec(command) ?? []
  return scopes === undefined ? [] : ['--scopes', scopes]
}

async function call(): Promise<number> {
  const port = await freePort()
  const target = `http://127.0.0.1:${port}/v1.0/invoke/suite/method${url.pathname}`
  const options = ['--app-id', 'client', '--dapr-http-port', String(port)]
  const command = [process.execPath, client, target]
  return mcpauth('dev', 'run', ...options, '--config', 'configuration.json', '--', ...command)
}

function component(isOwn: boolean): object {
  const settings = {
    resource: url.href,
    ...(given.client_id === undefined ? {} : { clientID: given.client_id }),
    ...(given.client_secret === undefined ? {} : { clientSecret: given.client_secret }),
    ...(given.private_key_pem === undefined
      ? {}
      : { clientAuthMethod: 'private_key_jwt', clientKey: given.private_key_pem }),
    ...(isOwn ? {} : { grantType: 'authorization_code' }),
    ...(scenario === 'auth/basic-cimd'
      ? { clientMetadataURL: 'https://conformance-test.local/client-metadata.json' }
      : {}),
  }
  const metadata = Object.entries(settings).map(([name, value]) => ({ name, value }))
  return dapr('Component', 'oauth2', { type: 'middleware.http.oauth2', version: 'v1', metadata })
}

function dapr(kind: string, name: string, spec: object): object {
  return { apiVersion: 'dapr.io/v1alpha1', kind, metadata: { name }, spec }
}

function write(name: string, resource: object): void {
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(resource))
}

/** Its exit code. */
function mcpauth(...args: string[]): number {
  const { status } = spawnSync(process.execPath, [binary, ...args], {
    cwd: folder,
    stdio: 'inherit',
    env: {
      ...Object.fromEntries(
        Object.entries(process.env).filter(([name]) => name.startsWith('MCP_CONFORMANCE_')),
      ),
      PATH: process.env['PATH'],
      HOME: folder,
      MCPAUTH_HOME: join(folder, 'home'),
      BROWSER: browser,
    },
  })
  return status ?? 1
}
