// The guide, with the built binary, the real authorization server and the real MCP SDKs.
import { readFileSync, writeFileSync } from 'node:fs'
import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { systemClock } from '../../src/core/clock.ts'
import { mintToken } from '../../src/dev/idp/mint.ts'
import { CliProcess } from '../support/cli-process.ts'
import { protectedServer, type ProtectedServer } from '../support/protected-server.ts'

const apps = fileURLToPath(new URL('../../fixtures/apps/', import.meta.url))
const list = 'Available tools: add, echo, countdown'

let server: ProtectedServer
beforeAll(async () => {
  server = await protectedServer()
})
afterAll(async () => {
  await server.close()
})

describe('the guide', () => {
  it('lists the tools and calls one, on the official SDK 1.x', async () => {
    const { exitCode, stdout, stderr } = await server.client(['node', join(apps, 'mcp-client.js')])
    expect(stdout).toContain(`== APP - mcp-client == ${list}`)
    expect(stdout).toContain('== APP - mcp-client == add(2, 3) = 5')
    expect(exitCode).toBe(0)
    expect(stderr).toMatch(/oauth2 +httpPipeline: client_credentials/)
    expect(stderr).toMatch(/first token +expires in/)
    expect(stderr).toMatch(/App ID +mcp-client \(did not exist: created\)/)
    expect(stderr).toMatch(
      /mcp-client → mcp-server POST \/v1\.0\/invoke\/mcp-server\/method\/mcp 200/,
    )
  })

  it('lists the tools and calls one, on the official SDK 2.x', async () => {
    const { exitCode, stdout } = await server.client(['node', join(apps, 'mcp-client-2.js')])
    expect(stdout).toContain(list)
    expect(exitCode).toBe(0)
  })

  it("gives the server's own exit code, and 1 when the client fails", async () => {
    const { exitCode } = await server.client(['node', '-e', 'process.exit(3)'])
    expect(exitCode).toBe(3)
  })

  it('gives the command its environment and nothing secret beside the token', async () => {
    const script = 'console.log(JSON.stringify(process.env))'
    const { stdout } = await server.client(['node', '-e', script], ['-e', 'MODE=test'])
    const env = JSON.parse(stdout.replace('== APP - mcp-client == ', '')) as Record<string, string>
    expect(env).toMatchObject({ DAPR_APP_ID: 'mcp-client', APP_ID: 'mcp-client', MODE: 'test' })
    expect(env['DAPR_HTTP_ENDPOINT']).toBe(`http://127.0.0.1:${env['DAPR_HTTP_PORT']}`)
    expect(env['DAPR_API_TOKEN']).toMatch(/^mcpauth:\/\/v1\/my-project\/mcp-client\//)
    expect(JSON.stringify(env)).not.toContain('s3cr3t')
  })
})

describe('a caller of the protected server', () => {
  const initialize = {
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 't', version: '0' },
    },
  }
  const post = async (token?: string): Promise<Response> =>
    fetch(`${server.ingress}/mcp`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(initialize),
    })
  const minted = async (change: Partial<Parameters<typeof mintToken>[0]> = {}): Promise<string> =>
    mintToken({
      home: server.idp.home,
      issuer: server.idp.issuer,
      audience: 'mcp-server',
      expiresInSeconds: 3600,
      clientId: 'mcp-client',
      clock: systemClock,
      ...change,
    })

  it('with a valid token gets through', async () => {
    const answer = await post(await minted())
    expect(answer.status).toBe(200)
    expect(answer.headers.get('mcp-session-id')).toBeTruthy()
    await answer.body?.cancel()
  })

  const foreign = async (): Promise<string> => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    return new SignJWT({})
      .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt' })
      .setIssuer(server.idp.issuer)
      .setAudience('mcp-server')
      .setExpirationTime('1h')
      .sign(privateKey)
  }
  const unsigned = async (): Promise<string> =>
    new UnsecuredJWT({})
      .setIssuer(server.idp.issuer)
      .setAudience('mcp-server')
      .setExpirationTime('1h')
      .encode()
  const cases: [string, () => Promise<string | undefined>][] = [
    ['no token', async () => undefined],
    ['an expired token', () => minted({ expiresInSeconds: -3600 })],
    ["another issuer's token", foreign],
    ['a token for another audience', () => minted({ audience: 'other' })],
    ['a token of another issuer name', () => minted({ issuer: 'https://evil.test' })],
    ['an unsigned token', unsigned],
    ['rubbish', async () => 'rubbish'],
  ]
  it.for(cases)('with %s never reaches it: 401 with a challenge', async ([, token]) => {
    const before = await server.reached()
    const answer = await post(await token())
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/)
    expect(await server.reached()).toBe(before)
  })

  it('is told by the challenge where to get a token', async () => {
    const answer = await post(undefined)
    const challenge = answer.headers.get('www-authenticate') ?? ''
    const metadata = /resource_metadata="([^"]+)"/.exec(challenge)?.[1]
    expect(metadata).toBe(`${server.ingress}/.well-known/oauth-protected-resource/mcp`)
    expect(await (await fetch(metadata ?? '')).json()).toMatchObject({
      resource: `${server.ingress}/mcp`,
      authorization_servers: [server.idp.issuer],
    })
  })
})

describe('a change while it runs', () => {
  it('takes effect within a second, by appid update from another terminal, and back', async () => {
    const status = async (): Promise<number> => (await fetch(`${server.ingress}/__count`)).status
    expect(await status()).toBe(401)
    server.mcpauth('appid', 'update', 'mcp-server', '--app-config', '')
    await expect.poll(status, { timeout: 1_000, interval: 20 }).toBe(200)
    server.mcpauth('appid', 'update', 'mcp-server', '--app-config', 'bearer-server-config')
    await expect.poll(status, { timeout: 1_000, interval: 20 }).toBe(401)
  })

  it('of a manifest file is applied; an invalid one is reported and changes nothing', async () => {
    const path = join(server.folder, 'components', 'mcp-server-endpoint.yaml')
    const original = readFileSync(path, 'utf8')
    const script = `
      const url = process.env.DAPR_HTTP_ENDPOINT + '/v1.0/invoke/mcp-server/method/__count'
      setInterval(async () => console.log('status', (await fetch(url)).status), 50)`
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
        '--',
        'node',
        '-e',
        script,
      ],
      { cwd: server.folder, env: server.env },
    )
    await client.readUntil(/status 200/)
    writeFileSync(path, original.replace('baseUrl:', 'baseURI:'))
    await client.readUntil(/What ran before goes on/)
    expect(client.stderr).toContain('mcp-server-endpoint.yaml:6:3')
    writeFileSync(path, original)
    await client.readUntil(/valid again/)
    writeFileSync(path, original.replace(server.ingress, 'http://127.0.0.1:1'))
    await client.readUntil(/status 502/)
    writeFileSync(path, original)
    const seen = client.stdout.length
    await expect.poll(() => client.stdout.slice(seen)).toContain('status 200')
    expect(client.stdout).not.toMatch(/status (?!200|502)/)
    expect(await client.stop('SIGTERM')).toBe(143)
  })
})
