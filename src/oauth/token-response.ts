// What a token endpoint's answer means: a token, a refusal that will last, or a failure that may pass (RFC 6749 §5).
import type { Clock } from '../core/clock.ts'
import { isJsonObject } from '../core/json.ts'
import { Secret } from '../core/secret.ts'
import type { ControlFailure, ControlResult } from './control-request.ts'
import { parseJws, peekExpiry } from './jws.ts'
import { retryAfterSeconds } from './retry-after.ts'

export interface IssuedToken {
  readonly value: Secret
  /** As the authorization server says it; absent when it says nothing. */
  readonly scope: string | undefined
  /** Seconds from the request for it; at least 1. */
  readonly lifetimeSeconds: number
  readonly refreshToken?: Secret
  /** `sub` of the ID token, unverified: it came over TLS from the token endpoint itself (OpenID Connect Core §3.1.3.7). */
  readonly user?: string
}

export interface MintFailure {
  readonly ok: false
  /** `refused` lasts until somebody changes something, `login` until somebody logs in; the others may pass by themselves. */
  readonly kind: 'refused' | 'unavailable' | 'timeout' | 'login'
  /** The `error` code of the authorization server, when it sent a well-formed one. */
  readonly error?: string
  /** Completes "the token endpoint …"; safe to show. */
  readonly problem: string
  /** What to do, where the kind alone does not say. */
  readonly hint?: string
  readonly retryAfterSeconds?: number
  /** It is the token that was shown for somebody which is no good. */
  readonly isOfSubject?: true
}

export type MintResult = { readonly ok: true; readonly token: IssuedToken } | MintFailure

const defaultLifetime = 300
const longestLifetime = 24 * 60 * 60
const longestToken = 16 * 1024
const passingStatuses = new Set([408, 425, 429])
const lastingFailures: ReadonlySet<ControlFailure> = new Set([
  'redirect',
  'certificate',
  'encoded',
  'forbidden',
])
const passingErrors = new Set(['temporarily_unavailable', 'server_error', 'slow_down'])

interface ResponseExpectations {
  readonly defaultExpiresIn?: number | undefined
  /** Token type identifier of an assertion that is asked for in place of an access token. */
  readonly issuedType?: string | undefined
  /** The token must be bound to the key of the request's proof (RFC 9449 §5). */
  readonly isBound?: boolean
}

type Fields = Readonly<Record<string, unknown>>

/** Reads an answer. `expires_in` may be a string, `token_type` may be missing, the body may be form-encoded. */
export function readTokenResponse(
  result: ControlResult,
  clock: Clock,
  { defaultExpiresIn = defaultLifetime, issuedType, isBound = false }: ResponseExpectations = {},
): MintResult {
  if (!result.ok) return unanswered(result)
  const fields = fieldsOf(result.text, result.header('content-type'))
  const error = errorCode(fields?.['error'])
  const rejected = result.status !== 200 || (fields !== undefined && 'error' in fields)
  if (rejected) return rejection(result, error, clock)
  if (fields === undefined) return unavailable('answered with something that is no token response')
  const problem =
    issuedType === undefined ? typeProblem(fields, isBound) : assertionProblem(fields, issuedType)
  return problem === undefined ? accept(fields, clock, defaultExpiresIn) : refused(problem)
}

/** Only a change of configuration, here or there, mends a redirect or a wrong certificate. */
function unanswered(result: Extract<ControlResult, { ok: false }>): MintFailure {
  if (result.failure === 'timeout') return { ok: false, kind: 'timeout', problem: result.detail }
  return lastingFailures.has(result.failure) ? refused(result.detail) : unavailable(result.detail)
}

function rejection(
  result: Extract<ControlResult, { ok: true }>,
  error: string | undefined,
  clock: Clock,
): MintFailure {
  const passing =
    result.status >= 500 ||
    passingStatuses.has(result.status) ||
    (error !== undefined && passingErrors.has(error))
  const wait = retryAfterSeconds(result.header('retry-after'), clock.now())
  return {
    ok: false,
    kind: passing ? 'unavailable' : 'refused',
    problem: `answered ${result.status}${error === undefined ? '' : ` ${error}`}`,
    ...(error === undefined ? {} : { error }),
    ...(wait === undefined ? {} : { retryAfterSeconds: wait }),
  }
}

