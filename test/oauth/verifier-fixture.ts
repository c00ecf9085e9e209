// A verifier with one key of each kind, and a way to ask it for its verdict.
import { silentLogger } from '../../src/core/logger.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { parseJwks } from '../../src/oauth/jwks.ts'
import { KeySet } from '../../src/oauth/key-set.ts'
import { AccessTokenVerifier, type VerifierParts } from '../../src/oauth/verifier.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import type { FakeClock } from '../support/fake-clock.ts'
import { createKey, jwksOf } from './token-fixtures.ts'

export const signal = new AbortController().signal
export const rsa = createKey('rsa', 'RS256')
export const anyRsa = { ...createKey('any-rsa', 'RS256'), alg: 'RS256' }
export const es256 = createKey('es256', 'ES256')
export const es384 = createKey('es384', 'ES384')
export const es512 = createKey('es512', 'ES512')
export const edwards = createKey('ed', 'EdDSA')
export const pss = createKey('pss', 'PS256')
export const stranger = createKey('es256', 'ES256')
delete anyRsa.jwk['alg']
export const published = jwksOf(rsa, anyRsa, es256, es384, es512, edwards, pss)

export const issuer = 'https://as.example'
export const rules: VerifierParts<unknown>['rules'] = {
  audiences: ['mcp-server'],
  clockSkew: 60,
}

export interface World {
  readonly clock: FakeClock
  readonly keys: KeySet
  readonly verifier: AccessTokenVerifier<JsonObject>
  readonly now: number
  readonly loads: () => number
}

export async function createWorld(
  more: Partial<typeof rules> = {},
  jwks: object = published,
): Promise<World> {
  const clock = createFakeClock()
  let loads = 0
  const load = async () => {
    loads += 1
    const parsed = parseJwks(JSON.stringify(jwks))
    if (!parsed.ok) return parsed
    return { ok: true as const, loaded: { ...parsed, from: 'test', lifetimeMs: 600_000 } }
  }
  const keys = new KeySet({ load, clock, logger: silentLogger })
  await keys.load(signal)
  const verifier = new AccessTokenVerifier({
    keys: new Map([[issuer, keys]]),
    rules: { ...rules, ...more },
    clock,
    read: (claims) => claims,
  })
  return { clock, keys, verifier, now: clock.now() / 1000, loads: () => loads }
}

export const world = await createWorld()
export const good = {
  iss: issuer,
  aud: 'mcp-server',
  exp: world.now + 600,
  iat: world.now,
  sub: 'client',
}

export async function judge(token: string, at: World = world): Promise<string> {
  const verdict = await at.verifier.verify(token, { signal })
  return verdict.accepted ? 'accepted' : verdict.reason
}
