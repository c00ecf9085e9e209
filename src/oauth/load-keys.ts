// Fetches the signing keys of an issuer, from a given JWKS URL or one found by discovery.
import type { Clock } from '../core/clock.ts'
import type { ControlSender } from './control-request.ts'
import { discoverJwksUrl } from './discovery.ts'
import { parseJwks } from './jwks.ts'
import type { VerificationKey } from './jwks.ts'
import { retryAfterSeconds } from './retry-after.ts'

export interface LoadedKeys {
  readonly keys: readonly VerificationKey[]
  /** Members of the set that cannot be used. */
  readonly skipped: number
  readonly from: string
  /** How long the answer may be used without asking again; ms. */
  readonly lifetimeMs: number
}

export type LoadResult =
  | { readonly ok: true; readonly loaded: LoadedKeys }
  /** `problem` is a sentence without its full stop, safe for logs and the console. */
  | { readonly ok: false; readonly problem: string; readonly retryAfterSeconds?: number }

/** Never rejects. */
export type LoadKeys = (signal: AbortSignal) => Promise<LoadResult>

/** Exactly one of them: with a JWKS URL the issuer itself is never contacted. */
export type KeyLocation = { readonly jwksUrl: string } | { readonly issuer: string }

const timeoutMs = 5000
const answerCap = 512 * 1024
const minute = 60_000
const discoveryLifetimeMs = 60 * minute

export function createKeyLoader(
  location: KeyLocation,
  parts: { readonly send: ControlSender; readonly clock: Clock; readonly timeoutMs?: number },
): LoadKeys {
  const { send, clock } = parts
  let known: { readonly jwksUrl: string; readonly until: number } | undefined

  const locate = async (signal: AbortSignal): Promise<string | LoadResult> => {
    if ('jwksUrl' in location) return location.jwksUrl
    if (known !== undefined && clock.monotonic() < known.until) return known.jwksUrl
    const found = await discoverJwksUrl(location.issuer, send, signal)
    if (!found.ok) return failure(found.problem, found.retryAfter, clock)
    known = { jwksUrl: found.jwksUrl, until: clock.monotonic() + discoveryLifetimeMs }
    return found.jwksUrl
  }

  return async (signal) => {
    const url = await locate(signal)
    if (typeof url !== 'string') return url
    const result = await fetchKeys(
      url,
      { send, clock, timeoutMs: parts.timeoutMs ?? timeoutMs },
      signal,
    )
    // The issuer may have moved its keys: ask it again next time.
    if (!result.ok) known = undefined
    return result
  }
}

async function fetchKeys(
  url: string,
  parts: { readonly send: ControlSender; readonly clock: Clock; readonly timeoutMs: number },
  signal: AbortSignal,
): Promise<LoadResult> {
  const answer = await parts.send(
    {
      method: 'GET',
      url,
      headers: { accept: 'application/json, application/jwk-set+json' },
      timeoutMs: parts.timeoutMs,
      maxBytes: answerCap,
    },
    signal,
  )
  const from = withoutQuery(url)
  if (!answer.ok) return failure(`${from} ${answer.detail}`, undefined, parts.clock)
  if (answer.status !== 200) {
    return failure(`${from} answered ${answer.status}`, answer.header('retry-after'), parts.clock)
  }
  const parsed = parseJwks(answer.text)
  if (!parsed.ok) return failure(`the answer of ${from} ${parsed.problem}`, undefined, parts.clock)
  const lifetimeMs = lifetimeOf(answer.header('cache-control'))
  return { ok: true, loaded: { keys: parsed.keys, skipped: parsed.skipped, from, lifetimeMs } }
}

/** A server cannot make us ask more than once a minute, nor trust a withdrawn key for more than a day. */
function lifetimeOf(cacheControl: string | undefined): number {
  if (cacheControl === undefined) return 10 * minute
  if (/(?:^|[\s,])(?:no-store|no-cache)(?:$|[\s,=])/i.test(cacheControl)) return minute
  const seconds = /(?:^|[\s,])max-age="?(\d{1,9})/i.exec(cacheControl)?.[1]
  if (seconds === undefined) return 10 * minute
  return Math.min(24 * 60 * minute, Math.max(minute, Number(seconds) * 1000))
}

function withoutQuery(url: string): string {
  return url.split(/[?#]/, 1)[0] ?? url
}

function failure(problem: string, retryAfter: string | undefined, clock: Clock): LoadResult {
  const seconds = retryAfterSeconds(retryAfter, clock.now())
  return { ok: false, problem, ...(seconds === undefined ? {} : { retryAfterSeconds: seconds }) }
}
