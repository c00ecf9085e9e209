// The main job, offline, in a temporary folder: a token goes out with a client's calls and is checked in front of a server.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const work = mkdtempSync(join(tmpdir(), 'mcpauth-quickstart-'))
const env = { ...process.env, MCPAUTH_HOME: join(work, 'home'), NO_COLOR: '1' }
const mcpauth = [join(root, 'bin', 'mcpauth.js')]
const running = []

if (!existsSync(join(root, 'dist', 'cli', 'main.cjs'))) {
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
  await Promise.all(running.map(({ child }) => end(child)))
  rmSync(work, { recursive: true, force: true })
}

async function quickstart() {
  const [idpPort, appPort, ingressPort] = await freePorts(3)
  const issuer = `http://127.0.0.1:${idpPort}`
  const ingress = `http://127.0.0.1:${ingressPort}`
  writeManifests(issuer, ingress)

  title('An authorization server for development')
  const client = ['--client', 'mcp-client', '--audience', 'mcp-server']
  const idp = start('dev', 'idp', '--port', String(idpPort), ...client)
  await printed(idp, /middleware\.http\.oauth2\n[^]*"mcp-server"\n/)

  title('A project, and the secret of the client')
  await run('project', 'create', 'quickstart', '--use')
  const secretFile = join(env.MCPAUTH_HOME, 'dev-idp', 'client-secrets', 'mcp-client')
  await run('secret', 'set', 'oauth-secret', 'clientSecret', '--from-file', secretFile)

  title('An MCP server behind middleware.http.bearer')
  await run('apply', '-f', 'components/bearer.yaml', '-f', 'config/bearer-server.yaml')
  await run('appid', 'update', 'mcp-server', '--app-config', 'bearer-server-config')
  const ports = ['--app-port', String(appPort), '--ingress-port', String(ingressPort)]
  const command = ['--', 'node', join(root, 'fixtures', 'apps', 'mcp-server.js')]
  const server = start('dev', 'run', '--app-id', 'mcp-server', ...ports, ...command)
  await printed(server, /✓ command/)
  await printed(server, /listening on/)

  title('An MCP client through middleware.http.oauth2: no OAuth code in it')
  const components = ['-f', 'components/mcp-server-endpoint.yaml', '-f', 'components/oauth2.yaml']
  await run('apply', ...components, '-f', 'config/oauth2-client.yaml')
  const files = ['--config', './config/oauth2-client.yaml', '--resources-path', './components']
  const program = ['--', 'node', join(root, 'fixtures', 'apps', 'mcp-client.js')]
  await run('dev', 'run', '--app-id', 'mcp-client', ...files, ...program)
  await printed(server, / DELETE \/mcp /)

  title('A caller without a token')
  console.log(`$ curl -i -X POST ${ingress}/mcp`)
  const answer = await fetch(`${ingress}/mcp`, { method: 'POST' })
  console.log(`HTTP ${answer.status}`)
  console.log(`www-authenticate: ${answer.headers.get('www-authenticate')}`)
  console.log(await answer.text())
  if (answer.status !== 401) throw new Error('a caller without a token was not refused')
  await printed(server, /TOKEN_MISSING/)
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
async function run(...args) {
  console.log(`$ mcpauth ${shown(args)}`)
  const [status] = await once(launch(args).child, 'close')
  if (status !== 0) throw new Error(`mcpauth ${args[0]} ${args[1]} ended with ${status}`)
}

/** Starts a command that goes on in the background. */
function start(...args) {
  console.log(`$ mcpauth ${shown(args)} &`)
  const started = launch(args)
  running.push(started)
  return started
}

/** All output goes through this process, so that it stands in the order in which things happen. */
function launch(args) {
  const child = spawn(process.execPath, [...mcpauth, ...args], {
    cwd: work,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const started = { child, output: '' }
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8').on('data', (text) => {
      process[name].write(text)
      started.output += text
    })
  }
  return started
}

/** Waits until a background command has printed something. */
async function printed(started, pattern) {
  const deadline = Date.now() + 20_000
  while (!pattern.test(started.output)) {
    if (Date.now() > deadline || started.child.exitCode !== null) {
      throw new Error(`a command in the background never printed ${pattern}`)
    }
    await sleep(20)
  }
}

function shown(args) {
  return args.map((arg) => arg.replace(root, '').replace(`${work}/`, '')).join(' ')
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