/** Dapr and Go take a missing token_type as Bearer; any other type cannot be sent as one (RFC 6749 §7.1). */
function typeProblem({ token_type: type }: Fields, isBound: boolean): string | undefined {
  const wanted = isBound ? 'DPoP' : 'Bearer'
  if (typeof type === 'string' && type.toLowerCase() === wanted.toLowerCase()) return undefined
  if (type === undefined && !isBound) return undefined
  return `issued a token of a type other than ${wanted}`
}

/** An assertion is no access token (RFC 8693 §2.2.1), and one that passes for one might be sent as such. */
function assertionProblem(fields: Fields, issuedType: string): string | undefined {
  const { token_type: type, issued_token_type: issued } = fields
  const isNoAccessToken = typeof type === 'string' && type.toLowerCase() === 'n_a'
  return isNoAccessToken && issued === issuedType
    ? undefined
    : `issued something other than ${issuedType}`
}

function accept(
  fields: Readonly<Record<string, unknown>>,
  clock: Clock,
  defaultExpiresIn: number,
): MintResult {
  const value = fields['access_token']
  // Anything outside visible ASCII could end the header it is put into.
  if (typeof value !== 'string' || value.length > longestToken || !/^[\x21-\x7e]+$/.test(value)) {
    return unavailable('answered without a usable access_token')
  }
  const lifetimeSeconds = Math.min(
    announcedLifetime(fields['expires_in']) ?? defaultExpiresIn,
    innerLifetime(value, clock),
    longestLifetime,
  )
  if (lifetimeSeconds < 1) {
    return unavailable("issued a token that has expired already by this machine's clock")
  }
  const scope = typeof fields['scope'] === 'string' ? printable(fields['scope']) : undefined
  const token = { value: new Secret(value), scope, lifetimeSeconds, ...ofLogin(fields) }
  return { ok: true, token }
}

/** What only the grants of users bring along. */
function ofLogin(
  fields: Readonly<Record<string, unknown>>,
): Pick<IssuedToken, 'refreshToken' | 'user'> {
  const refreshToken = fields['refresh_token']
  const user = userIn(fields['id_token'])
  return {
    ...(typeof refreshToken === 'string' && refreshToken !== ''
      ? { refreshToken: new Secret(refreshToken) }
      : {}),
    ...(user === undefined ? {} : { user }),
  }
}

function userIn(idToken: unknown): string | undefined {
  const subject = typeof idToken === 'string' ? parseJws(idToken)?.payload['sub'] : undefined
  return typeof subject === 'string' ? printable(subject) : undefined
}

function announcedLifetime(expiresIn: unknown): number | undefined {
  if (typeof expiresIn === 'string' && expiresIn.trim() === '') return undefined
  if (typeof expiresIn !== 'number' && typeof expiresIn !== 'string') return undefined
  const seconds = Number(expiresIn)
  return Number.isNaN(seconds) ? undefined : seconds
}

/** A token that is a JWT does not live past its own `exp`. */
function innerLifetime(token: string, clock: Clock): number {
  const expiry = peekExpiry(token)
  return expiry === undefined ? longestLifetime : expiry - clock.now() / 1000
}

function fieldsOf(
  text: string,
  contentType: string | undefined,
): Readonly<Record<string, unknown>> | undefined {
  const mediaType = contentType?.split(';', 1)[0]?.trim().toLowerCase()
  if (mediaType === 'application/x-www-form-urlencoded' || mediaType === 'text/plain') {
    const form = Object.fromEntries(new URLSearchParams(text))
    if ('access_token' in form || 'error' in form) return form
  }
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    // The parser's message quotes the body, which may hold a token.
    return undefined
  }
}

/** RFC 6749 §5.2 allows more characters; all registered codes fit this, and nothing worse gets through. */
function errorCode(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Za-z0-9_.-]{1,64}$/.test(value) ? value : undefined
}

function printable(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '').slice(0, 200)
}

function refused(problem: string): MintFailure {
  return { ok: false, kind: 'refused', problem }
}

function unavailable(problem: string): MintFailure {
  return { ok: false, kind: 'unavailable', problem }
}
