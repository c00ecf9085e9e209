// `mcpauth doctor`: exit codes, forms of output, and where a token comes from.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'

import { faultyServer } from '../../doctor/faulty-server.ts'
import { startAuthorizationServer } from '../../support/authorization-server.ts'
import { runCli, type CliOptions } from '../../support/run-cli.ts'
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
