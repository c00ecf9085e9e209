// A mint for the tokens of a login: read from the store, renewed there by one process at a time, stored before they are used.
import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '../core/clock.ts'
import { McpAuthError } from '../core/errors.ts'
import type { GrantKey, GrantStore, GrantTokens, StoredGrant } from '../core/grants.ts'
import type { Mint, TokenRequester } from './token-request.ts'
import type { IssuedToken, MintFailure, MintResult } from './token-response.ts'

/** Where the tokens of a login are renewed, and how. */
export interface Renewal {
  readonly request: TokenRequester
  /** Sent with a renewal too (RFC 8707 §2.2). */
  readonly params: readonly (readonly [name: string, value: string])[]
}

interface GrantMintParts {
  readonly key: GrantKey
  readonly store: GrantStore
  /** Undefined for tokens that must not go where the Component would send them today. */
  readonly renewalOf: (tokens: GrantTokens) => Renewal | undefined
  readonly clock: Clock
  /** The command that logs in. */
  readonly loginCommand: string
}

/** For tokens that one endpoint issued: a Component that was edited must not send them to another one. */
export function renewalAt(tokenUrl: string, renewal: Renewal): GrantMintParts['renewalOf'] {
  return (tokens) => (tokens.tokenUrl === tokenUrl ? renewal : undefined)
}

/** Longer than a token request may take. */
const leaseMs = 20_000
/** How long another process's renewal is waited for at a time. */
const pollMs = 25
/** A token that lives shorter is renewed rather than used. */
const marginMs = 30_000

const neverAborted = new AbortController().signal

export function createGrantMint(parts: GrantMintParts): Mint {
  const { store, key } = parts
  let given: string | undefined
  const use = (tokens: GrantTokens): MintResult => {
    given = tokens.accessToken.reveal()
    return { ok: true, token: issued(tokens, parts.clock) }
  }
  const attempt = async (signal: AbortSignal): Promise<MintResult> => {
    for (;;) {
      if (signal.aborted) return unavailable('was given up')
      const grant = store.read(key)
      const held = heldOf(parts, grant)
      if (grant === undefined || held === undefined) return loginNeeded(parts, grant)
      const { tokens } = held
      // What was given before is asked for again because it is old, or because a resource refused it.
      const isNews = tokens.accessToken.reveal() !== given
      const life = lifeOf(tokens, parts.clock)
      if (life === 'long' && isNews) return use(tokens)
      if (tokens.refreshToken === undefined) {
        return life === 'over' ? loginNeeded(parts, grant) : use(tokens)
      }
      const renewed = await renewLeased(parts, grant, held)
      if (renewed !== undefined) return 'ok' in renewed ? renewed : use(renewed)
    }
  }
  return async (signal) => {
    try {
      return await attempt(signal)
    } catch (error) {
      if (!(error instanceof McpAuthError)) throw error
      return unavailable(`could not be asked, because the store of logins failed (${error.code})`)
    }
  }
}

interface Held {
  readonly tokens: GrantTokens
  readonly renewal: Renewal
}

function heldOf(parts: GrantMintParts, grant: StoredGrant | undefined): Held | undefined {
  const tokens = grant?.tokens
  const renewal = tokens === undefined ? undefined : parts.renewalOf(tokens)
  return tokens === undefined || renewal === undefined ? undefined : { tokens, renewal }
}

function lifeOf({ expiresAt, lifetimeMs }: GrantTokens, clock: Clock): 'long' | 'short' | 'over' {
  const left = expiresAt - clock.now()
  if (left > Math.min(marginMs, lifetimeMs / 4)) return 'long'
  return left > 1000 ? 'short' : 'over'
}

/** Undefined when it is another process's turn: then the store is to be read again. */
async function renewLeased(
  parts: GrantMintParts,
  grant: StoredGrant,
  held: Held,
): Promise<GrantTokens | MintFailure | undefined> {
  if (parts.store.lease(parts.key, grant.generation, leaseMs)) {
    return renew(parts, grant, held)
  }
  await delay(pollMs)
  return undefined
}

/** Undefined when somebody logged in meanwhile: then that counts. */
async function renew(
  { store, key, clock, loginCommand }: GrantMintParts,
  { generation }: StoredGrant,
  { tokens, renewal: { request, params } }: Held,
): Promise<GrantTokens | MintFailure | undefined> {
  const asked = clock.now()
  const grant = [
    ['grant_type', 'refresh_token'] as const,
    ['refresh_token', tokens.refreshToken?.reveal() ?? ''] as const,
    ...params,
  ]
  // Whoever leaves: the refresh token may be used up by now, and its successor on the way.
  const result = await request(grant, neverAborted)
  if (!result.ok) {
    const isOver = result.error === 'invalid_grant'
    await patiently(() => store.giveBack(key, generation, isOver ? 'refused' : 'failed'))
    return isOver ? loginNeeded({ loginCommand }, undefined) : result
  }
  const next = grantTokens(result.token, asked, tokens)
  // Before anybody uses it: a rotated refresh token that is only in memory would be lost with the process.
  const isKept = await patiently(() => store.renew(key, generation, next))
  return isKept ? next : undefined
}

/** A store that is busy for a moment must not cost a refresh token that exists nowhere else. */
async function patiently<T>(work: () => T): Promise<T> {
  for (let tries = leaseMs / pollMs; ; tries -= 1) {
    try {
      return work()
    } catch (error) {
      const isBusy = error instanceof McpAuthError && error.code === 'STORE_BUSY'
      if (!isBusy || tries <= 0) throw error
    }
    await delay(pollMs)
  }
}

/** `before` gives what the answer leaves out: a server need not rotate the refresh token (RFC 6749 §6). */
export function grantTokens(
  token: IssuedToken,
  askedAt: number,
  before: Pick<GrantTokens, 'tokenUrl'> & Partial<GrantTokens>,
): GrantTokens {
  const refreshToken = token.refreshToken ?? before.refreshToken
  const scope = token.scope ?? before.scope
  const user = token.user ?? before.user
  const { found } = before
  return {
    accessToken: token.value,
    tokenUrl: before.tokenUrl,
    lifetimeMs: token.lifetimeSeconds * 1000,
    expiresAt: askedAt + token.lifetimeSeconds * 1000,
    ...(refreshToken === undefined ? {} : { refreshToken }),
    ...(scope === undefined ? {} : { scope }),
    ...(user === undefined ? {} : { user }),
    ...(found === undefined ? {} : { found }),
  }
}

function issued(tokens: GrantTokens, clock: Clock): IssuedToken {
  return {
    value: tokens.accessToken,
    scope: tokens.scope,
    lifetimeSeconds: Math.max(1, (tokens.expiresAt - clock.now()) / 1000),
  }
}

function loginNeeded(
  { loginCommand }: Pick<GrantMintParts, 'loginCommand'>,
  grant: StoredGrant | undefined,
): MintFailure {
  const problem = grant === undefined ? 'there is no login, or it is over' : 'the login has run out'
  return { ok: false, kind: 'login', problem, hint: `Run: ${loginCommand}` }
}

function unavailable(problem: string): MintFailure {
  return { ok: false, kind: 'unavailable', problem }
}
