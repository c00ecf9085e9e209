// A key set and a verifier on top of it, against a scripted JWKS endpoint, on a clock that stands still.
import { onTestFinished } from 'vitest'
import { silentLogger } from '../../src/core/logger.ts'
import { createControlSender } from '../../src/oauth/control-request.ts'
import { KeySet } from '../../src/oauth/key-set.ts'
import { createKeyLoader } from '../../src/oauth/load-keys.ts'
import type { KeyLocation } from '../../src/oauth/load-keys.ts'
import { AccessTokenVerifier } from '../../src/oauth/verifier.ts'
import { startScriptedAuthorizationServer } from '../support/scripted-authorization-server.ts'
import type { Script } from '../support/scripted-authorization-server.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createKey, signToken } from './token-fixtures.ts'
import type { SigningKey } from './token-fixtures.ts'

export const signal = new AbortController().signal
export const first = createKey('first')
export const second = createKey('second')
const send = createControlSender()

export async function createWorld(
  script: Script,
  options: { location?: KeyLocation; timeoutMs?: number } = {},
) {
  const server = await startScriptedAuthorizationServer()
  server.on('/jwks', script)
  const clock = createFakeClock()
  const location = options.location ?? { jwksUrl: `${server.origin}/jwks` }
  const load = createKeyLoader(location, { send, clock, timeoutMs: options.timeoutMs ?? 2000 })
  const keys = new KeySet({
    load,
    clock,
    logger: silentLogger,
    firstWaitMs: 3000,
    seekWaitMs: 1500,
  })
  const issuer = 'https://as.example'
  const verifier = new AccessTokenVerifier({
    keys: new Map([[issuer, keys]]),
    rules: { audiences: ['mcp'], clockSkew: 60 },
    clock,
    read: () => undefined,
  })
  onTestFinished(async () => {
    keys.close()
    await server[Symbol.asyncDispose]()
  })
  const judge = async (key: SigningKey, kid = key.kid): Promise<string> => {
    const iat = clock.now() / 1000
    const payload = { iss: issuer, aud: 'mcp', iat, exp: iat + 600, jti: `${Math.random()}` }
    const verdict = await verifier.verify(signToken(key, payload, { alg: key.alg, kid }), {
      signal,
    })
    return verdict.accepted ? 'accepted' : verdict.reason
  }
  return { server, clock, keys, verifier, judge, fetches: () => server.count('/jwks') }
}
