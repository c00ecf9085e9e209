// The main job, offline, in a temporary folder: a token goes out with a client's calls and is checked in front of a server.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const work = mkdtempSync(join(tmpdir(), 'mcpauth-quickstart-'))
const env = { ...process.env, MCPAUTH_HOME: join(work, 'home'), NO_COLOR: '1' }
const mcpauth = [join(root, 'bin', 'mcpauth.js')]
const running = []

if (!existsSync(join(root, 'dist', 'cli', 'main.js'))) {
  console.error('Run npm ci first: it brings the Node this runs on, and builds.')
  process.exit(1)
}
// Ctrl-C ends the commands as well; what is left to do is to tidy up.
process.on('SIGINT', () => {
  rmSync(work, { recursive: true, force: true })
  process.exit(130)
})
try {
  await quickstart()
  console.log('\nDone. Next: README.md, "The tutorial", with your own client and server.')
} catch (error) {
  console.error(`\nThe quickstart failed: ${error.message}`)
  process.exitCode = 1
} finally {
  await Promise.all(running.map((child) => end(child)))
  rmSync(work, { recursive: true, force: true })
}

async function quickstart() {
  const [idpPort, appPort, ingressPort] = await freePorts(3)
  const issuer = `http://127.0.0.1:${idpPort}`
  const ingress = `http://127.0.0.1:${ingressPort}`
  writeManifests(issuer, ingress)

  title('An authorization server for development')
  start(
    'dev',
    'idp',
    '--port',
    String(idpPort),
    '--client',
    'mcp-client',
    '--audience',
    'mcp-server',
  )
  await answering(`${issuer}/.well-known/openid-configuration`)

  title('A project, and the secret of the client')
  run('project', 'create', 'quickstart', '--use')
  const secretFile = join(env.MCPAUTH_HOME, 'dev-idp', 'client-secrets', 'mcp-client')
  run('secret', 'set', 'oauth-secret', 'clientSecret', '--from-file', secretFile)

  title('An MCP server behind middleware.http.bearer')
  run('apply', '-f', 'components/bearer.yaml', '-f', 'config/bearer-server.yaml')
  run('appid', 'update', 'mcp-server', '--app-config', 'bearer-server-config')
  const server = join(root, 'fixtures', 'apps', 'mcp-server.js')
  const ports = ['--app-port', String(appPort), '--ingress-port', String(ingressPort)]
  start('dev', 'run', '--app-id', 'mcp-server', ...ports, '--', 'node', server)
  await answering(`http://127.0.0.1:${appPort}/__count`)

  title('An MCP client through middleware.http.oauth2: no OAuth code in it')
  const client = join(root, 'fixtures', 'apps', 'mcp-client.js')
  run(
    'apply',
    '-f',
    'components/mcp-server-endpoint.yaml',
    '-f',
    'components/oauth2.yaml',
    '-f',
    'config/oauth2-client.yaml',
  )
  const files = ['--config', './config/oauth2-client.yaml', '--resources-path', './components']
  run('dev', 'run', '--app-id', 'mcp-client', ...files, '--', 'node', client)

  title('A caller without a token')
  console.log(`$ curl -i -X POST ${ingress}/mcp`)
  const answer = await fetch(`${ingress}/mcp`, { method: 'POST' })
  console.log(`HTTP ${answer.status}`)
  console.log(`www-authenticate: ${answer.headers.get('www-authenticate')}`)
  console.log(await answer.text())
  if (answer.status !== 401) throw new Error('a caller without a token was not refused')
}

/** The guide's manifests with this run's URLs in them. */
function writeManifests(issuer, ingress) {
  cpSync(join(root, 'fixtures', 'guide'), work, { recursive: true })
  const urls = [
    ['components/mcp-server-endpoint.yaml', 'https://my-mcp-server.example.com', ingress],
    ['components/oauth2.yaml', '<your-client-id>', 'mcp-client'],
    ['components/oauth2.yaml', 'https://auth.example.com', issuer],
    ['components/bearer.yaml', 'https://auth.example.com', issuer],
  ]
  for (const [file, from, to] of urls) {
    const path = join(work, file)
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(from, to))
  }
}

function title(text) {
  console.log(`\n== ${text}`)
}

/** Runs one command to its end, showing it and its output. */
function run(...args) {
  console.log(`$ mcpauth ${shown(args)}`)
  const { status } = spawnSync(process.execPath, [...mcpauth, ...args], {
    cwd: work,
    env,
    stdio: 'inherit',
  })
  if (status !== 0) throw new Error(`mcpauth ${args[0]} ${args[1]} ended with ${status}`)
}

/** Starts a command that goes on in the background. */
function start(...args) {
  console.log(`$ mcpauth ${shown(args)} &`)
  const child = spawn(process.execPath, [...mcpauth, ...args], {
    cwd: work,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  running.push(child)
}

function shown(args) {
  return args.map((arg) => arg.replace(root, '').replace(`${work}/`, '')).join(' ')
}

async function answering(url) {
  const deadline = Date.now() + 20_000
  while (Date.now() < deadline) {
    const answer = await fetch(url).catch(() => undefined)
    if (answer?.ok) return
    if (running.some((child) => child.exitCode !== null)) break
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`${url} did not answer`)
}

async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => server.address().port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}
