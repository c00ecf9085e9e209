// `mcpauth doctor`: exit codes, forms of output, and where a token comes from.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'

import { faultyServer } from '../../doctor/faulty-server.ts'
import { startAuthorizationServer, testClient } from '../../support/authorization-server.ts'
import { cli, runCli, type CliOptions } from '../../support/run-cli.ts'
import { temporaryFolder } from '../../support/temp-home.ts'

const mcpauth = (words: string, options: CliOptions = {}) => runCli(words.split(' '), options)

async function idp() {
  const server = await startAuthorizationServer()
  onTestFinished(() => server.close())
  return server
}

describe('doctor of a URL', () => {
  test('ends with 0 where nothing is wrong, and shows no token', async () => {
    const server = await idp()
    const { url } = await faultyServer(server.issuer)
    const token = await server.token(url)
    const file = join(temporaryFolder(), 'token')
    writeFileSync(file, `${token}\n`)

    for (const { words, env } of [
      { words: `doctor ${url} --token-file ${file}`, env: {} },
      { words: `doctor ${url} --token-env TOKEN`, env: { TOKEN: token } },
    ]) {
      const { exitCode, stdout, stderr } = await mcpauth(words, { env })
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
      expect(stdout).toContain('12 passed, 0 failed, 0 skipped')
      expect(stdout).not.toContain(token)
    }
  })

  test('ends with 1 where a step failed, with what, who and how in every form', async () => {
    const server = await idp()
    const { url } = await faultyServer(`${server.issuer}/`)

    const text = await mcpauth(`doctor ${url}`)
    expect(text.exitCode).toBe(1)
    expect(text.stdout).toContain('error: authorization-server.issuer-slash')
    expect(text.stdout).toContain('Trips: Codex')
    expect(text.stdout).toContain('Fix: ')

    const json = await mcpauth(`doctor ${url} --json`)
    expect(json).toEqual(await mcpauth(`doctor ${url} -o json`))
    expect(json.exitCode).toBe(1)
    expect(JSON.parse(json.stdout)).toMatchObject({ target: url, status: 'failed' })

    const names = await mcpauth(`doctor ${url} -o name`)
    expect(names.stdout).toBe('authorization-server.issuer-slash\n')
  })

  test.for([
    ['doctor', 'argument'],
    ['doctor https://user:pw@example.com/', 'user name or password'],
    ['doctor https://example.com/ --token-env NOT_SET', 'NOT_SET is not set'],
    ['doctor https://example.com/ --token-env A --token-file B', 'two tokens'],
    ['doctor https://example.com/ --token-env SPACED', 'is none'],
  ])('ends with 2: %s', async ([words = '', said]) => {
    const { exitCode, stdout, stderr } = await mcpauth(words, { env: { SPACED: 'Bearer abc' } })
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toContain(said)
    expect(stderr).not.toContain('abc')
  })
})

describe('doctor of a name', () => {
  async function applied(secret: string) {
    const server = await idp()
    const { url } = await faultyServer(server.issuer)
    const settings = {
      tokenURL: server.tokenUrl,
      clientID: testClient.clientId,
      clientSecret: secret,
      audience: url,
    }
    const metadata = Object.entries(settings).map(([name, value]) => ({ name, value }))
    const manifest = {
      apiVersion: 'dapr.io/v1alpha1',
      kind: 'Component',
      metadata: { name: 'oauth2' },
      spec: { type: 'middleware.http.oauth2', version: 'v1', metadata },
    }
    const file = join(temporaryFolder(), 'oauth2.yaml')
    writeFileSync(file, JSON.stringify(manifest))
    const run = cli()
    expect(await run(['apply', '-f', file])).toMatchObject({ exitCode: 0 })
    return { run, url }
  }

  test('presents the token that a Component gets to the server', async () => {
    const { run, url } = await applied(testClient.clientSecret.reveal())
    const { exitCode, stdout } = await run(`doctor oauth2 --server ${url}`)
    expect(stdout).toContain('12 passed, 0 failed, 0 skipped')
    expect(stdout).toContain('the client mcp-client is known already')
    expect(exitCode).toBe(0)
  })

  test('tells why a Component gets none', async () => {
    const { run, url } = await applied('wrong')
    const { exitCode, stdout } = await run(`doctor oauth2 --server ${url} -o name`)
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: 'token.not-obtained\n' })
  })

  test('ends with 2 where the name leads to no server', async () => {
    const { run } = await applied('any')
    await run('appid create idle')
    for (const [words, said] of [
      ['doctor oauth2', 'does not say which server'],
      ['doctor idle', 'No sidecar of the App ID idle runs'],
      ['doctor nobody', 'nobody'],
      ['doctor example.com/mcp', 'is not an absolute URL'],
    ] as const) {
      const { exitCode, stdout, stderr } = await run(words)
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
      expect(stderr).toContain(said)
    }
  })
})

test('the page names every finding that there is, and no other', () => {
  const root = fileURLToPath(new URL('../../..', import.meta.url))
  const folder = join(root, 'src/doctor/steps')
  const sources = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'))
  const steps = readFileSync(join(root, 'docs/doctor.md'), 'utf8')
  const ids = (text: string, quote: string): string[] => {
    const found = text.matchAll(new RegExp(`${quote}([a-z-]+\\.[a-z0-9-]+)${quote}`, 'g'))
    return [...new Set([...found].map(([, id = '']) => id))].toSorted()
  }
  expect(ids(steps, '`')).toEqual(ids(sources.join(''), "'"))
})
