// `dev idp` and `dev token` as processes: what they print works, keys and clients survive, documents name the issuer.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { afterEach, beforeEach, expect, it } from 'vitest'

import { CliProcess } from '../support/cli-process.ts'
import { freePort, runBinary } from '../support/protected-server.ts'

let folder: string
let env: NodeJS.ProcessEnv
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcpauth-idp-'))
  env = { PATH: process.env['PATH'], HOME: folder, MCPAUTH_HOME: join(folder, 'home') }
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const mcpauth = (args: string[], input?: string) =>
  runBinary(args, { cwd: folder, env, ...(input === undefined ? {} : { input }) })

it('prints manifests that apply, and a token that its keys verify', async () => {
  const port = await freePort()
  const issuer = `http://127.0.0.1:${port}`
  const args = [
    'dev',
    'idp',
    '--port',
    String(port),
    '--client',
    'mcp-client',
    '--audience',
    'mcp-server',
  ]
  const idp = new CliProcess(args, { cwd: folder, env })
  const secretLine = await idp.readUntil(
    /mcpauth (secret set oauth-secret clientSecret --from-file \S+)/,
  )
  await idp.readUntil(/value: "mcp-server"\n$/)
  expect(mcpauth((secretLine[1] ?? '').split(' ')).exitCode).toBe(0)
  expect(mcpauth(['apply', '-f', '-'], idp.stdout)).toMatchObject({ exitCode: 0 })

  const token = mcpauth([
    'dev',
    'token',
    '--aud',
    'mcp-server',
    '--scope',
    'mcp:read',
  ]).stdout.trim()
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`))
  const { payload } = await jwtVerify(token, keys, { issuer, audience: 'mcp-server' })
  expect(payload['scope']).toBe('mcp:read')
  const json = mcpauth(['dev', 'token', '--aud', 'a', '--expires-in', '-5', '-o', 'json']).stdout
  expect(JSON.parse(json)).toMatchObject({ token_type: 'Bearer', expires_in: -5 })

  const byName = await fetch(`http://localhost:${port}/.well-known/oauth-authorization-server`)
  expect(await byName.json()).toMatchObject({ issuer, token_endpoint: `${issuer}/token` })

  expect(mcpauth(['dev', 'idp', '--rotate-keys']).stderr).toContain('New signing keys')
  await idp.readUntil(/new signing keys taken over, RS256 /)
  await expect(
    jwtVerify(token, createRemoteJWKSet(new URL(`${issuer}/jwks`))),
  ).resolves.toBeTruthy()
  const second = mcpauth(args)
  expect(second.exitCode).toBe(1)
  expect(second.stderr).toContain(`Port ${port} of 127.0.0.1 is taken`)
  expect(await idp.stop('SIGINT')).toBe(130)
})

it('signs in the users of a file, and fails once when it is told to', async () => {
  const file = join(folder, 'users.yaml')
  writeFileSync(file, 'version: 1\nusers:\n  - sub: alice\n    claims: { iss: x }\n')
  const args = ['dev', 'idp', '--port', '0', '--users', file]
  const refused = mcpauth(args)
  expect(refused.exitCode).toBe(2)
  expect(refused.stderr).toContain('users.yaml:4:20')
  expect(mcpauth(['dev', 'idp', 'fault', 'down']).stderr).toContain('No development authorization')

  writeFileSync(file, 'version: 1\nusers:\n  - sub: alice\n')
  const idp = new CliProcess(args, { cwd: folder, env })
  const [, issuer = ''] = await idp.readUntil(/server: (http:\S+)/)
  expect(mcpauth(['dev', 'idp', 'fault', 'down', '--path', '/jwks'])).toMatchObject({ exitCode: 0 })
  await expect(fetch(`${issuer}/jwks`)).rejects.toThrow(/./)
  expect((await fetch(`${issuer}/jwks`)).status).toBe(200)
  await idp.readUntil(/fault: down, path \/jwks/)
  expect(mcpauth(['dev', 'idp', 'fault', 'nonsense'])).toMatchObject({ exitCode: 2 })
  expect(await idp.stop('SIGTERM')).toBe(0)
})

it('shows Components for clients of a file, with their audience, and commands as npx wants them', async () => {
  const client = { clientId: 'own', clientSecret: 'CANARY-secret', audience: 'their-server' }
  writeFileSync(join(folder, 'clients.json'), JSON.stringify([client]))
  const idp = new CliProcess(['dev', 'idp', '--port', '0', '--clients-file', 'clients.json'], {
    cwd: folder,
    env: { ...env, npm_command: 'exec', npm_lifecycle_script: "'mcpauth'" },
  })
  await idp.readUntil(/^# {3}npx mcpauth secret set oauth-secret clientSecret$/m)
  await idp.readUntil(/clientId\n +value: "own"[^]*their-server/)
  expect(idp.stdout + idp.stderr).not.toContain('CANARY')
  expect(await idp.stop()).toBe(0)
})

it('ends in order when nobody reads its log any more', async () => {
  const idp = new CliProcess(['dev', 'idp', '--port', '0', '--client', 'mcp-client'], {
    cwd: folder,
    env,
  })
  const [, issuer = ''] = await idp.readUntil(/: (http:\S+) /)
  idp.child.stderr.destroy()
  const grant = { grant_type: 'client_credentials', client_id: 'mcp-client', client_secret: 'x' }
  await fetch(`${issuer}/token`, { method: 'POST', body: new URLSearchParams(grant) }).catch(
    () => undefined,
  )
  expect(await idp.end()).toBe(141)
})
