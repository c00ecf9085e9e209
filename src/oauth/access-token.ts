// Whether a JWT access token is meant for us and valid now (RFC 9068 §4, RFC 8725 §3). Everything but the signature.
import { isJsonObject } from '../core/json.ts'
import type { JsonObject } from '../core/json.ts'
import { clip, printable } from '../core/quote.ts'
import type { RequiredClaim } from '../core/token-settings.ts'
import { isAlgorithm } from './algorithms.ts'

/** Why a token is rejected: for the access log, never for the caller. */
export type Rejection =
  | 'format'
  | 'algorithm'
  | 'critical'
  | 'type'
  | 'kid'
  | 'signature'
  | 'issuer'
  | 'audience'
  | 'claims'
  | 'required-claim'
  | 'expired'
  | 'not-yet-valid'
  | 'lifetime'
  | 'confirmation'
  | 'inactive'

export interface AccessTokenRules {
  /** Compared code unit by code unit. */
  readonly issuers: readonly string[]
  /** A token needs one of them. */
  readonly audiences: readonly string[]
  /** Seconds by which the clocks may differ. */
  readonly clockSkew: number
  /** Seconds between `iat` and `exp`, at most. */
  readonly maxLifetime?: number
  /** The only `typ` accepted, such as `at+jwt` (RFC 9068 §2.1). */
  readonly requireTyp?: string
  readonly requiredClaims?: readonly RequiredClaim[]
  /** Whether tokens that are bound to a key are taken: whoever does must ask for the proof. */
  readonly takesKeyBound?: boolean
}

export interface JoseHeader {
  readonly algorithm: string
  readonly kid: string | undefined
}

/**
 * The span of wall time (seconds since the epoch) in which accepted claims need no second look; `until` is exclusive.
 * It ends at `exp`: what lives on the skew alone is looked at each time.
 */
export interface Validity {
  readonly from: number
  readonly until: number
}

/** What access tokens carry in practice; other types are logout, event and proof tokens (RFC 8725 §3.11). */
const plainTypes = new Set(['jwt', 'at+jwt', 'application/at+jwt'])

/** Checks the header without touching `jku`, `x5u`, `jwk` or `x5c`: a token does not choose its own key. */
export function checkHeader(header: JsonObject, rules: AccessTokenRules): JoseHeader | Rejection {
  const { alg, kid, typ } = header
  if (typeof alg !== 'string' || !isAlgorithm(alg)) return 'algorithm'
  // We understand no critical extension, and RFC 7797's b64 changes what is signed.
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64')) return 'critical'
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > 256)) return 'kid'
  return isAcceptedType(typ, rules.requireTyp) ? { algorithm: alg, kid } : 'type'
}

/** Checks the claims against the rules at wall time `now` (seconds since the epoch). */
export function checkClaims(
  payload: JsonObject,
  rules: AccessTokenRules,
  now: number,
): Validity | Rejection {
  const { iss } = payload
  if (typeof iss !== 'string' || !rules.issuers.includes(iss)) return 'issuer'
  if (!hasAudience(payload['aud'], rules.audiences)) return 'audience'
  // Bound to a key or certificate (RFC 9449 §7, RFC 8705 §3): as a plain bearer token it may be stolen.
  if (Object.hasOwn(payload, 'cnf')) {
    if (rules.takesKeyBound !== true || boundKeyOf(payload) === undefined) return 'confirmation'
  }
  if (!isText(payload['sub']) || !isText(payload['jti'])) return 'claims'
  if (missingClaim(payload, rules) !== undefined) return 'required-claim'
  return checkTimes(payload, rules, now)
}

/** RFC 7638 thumbprint of the key that a token is bound to, and to nothing else (RFC 9449 §6.1). */
export function boundKeyOf({ cnf }: JsonObject): string | undefined {
  if (!isJsonObject(cnf) || Object.keys(cnf).length !== 1) return undefined
  const { jkt } = cnf
  return typeof jkt === 'string' && /^[A-Za-z0-9_-]{43}$/.test(jkt) ? jkt : undefined
}

/**
 * The rejection for the operator's log: for a wrong issuer or audience also the one that the token has, which is
 * anybody's text, and the one expected. No other claim is shown.
 */
export function explainRejection(
  rejection: Rejection,
  payload: JsonObject,
  rules: AccessTokenRules,
): string {
  if (rejection === 'issuer') return compared('issuer', payload['iss'], rules.issuers)
  if (rejection === 'audience') return compared('audience', payload['aud'], rules.audiences)
  if (rejection === 'required-claim') return `claim ${missingClaim(payload, rules)?.name ?? ''}`
  return rejection
}

function missingClaim(
  payload: JsonObject,
  { requiredClaims = [] }: AccessTokenRules,
): RequiredClaim | undefined {
  return requiredClaims.find(({ name, value }) => {
    const claim = Object.hasOwn(payload, name) ? (payload[name] ?? undefined) : undefined
    if (claim === undefined || value === undefined) return claim === undefined
    const items: readonly unknown[] = Array.isArray(claim) ? claim : [claim]
    return !items.some((item) => item === value || (isPlain(item) && String(item) === value))
  })
}

function isPlain(item: unknown): item is number | boolean {
  return typeof item === 'number' || typeof item === 'boolean'
}

function compared(name: string, found: unknown, expected: readonly string[]): string {
  const wanted = expected.map((one) => shown(one)).join(' or ')
  return `${name} ${shown(found)}, expected ${wanted}`
}

/** As JSON, so that no text can pass for what stands around it. */
function shown(claim: unknown): string {
  if (claim === undefined) return 'missing'
  const items: readonly unknown[] = Array.isArray(claim) ? claim : [claim]
  if (!items.every((item) => typeof item === 'string')) return 'of a wrong type'
  return printable(clip(JSON.stringify(claim)))
}

function checkTimes(
  payload: JsonObject,
  rules: AccessTokenRules,
  now: number,
): Validity | Rejection {
  const { exp, nbf, iat } = payload
  if (!isTime(exp) || !isOptionalTime(nbf) || !isOptionalTime(iat)) return 'claims'
  const from = Math.max(nbf ?? 0, iat ?? 0) - rules.clockSkew
  if (now >= exp + rules.clockSkew) return 'expired'
  if (now < from) return 'not-yet-valid'
  if (rules.maxLifetime !== undefined && exp - (iat ?? now) > rules.maxLifetime) return 'lifetime'
  return { from, until: exp }
}

function isAcceptedType(typ: unknown, required: string | undefined): boolean {
  if (typ === undefined) return required === undefined
  if (typeof typ !== 'string') return false
  if (required === undefined) return plainTypes.has(typ.toLowerCase())
  return mediaType(typ) === mediaType(required)
}

/** RFC 7515 §4.1.9: `at+jwt` is short for `application/at+jwt`. */
function mediaType(typ: string): string {
  return typ.toLowerCase().replace(/^application\//, '')
}

/** RFC 7519 §4.1.3: a string or an array of strings; an array of anything else is no audience at all. */
function hasAudience(aud: unknown, wanted: readonly string[]): boolean {
  if (typeof aud === 'string') return wanted.includes(aud)
  if (!Array.isArray(aud)) return false
  return aud.every((item) => typeof item === 'string') && wanted.some((one) => aud.includes(one))
}

function isText(value: unknown): boolean {
  return value === undefined || typeof value === 'string'
}

/** JSON's `1e400` parses to Infinity, which would never expire. */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function isOptionalTime(value: unknown): value is number | undefined {
  return value === undefined || isTime(value)
}
