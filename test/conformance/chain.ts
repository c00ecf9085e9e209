// The fixture behind mcpauth, all of the built binary: authorization server, the server's sidecar, the client's sidecar.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CliProcess } from '../support/cli-process.ts'
import { freePort } from '../support/protected-server.ts'

const fixture = fileURLToPath(new URL('fixture/server.js', import.meta.url))

export interface Chain {
  /** The fixture itself. */
  readonly direct: string
  /** The client's `oauth2`, then the ingress and `bearer` of the server. */
  readonly pipelines: string
  /** The proxy endpoint of MCP servers, with every name granted. */
  readonly proxy: string
  /** The front door of the server, for callers that bring a token. */
  readonly ingress: string
  readonly issuer: string
  close(): Promise<void>
}

export async function startChain(): Promise<Chain> {
  const folder = mkdtempSync(join(tmpdir(), 'mcpauth-chain-'))
  const [appPort, ingressPort, sidecarPort, idpPort] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ]
  const issuer = `http://127.0.0.1:${idpPort}`
  const direct = `http://127.0.0.1:${appPort}/mcp`
  writeFileSync(
    join(folder, 'resources.yaml'),
    resources({ issuer, direct, ingress: `http://127.0.0.1:${ingressPort}` })
      .map((resource) => JSON.stringify(resource))
      .join('\n---\n'),
  )
  const runFile = {
    version: 1,
    common: { resourcesPath: './resources.yaml' },
    idp: { port: idpPort, clients: ['fixture-client'], audience: 'fixture' },
    apps: [
      {
        appID: 'fixture-server',
        appPort,
        ingressPort,
        appConfig: 'server',
        command: [process.execPath, fixture],
      },
      { appID: 'fixture-client', daprHTTPPort: sidecarPort, appConfig: 'client' },
    ],
  }
  writeFileSync(join(folder, 'dapr.yaml'), JSON.stringify(runFile))
  const env = { PATH: process.env['PATH'], HOME: folder, MCPAUTH_HOME: join(folder, 'home') }
  const run = new CliProcess(['dev', 'run', '-f', 'dapr.yaml'], { cwd: folder, env })
  await run.readUntil(/listening on/)
  const sidecar = `http://127.0.0.1:${sidecarPort}/v1.0`
  return {
    direct,
    pipelines: `${sidecar}/invoke/fixture/method/mcp`,
    ingress: `http://127.0.0.1:${ingressPort}/mcp`,
    proxy: `${sidecar}/diagrid/mcp/fixture-direct`,
    issuer,
    close: async () => {
      await run.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

interface Urls {
  readonly issuer: string
  readonly direct: string
  readonly ingress: string
}

function resources({ issuer, direct, ingress }: Urls): object[] {
  const dapr = (kind: string, name: string, spec: object): object => ({
    apiVersion: 'dapr.io/v1alpha1',
    kind,
    metadata: { name },
    spec,
  })
  const component = (name: string, type: string, settings: Record<string, unknown>): object =>
    dapr('Component', name, {
      type,
      version: 'v1',
      metadata: Object.entries(settings).map(([key, value]) =>
        typeof value === 'string' ? { name: key, value } : { name: key, secretKeyRef: value },
      ),
    })
  const handlers = (name: string, type: string): object => ({ handlers: [{ name, type }] })
  const names = ['*']
  return [
    component('bearer', 'middleware.http.bearer', {
      issuer,
      audience: 'fixture',
      // Stock clients ask for tokens for the URL that they call.
      audiences: `${ingress}/mcp`,
    }),
    dapr('Configuration', 'server', {
      appHttpPipeline: handlers('bearer', 'middleware.http.bearer'),
    }),
    component('oauth2', 'middleware.http.oauth2', {
      clientId: 'fixture-client',
      clientSecret: { name: 'fixture-client', key: 'clientSecret' },
      tokenURL: `${issuer}/token`,
    }),
    dapr('Configuration', 'client', { httpPipeline: handlers('oauth2', 'middleware.http.oauth2') }),
    dapr('HTTPEndpoint', 'fixture', { baseUrl: ingress }),
    dapr('MCPServer', 'fixture-direct', { endpoint: { streamableHTTP: { url: direct } } }),
    {
      apiVersion: 'cra.diagrid.io/v1beta1',
      kind: 'MCPServerAccessPolicy',
      metadata: { name: 'fixture-direct' },
      spec: {
        rules: [
          {
            callers: [{ appID: 'fixture-client' }],
            grants: ['tools', 'resources', 'prompts'].map((capability) => ({ capability, names })),
          },
        ],
      },
    },
  ]
}
