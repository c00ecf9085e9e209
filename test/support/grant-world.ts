// The built binary with `dev idp`, an app behind `middleware.http.bearer`, and client apps that differ in their oauth2 Component.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeJwt, exportJWK, exportPKCS8, generateKeyPair, type JWTPayload } from 'jose'
import { CliProcess } from './cli-process.ts'
import { browser } from './login-server.ts'
import { freePort, runBinary, type Finished } from './protected-server.ts'

export type Settings = Readonly<Record<string, string>>

/** How the app answered a request: its own words are the claims of the token that reached it. */
export interface Reply {
  readonly status: number
  readonly scheme?: string
  readonly claims?: JWTPayload
  readonly body: string
}

export interface GrantWorld {
  readonly issuer: string
  /** URL of the app's front door. */
  readonly ingress: string
  readonly clientSecret: string
  mcpauth(args: readonly string[]): Finished
  start(args: readonly string[]): CliProcess
  /** Makes the Component `name` of these settings, and the Configuration that the App ID `name` runs with. */
  write(name: string, settings: Settings): { readonly resources: string }
  /** `dev run` of the client app: a request whose path the Component's `pathFilter` matches, and one that it does not. */
  call(name: string, caller?: string): Promise<Finished & { readonly replies: readonly Reply[] }>
  /** Requests that reached the app. */
  reached(): Promise<number>
  close(): Promise<void>
}

const app = `
let count = 0
require('node:http').createServer((request, response) => {
  if (request.url === '/count') return response.end(String(count))
  count += 1
  response.end(request.headers.authorization)
}).listen(Number(process.argv[2]), '127.0.0.1', () => console.log('the app listens'))
`

const client = `
const caller = process.env.CALLER
const headers = caller ? { authorization: 'Bearer ' + caller } : {}
async function main() {
  for (const path of ['with', 'without']) {
    const url = process.env.DAPR_HTTP_ENDPOINT + '/v1.0/invoke/orders/method/' + path
    const answer = await fetch(url, { headers })
    console.log('REPLY ' + JSON.stringify({ status: answer.status, body: await answer.text() }))
  }
}
main()
`

/** Client `front` has a secret and a redirect, `worker` a key; the Secrets `front/secret` and `worker/key` hold them. */
export async function startGrantWorld(): Promise<GrantWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'mcpauth-grants-'))
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    MCPAUTH_HOME: join(folder, 'home'),
    BROWSER: browser,
  }
  const place = { cwd: folder, env }
  const put = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const succeed = (args: readonly string[], input?: string): void => {
    const done = runBinary(args, input === undefined ? place : { ...place, input })
    if (done.exitCode !== 0) throw new Error(`mcpauth ${args.join(' ')}: ${done.stderr}`)
  }
  const clientSecret = 'a secret: 100% of+it'
  const key = await generateKeyPair('ES256', { extractable: true })
  const clients = [
    { clientId: 'front', clientSecret, redirectUris: ['http://127.0.0.1/callback'] },
    { clientId: 'worker', jwks: { keys: [await exportJWK(key.publicKey)] } },
  ]
  put('clients.json', JSON.stringify(clients))
  const idpArgs = ['dev', 'idp', '--port', '0', '--clients-file', 'clients.json']
  const idp = new CliProcess([...idpArgs, '--audience', 'orders'], place)
  const [, issuer = ''] = await idp.readUntil(/server: (http:\S+)/)
  succeed(['secret', 'set', 'front', 'secret'], clientSecret)
  succeed(['secret', 'set', 'worker', 'key'], await exportPKCS8(key.privateKey))

  const [appPort, ingressPort] = [await freePort(), await freePort()]
  const ingress = `http://127.0.0.1:${ingressPort}`
  put('app.cjs', app)
  put('client.cjs', client)
  const bearer = { issuer, audience: 'orders', audiences: ingress, dpop: 'allowed' }
  put('bearer.yaml', component('bearer', 'bearer', bearer))
  put('server.yaml', configuration('server', 'appHttpPipeline', 'bearer'))
  const serverArgs = `dev run --app-id orders-app --app-port ${appPort} --ingress-port ${ingressPort}
    --resources-path bearer.yaml --config server.yaml --dapr-http-port 0 -- node app.cjs ${appPort}`
  const server = new CliProcess(serverArgs.split(/\s+/), place)
  await server.readUntil(/the app listens/)
  return {
    issuer,
    ingress,
    clientSecret,
    mcpauth: (args) => runBinary(args, place),
    start: (args) => new CliProcess(args, place),
    write(name, settings) {
      const own = component(name, 'oauth2', { pathFilter: '/with$', ...settings })
      put(`${name}-config.yaml`, configuration(name, 'httpPipeline', name))
      return { resources: put(`${name}.yaml`, `${own}---\n${endpoint(ingress)}`) }
    },
    async call(name, caller = '') {
      const args = `dev run --app-id ${name} --dapr-http-port 0 --resources-path ${name}.yaml
        --config ${name}-config.yaml -- node client.cjs`
      const run = new CliProcess(args.split(/\s+/), {
        cwd: folder,
        env: { ...env, CALLER: caller },
      })
      const exitCode = await run.end()
      const { stdout, stderr } = run
      return { exitCode, stdout, stderr, replies: readReplies(stdout) }
    },
    async reached() {
      return Number(await (await fetch(`http://127.0.0.1:${appPort}/count`)).text())
    },
    async close() {
      await server.stop()
      await idp.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function readReplies(stdout: string): Reply[] {
  return [...stdout.matchAll(/REPLY (.*)/g)].map(([, text = '']) => {
    const reply = JSON.parse(text) as { status: number; body: string }
    const [, scheme, token] = /^(Bearer|DPoP) (\S+)$/.exec(reply.body) ?? []
    return scheme === undefined || token === undefined
      ? reply
      : { ...reply, scheme, claims: decodeJwt(token) }
  })
}

/** A value `secret:NAME/KEY` is that of a Secret. */
function component(name: string, type: string, settings: Settings): string {
  const items = Object.entries(settings).map(([setting, value]) => {
    const [, secret, key] = /^secret:(.*)\/(.*)$/.exec(value) ?? []
    const source =
      secret === undefined
        ? `value: ${JSON.stringify(value)}`
        : `secretKeyRef: { name: ${secret}, key: ${key} }`
    return `    - { name: ${setting}, ${source} }\n`
  })
  return `apiVersion: dapr.io/v1alpha1
kind: Component
metadata: { name: ${name} }
spec:
  type: middleware.http.${type}
  version: v1
  metadata:
${items.join('')}`
}

function configuration(name: string, pipeline: string, handler: string): string {
  const type = pipeline === 'httpPipeline' ? 'oauth2' : 'bearer'
  return `apiVersion: dapr.io/v1alpha1
kind: Configuration
metadata: { name: ${name}-config }
spec:
  ${pipeline}:
    handlers:
      - { name: ${handler}, type: middleware.http.${type} }
`
}

function endpoint(baseUrl: string): string {
  return `apiVersion: dapr.io/v1alpha1
kind: HTTPEndpoint
metadata: { name: orders }
spec: { baseUrl: "${baseUrl}" }
`
}
