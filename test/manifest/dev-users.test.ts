// The file of users of the development authorization server: what is in it, and what is wrong with it, with its place.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { readDevUsers, type ReadDevUsers } from '../../src/manifest/dev-users.ts'

let file: string
beforeEach(async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'mcpauth-users-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  file = path.join(folder, 'users.yaml')
})

async function read(text: string): Promise<ReadDevUsers> {
  await writeFile(file, text)
  return readDevUsers(file, { stdin: async () => new Uint8Array() })
}

it('gives the users in their order', async () => {
  const { users, diagnostics } = await read(
    'version: 1\nusers:\n  - sub: alice\n    claims: { name: Alice }\n    accessTokenClaims: { groups: [a] }\n  - sub: bob\n',
  )
  expect(diagnostics).toEqual([])
  expect(users).toEqual([
    { sub: 'alice', claims: { name: 'Alice' }, accessTokenClaims: { groups: ['a'] } },
    { sub: 'bob' },
  ])
})

it.each([
  ['version: 1\nusers: []\n', 2, /users/],
  ['version: 1\nusers:\n  - name: alice\n', 3, /sub/],
  ['version: 1\nusers:\n  - sub: alice\n  - sub: bob\n  - sub: alice\n', 5, /two users "alice"/],
  ['version: 1\nusers:\n  - sub: a\n    claims: { iss: x }\n', 4, /says "iss"/],
  ['version: 1\nusers:\n  - sub: a\n    accessTokenClaims:\n      scope: x\n', 5, /says "scope"/],
  ['users: [{ sub: a }]\n', 1, /version/],
  ['apiVersion: a/v1\nkind: Component\n', 1, /not a file of users/],
  ['', 1, /holds no file of users/],
])('%j is refused at line %i', async (text, line, message) => {
  const { users, diagnostics } = await read(text)
  expect(users).toBeUndefined()
  const found = diagnostics.find((one) => message.test(one.message))
  expect(found, JSON.stringify(diagnostics)).toMatchObject({ severity: 'error', file })
  expect(found?.start?.line).toBe(line)
})
