// The key file: modes, damage, concurrent writers, and tokens minted under its keys.
import { mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadKeys, rotateKeys } from '../../../src/dev/idp/keys.ts'
import { mintToken } from '../../../src/dev/idp/mint.ts'
import { temporaryHome } from '../../support/authorization-server.ts'
import { createFakeClock } from '../../support/fake-clock.ts'

let home: string
let file: string

beforeEach(async () => {
  home = await temporaryHome()
  file = path.join(home, 'dev-idp', 'keys.json')
})
afterEach(() => rm(home, { recursive: true }))

describe('the key file', () => {
  it.skipIf(process.platform === 'win32')('is private to its owner', async () => {
    await loadKeys(home)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await stat(path.dirname(file))).mode & 0o777).toBe(0o700)
  })

  it('is written once, however many start at the same time', async () => {
    const loaded = await Promise.all(Array.from({ length: 8 }, () => loadKeys(home)))
    const kids = loaded.map((keys) => keys.signers.RS256.kid)
    expect(new Set(kids).size).toBe(1)
  })

  it('keeps every concurrent rotation, newest first, private halves of the newest only', async () => {
    const first = await loadKeys(home)
    const rotated = await Promise.all([rotateKeys(home), rotateKeys(home)])
    const now = await loadKeys(home)
    const kids = now.publicKeys.map((key) => key.kid)
    expect(kids).toHaveLength(6)
    for (const keys of [first, ...rotated]) expect(kids).toContain(keys.signers.ES256.kid)
    expect((await readFile(file, 'utf8')).match(/"d":/g)).toHaveLength(2)
  })

  it.each([
    ['not JSON', '{"version":1,"keys":['],
    ['of another version', '{"version":2,"keys":[]}'],
    ['without keys', '{"version":1,"keys":[]}'],
    [
      'with a broken key',
      '{"version":1,"keys":[{"kid":"a","alg":"RS256","use":"sig","kty":"RSA"}]}',
    ],
  ])('%s is refused and left alone', async (_name, text) => {
    await mkdir(path.dirname(file))
    await writeFile(file, text, { mode: 0o600 })
    await expect(loadKeys(home)).rejects.toMatchObject({ code: 'DEV_IDP_FILE_INVALID' })
    await expect(rotateKeys(home)).rejects.toMatchObject({ code: 'DEV_IDP_FILE_INVALID' })
    expect(await readFile(file, 'utf8')).toBe(text)
  })

  it.skipIf(process.platform === 'win32')(
    'is refused when it is a link or others can read it',
    async () => {
      await loadKeys(home)
      const elsewhere = path.join(home, 'elsewhere.json')
      await writeFile(elsewhere, await readFile(file), { mode: 0o600 })
      await rm(file)
      await symlink(elsewhere, file)
      await expect(loadKeys(home)).rejects.toMatchObject({ code: 'DEV_IDP_FILE_INVALID' })
      await rm(file)
      await writeFile(file, await readFile(elsewhere), { mode: 0o644 })
      await expect(loadKeys(home)).rejects.toMatchObject({ code: 'DEV_IDP_FILE_INVALID' })
    },
  )

  it('is not blocked by the lock of a process that died', async () => {
    await mkdir(path.dirname(file))
    await writeFile(path.join(path.dirname(file), 'lock'), '999999999')
    await expect(loadKeys(home)).resolves.toHaveProperty('signers')
  })

  it('stops waiting for a living process when told to', async () => {
    await mkdir(path.dirname(file))
    await writeFile(path.join(path.dirname(file), 'lock'), String(process.pid))
    const aborted = AbortSignal.abort()
    await expect(loadKeys(home, aborted)).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('mintToken', () => {
  const clock = createFakeClock()
  const wanted = {
    issuer: 'http://127.0.0.1:9',
    audience: 'mcp-server',
    clientId: 'mcp-client',
    expiresInSeconds: 60,
    clock,
  }

  it.each(['RS256', 'ES256'] as const)('signs %s under the stored key', async (algorithm) => {
    const token = await mintToken({
      ...wanted,
      home,
      algorithm,
      scope: 'mcp:read',
      subject: 'alice',
      claims: { tenant: 'a', iss: 'http://evil.example' },
    })
    const { publicKeys } = await loadKeys(home)
    const { payload, protectedHeader } = await jwtVerify(
      token,
      createLocalJWKSet({ keys: publicKeys.map((key) => ({ ...key, kty: key.kty ?? '' })) }),
      { currentDate: new Date(clock.now()), typ: 'at+jwt', issuer: wanted.issuer },
    )
    expect(protectedHeader.alg).toBe(algorithm)
    expect(payload).toMatchObject({
      aud: 'mcp-server',
      sub: 'alice',
      client_id: 'mcp-client',
      scope: 'mcp:read',
      tenant: 'a',
      exp: Math.floor(clock.now() / 1000) + 60,
    })
  })

  it('makes a token that has expired, issued before it expired', async () => {
    const token = await mintToken({ ...wanted, home, expiresInSeconds: -30 })
    const { exp = 0, iat = 0 } = decodeJwt(token)
    expect(exp).toBe(Math.floor(clock.now() / 1000) - 30)
    expect(iat).toBeLessThan(exp)
  })

  it('takes several audiences', async () => {
    const token = await mintToken({ ...wanted, home, audience: ['a', 'b'] })
    expect(decodeJwt(token).aud).toEqual(['a', 'b'])
  })
})
