// The keys of a running server: kept over restarts, rotated under it, damaged under it.
import { rm, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { decodeProtectedHeader } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import { silentLogger } from '../../../src/core/logger.ts'
import { rotateKeys } from '../../../src/dev/idp/keys.ts'
import { readLastRun } from '../../../src/dev/idp/last-run.ts'
import {
  startAuthorizationServer,
  temporaryHome,
  verifyToken,
} from '../../support/authorization-server.ts'

describe('keys', () => {
  it('survive a restart on the same port', async () => {
    const home = await temporaryHome()
    const before = await startAuthorizationServer({ home })
    const token = await before.token('mcp-server')
    await before.close()
    const lastRun = await readLastRun(home)
    expect(lastRun?.issuer).toBe(before.issuer)
    const after = await startAuthorizationServer({ home, port: lastRun?.port ?? 0 })
    await verifyToken(after, token)
    await after.close()
    await rm(home, { recursive: true })
  })

  it('rotate without breaking tokens of the two generations before', async () => {
    const server = await startAuthorizationServer()
    const tokens: string[] = []
    for (let generation = 0; generation < 4; generation += 1) {
      if (generation > 0) await server.rotateKeys()
      tokens.push(await server.token('mcp-server'))
    }
    expect(new Set(tokens.map((token) => decodeProtectedHeader(token).kid)).size).toBe(4)
    const [dropped = '', ...kept] = tokens
    await Promise.all(kept.map((token) => verifyToken(server, token)))
    await expect(verifyToken(server, dropped)).rejects.toMatchObject({
      code: 'ERR_JWKS_NO_MATCHING_KEY',
    })
    await server.close()
  })

  it('follow a rotation by another process at once', async () => {
    const server = await startAuthorizationServer()
    const old = await server.token('mcp-server')
    const rotated = await rotateKeys(server.home)
    const fresh = await server.token('mcp-server')
    expect(decodeProtectedHeader(fresh).kid).toBe(rotated.signers.RS256.kid)
    await Promise.all([verifyToken(server, old), verifyToken(server, fresh)])
    await server.close()
  })

  it('are announced when another process rotated them, once, without being asked for', async () => {
    const info = vi.fn<typeof silentLogger.info>()
    const server = await startAuthorizationServer({ logger: { ...silentLogger, info } })
    const { signers } = await rotateKeys(server.home)
    await expect.poll(() => info.mock.calls, { timeout: 5_000 }).toHaveLength(1)
    await fetch(server.jwksUrl)
    expect(info.mock.calls).toEqual([
      ['new signing keys taken over', { RS256: signers.RS256.kid, ES256: signers.ES256.kid }],
    ])
    await server.close()
  })

  it('of the same content are no news', async () => {
    const info = vi.fn<typeof silentLogger.info>()
    const server = await startAuthorizationServer({ logger: { ...silentLogger, info } })
    const now = new Date()
    await utimes(path.join(server.home, 'dev-idp', 'keys.json'), now, now)
    await fetch(server.jwksUrl)
    expect(info).not.toHaveBeenCalled()
    await server.close()
  })

  it('are new when started with rotateKeys', async () => {
    const home = await temporaryHome()
    const kids: unknown[] = []
    for (const rotate of [false, true]) {
      const server = await startAuthorizationServer({ home, rotateKeys: rotate })
      kids.push(decodeProtectedHeader(await server.token('a')).kid)
      await server.close()
    }
    expect(kids[0]).not.toBe(kids[1])
    await rm(home, { recursive: true })
  })

  it('stay at work when the file is damaged under a running server', async () => {
    const error = vi.fn<typeof silentLogger.error>()
    const server = await startAuthorizationServer({ logger: { ...silentLogger, error } })
    const before = await server.token('a')
    await writeFile(path.join(server.home, 'dev-idp', 'keys.json'), '{')
    const after = await server.token('a')
    expect(decodeProtectedHeader(after).kid).toBe(decodeProtectedHeader(before).kid)
    expect(error).toHaveBeenCalledOnce()
    await server.close()
  })
})
