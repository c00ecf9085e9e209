// Who judges the tokens of middleware.http.bearer: the keys of their issuers, and for tokens that are no JWT their issuer itself.
import type { JsonObject } from '../../core/json.ts'
import { sendControlRequest } from '../../oauth/control-request.ts'
import { createIntrospect } from '../../oauth/introspection.ts'
import type { KeySet } from '../../oauth/key-set.ts'
import { acquireKeySet } from '../../oauth/key-sets.ts'
import type { KeyLocation } from '../../oauth/load-keys.ts'
import { OpaqueTokenJudge } from '../../oauth/opaque-tokens.ts'
import { AccessTokenVerifier, type TokenJudge } from '../../oauth/verifier.ts'
import type { ProvisionContext, WarmUpStep } from '../middleware.ts'
import type { BearerField, BearerSettings } from './bearer-settings.ts'

export interface Judge<Reading> extends TokenJudge<Reading> {
  /** Loads the keys of every issuer. */
  warmUp(signal: AbortSignal): Promise<readonly WarmUpStep[]>
  close(): void
}

export function createJudge<Reading>(
  settings: BearerSettings,
  context: ProvisionContext,
  read: (claims: JsonObject) => Reading,
): Judge<Reading> {
  const { rules } = settings
  const { clock } = context
  const keys = [...settings.keys].map(([issuer, location]) => {
    return { issuer, location, lease: acquireKeySet(location, context) }
  })
  const byIssuer = new Map(keys.map(({ issuer, lease }) => [issuer, lease.value]))
  const jwts = new AccessTokenVerifier({ keys: byIssuer, rules, clock, read })
  const opaque = createOpaqueJudge(settings, context, read)
  return {
    verify(token, waiter) {
      if (opaque === undefined) return jwts.verify(token, waiter)
      if (!threeParts.test(token)) return opaque.verify(token, waiter)
      const verdict = jwts.verify(token, waiter)
      // Three parts alone do not make a JWT.
      const isForeign = !(verdict instanceof Promise) && isNoJwt(verdict)
      return isForeign ? opaque.verify(token, waiter) : verdict
    },
    warmUp: (signal) =>
      Promise.all(keys.map(({ lease, location }) => loadKeys(lease.value, location, signal))),
    close() {
      for (const { lease } of keys) lease.release()
      opaque?.close()
    },
  }
}

const threeParts = /^[^.]+\.[^.]+\.[^.]+$/

function isNoJwt(verdict: { readonly accepted: boolean; readonly reason?: string }): boolean {
  return !verdict.accepted && verdict.reason === 'format'
}

function createOpaqueJudge<Reading>(
  { introspection, keys, rules }: BearerSettings,
  { clock, logger }: ProvisionContext,
  read: (claims: JsonObject) => Reading,
): OpaqueTokenJudge<Reading> | undefined {
  if (introspection === undefined) return undefined
  const { endpoint, rememberSeconds } = introspection
  const introspect = createIntrospect(endpoint, { send: sendControlRequest, clock })
  const issuers = [...keys.keys()].slice(0, 1)
  return new OpaqueTokenJudge({
    introspect,
    rules: { ...rules, issuers },
    clock,
    logger,
    read,
    rememberSeconds,
  })
}

async function loadKeys(
  keys: KeySet,
  location: KeyLocation,
  signal: AbortSignal,
): Promise<WarmUpStep> {
  const what = 'signing keys'
  const result = await keys.load(signal)
  if (result.ok) {
    const { keys: loaded, from } = result.loaded
    return {
      what,
      ok: true,
      detail: `${loaded.length} ${loaded.length === 1 ? 'key' : 'keys'} from ${from}`,
    }
  }
  const field: BearerField = 'issuer' in location ? 'issuer' : 'jwksURL'
  return {
    what,
    ok: false,
    field,
    detail: result.problem,
    hint: `Check that the authorization server runs and that ${field} is right.`,
  }
}
