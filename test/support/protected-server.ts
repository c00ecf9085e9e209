// The guide's whole setting with the built binary: authorization server, a protected MCP server, and clients beside a sidecar.
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { startAuthorizationServer, temporaryHome, testClient } from './authorization-server.ts'
import { binary, CliProcess } from './cli-process.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Finished {
  readonly exitCode: number | NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the built binary to its end. */
export function runBinary(
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv; input?: string },
): Finished {
  const result = spawnSync(process.execPath, [binary, ...args], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    ...options,
  })
  return { exitCode: result.status, stdout: result.stdout, stderr: result.stderr }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

export interface ProtectedServer {
  /** Working folder with `components/` and `config/`, the guide's manifests with this run's URLs. */
  readonly folder: string
  readonly env: NodeJS.ProcessEnv
  readonly ingress: string
  readonly appPort: number
  readonly run: CliProcess
  readonly idp: Awaited<ReturnType<typeof startAuthorizationServer>>
  mcpauth(...args: string[]): Finished
  /** `dev run --app-id mcp-client … -- command`. */
  client(command: readonly string[], extra?: readonly string[]): Promise<Finished>
  /** Requests that reached the MCP server's own code. */
  reached(): Promise<number>
  close(): Promise<void>
}

/** The guide's two halves, up to and including the running server. `app` is a file below fixtures/apps. */
export async function protectedServer(app = 'mcp-server.js'): Promise<ProtectedServer> {
  const idp = await startAuthorizationServer({ defaultAudience: 'mcp-server' })
  const folder = await temporaryHome()
  const env = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    MCPAUTH_HOME: join(folder, 'home'),
  }
  const [appPort, ingressPort] = [await freePort(), await freePort()]
  const ingress = `http://127.0.0.1:${ingressPort}`
  writeGuide(folder, { issuer: idp.issuer, ingress })
  const mcpauth = (...args: string[]): Finished => {
    const finished = runBinary(args, { cwd: folder, env })
    if (finished.exitCode !== 0) throw new Error(`mcpauth ${args.join(' ')}: ${finished.stderr}`)
    return finished
  }
  mcpauth('project', 'create', 'my-project', '--use')
  const secret = { cwd: folder, env, input: testClient.clientSecret.reveal() }
  runBinary(['secret', 'set', 'oauth-secret', 'clientSecret'], secret)
  mcpauth('apply', '-f', 'components/bearer.yaml', '-f', 'config/bearer-server.yaml')
  mcpauth('appid', 'update', 'mcp-server', '--app-config', 'bearer-server-config')
  const ports = ['--app-port', String(appPort), '--ingress-port', String(ingressPort)]
  const command = ['node', join(root, 'fixtures', 'apps', app), String(appPort)]
  const run = new CliProcess(['dev', 'run', '--app-id', 'mcp-server', ...ports, '--', ...command], {
    cwd: folder,
    env,
  })
  await run.readUntil(/listening on/)
  mcpauth(
    'apply',
    '--project',
    'my-project',
    '-f',
    'components/mcp-server-endpoint.yaml',
    '-f',
    'components/oauth2.yaml',
    '-f',
    'config/oauth2-client.yaml',
  )
  return {
    folder,
    env,
    ingress,
    appPort,
    run,
    idp,
    mcpauth,
    client: async (commandLine, extra = []) => {
      const files = ['--config', './config/oauth2-client.yaml', '--resources-path', './components']
      const client = new CliProcess(
        [
          'dev',
          'run',
          '--project',
          'my-project',
          '--app-id',
          'mcp-client',
          ...files,
          ...extra,
          '--',
          ...commandLine,
        ],
        { cwd: folder, env },
      )
      const exitCode = await client.end()
      return { exitCode, stdout: client.stdout, stderr: client.stderr }
    },
    reached: async () => {
      const answer = await fetch(`http://127.0.0.1:${appPort}/__count`)
      const { count } = (await answer.json()) as { count: number }
      return count
    },
    close: async () => {
      await run.stop()
      await idp.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The guide's manifests, with only URLs and the client's name filled in. */
function writeGuide(folder: string, urls: { issuer: string; ingress: string }): void {
  cpSync(join(root, 'fixtures', 'guide'), folder, { recursive: true })
  const replacements: [string, string, string][] = [
    ['components/mcp-server-endpoint.yaml', 'https://my-mcp-server.example.com', urls.ingress],
    ['components/oauth2.yaml', '<your-client-id>', testClient.clientId],
    ['components/oauth2.yaml', 'https://auth.example.com', urls.issuer],
    ['components/bearer.yaml', 'https://auth.example.com', urls.issuer],
  ]
  for (const [file, from, to] of replacements) {
    const path = join(folder, file)
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(from, to))
  }
}
