// `mcpauth dev token`: what it refuses to mint.
import { decodeJwt } from 'jose'
import { expect, it } from 'vitest'

import { cli } from '../../support/run-cli.ts'

const issuer = ['--issuer', 'http://127.0.0.1:9400']
const token = ['dev', 'token', '--aud', 'mcp-server']

it.for([
  [['dev', 'token', '--aud', '', ...issuer], 'The audience is empty.'],
  [['dev', 'token', '--aud', 'a', '--aud', ' ', ...issuer], 'The audience is empty.'],
  [[...token, '--issuer', 'nonsense'], 'The issuer is not an absolute URL.'],
  [[...token, '--issuer', ''], 'The issuer '],
  [[...token, '--issuer', 'ftp://as.example'], 'The issuer is not an http or https URL.'],
  [[...token, ...issuer, '--scope', 'a"b'], 'The scope is not a list of scopes (RFC 6749 §3.3).'],
  [[...token, ...issuer, '--scope', String.raw`a\b`], 'The scope is not a list'],
  [[...token, ...issuer, '--scope', 'a  b'], 'The scope is not a list'],
  [[...token, ...issuer, '--scope', 'lesé'], 'The scope is not a list'],
  [[...token, ...issuer, '--scope', ''], 'The scope is not a list'],
] as const)('refuses %j', async ([argv, sentence]) => {
  const { exitCode, stdout, stderr } = await cli()(argv)
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  expect(stderr).toMatch(/^error: .*\nhint: .*\n$/)
  expect(stderr).toContain(`error: ${sentence}`)
})

it('mints what a server may accept, also in the name of an issuer elsewhere', async () => {
  const argv = [...token, '--issuer', 'http://as.example/realms/a', '--scope', 'mcp:read ~!#x']
  const { exitCode, stdout } = await cli()(argv)
  expect(exitCode).toBe(0)
  expect(decodeJwt(stdout.trim())).toMatchObject({
    iss: 'http://as.example/realms/a',
    aud: 'mcp-server',
    scope: 'mcp:read ~!#x',
  })
})
