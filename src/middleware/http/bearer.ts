// middleware.http.bearer: lets a request through only with a valid access token of an issuer for an audience.
import type { JsonObject } from '../../core/json.ts'
import type { Exchange, Reply } from '../../core/exchange.ts'
import { readCredentials } from '../../oauth/credentials.ts'
import type { KeySet } from '../../oauth/key-set.ts'
import { acquireKeySet } from '../../oauth/key-sets.ts'
import type { KeyLocation } from '../../oauth/load-keys.ts'
import { grantedScopes, missingScopes } from '../../oauth/scopes.ts'
import { AccessTokenVerifier, type Verdict } from '../../oauth/verifier.ts'
import { isPreflight, makeReadable, preflightReply } from '../cors.ts'
import type { Middleware, ProvisionContext, Provisioned, WarmUpStep } from '../middleware.ts'
import { metadataReply, type Protection } from '../resource-front.ts'
import { BearerAnswers } from './bearer-answers.ts'
import { readBearerSettings, type BearerField, type BearerSettings } from './bearer-settings.ts'

export const bearer: Middleware = {
  type: 'middleware.http.bearer',
  version: 'v1',
  provision(metadata, context): Provisioned {
    const settings = readBearerSettings(metadata, context)
    // In httpPipeline it guards the sidecar against its own app, which logs in nowhere for that.
    const front = context.pipeline === 'appHttpPipeline' ? settings.protection : undefined
    const keys = [...settings.keys].map(([issuer, location]) => {
      return { issuer, location, lease: acquireKeySet(location, context) }
    })
    const verifier = new AccessTokenVerifier({
      keys: new Map(keys.map(({ issuer, lease }) => [issuer, lease.value])),
      rules: settings.rules,
      clock: context.clock,
      read: (claims) => readClaims(claims, settings),
    })
    const answers = new BearerAnswers(front, settings.requiredScopes)
    const check = createCheck({ verifier, answers, settings, context })
    return {
      summary: summaryOf(settings),
      warmUp: (signal) =>
        Promise.all(keys.map(({ lease, location }) => loadKeys(lease.value, location, signal))),
      ...(front === undefined ? { onRequest: check } : openFront(front, check)),
      close: () => {
        for (const { lease } of keys) lease.release()
      },
    }
  },
}

/** What a request needs of the claims of its token. */
interface Reading {
  readonly principal: string | undefined
  /** The scopes that the token would have to have as well. */
  readonly missing: readonly string[]
  /** For the app: name, value, name, value, … */
  readonly headers: readonly string[]
}

function readClaims(claims: JsonObject, settings: BearerSettings): Reading {
  const { requiredScopes, scopeHierarchy, claimHeaders } = settings
  return {
    principal: principalOf(claims),
    missing: missingScopes(grantedScopes(claims), requiredScopes, scopeHierarchy),
    headers: claimHeaders.valuesOf(claims),
  }
}

/** RFC 9068 §2.2 `client_id`, else the subject, as far as it can be printed. */
function principalOf({ client_id: clientId, sub }: JsonObject): string | undefined {
  const name = clientId ?? sub
  return typeof name === 'string' && /^[\x21-\x7e]{1,128}$/.test(name) ? name : undefined
}

type Check = (exchange: Exchange) => Reply | undefined | Promise<Reply | undefined>

/** Answers itself, and lets nobody through by that way, what clients ask before they have a token. */
function openFront(
  protection: Protection,
  check: Check,
): Required<Pick<Provisioned, 'onRequest' | 'onResponse'>> {
  return {
    onRequest(exchange) {
      if (isPreflight(exchange)) return preflightReply(exchange)
      return metadataReply(exchange, protection) ?? check(exchange)
    },
    onResponse(exchange, head) {
      makeReadable(head, exchange)
      return undefined
    },
  }
}

interface CheckParts {
  readonly verifier: AccessTokenVerifier<Reading>
  readonly answers: BearerAnswers
  readonly settings: BearerSettings
  readonly context: ProvisionContext
}

function createCheck({ verifier, answers, settings, context }: CheckParts): Check {
  const { claimHeaders, forwardToken } = settings
  const conclude = (exchange: Exchange, verdict: Verdict<Reading>): Reply | undefined => {
    if (!verdict.accepted) {
      return verdict.reason === 'keys'
        ? answers.undecided(exchange, verdict.retryAfterSeconds)
        : answers.invalid(exchange, verdict.explanation)
    }
    const { principal, missing, headers } = verdict.reading
    if (principal !== undefined) exchange.principal = principal
    if (missing.length > 0) return answers.insufficient(exchange, missing)
    claimHeaders.put(exchange.headers, headers)
    if (!forwardToken) exchange.headers.delete('authorization')
    return undefined
  }
  return (exchange) => {
    const credentials = readCredentials(exchange.headers, exchange.query)
    if (credentials.kind === 'none') return answers.missing(exchange)
    if (credentials.kind === 'repeated') return answers.repeated(exchange)
    if (credentials.kind === 'malformed') return answers.invalid(exchange, 'format')
    const verdict = verifier.verify(credentials.token, exchange)
    if (!(verdict instanceof Promise)) return conclude(exchange, verdict)
    return verdict.then((later) => {
      context.logger.debug('a request waited for signing keys', { handler: context.name })
      return conclude(exchange, later)
    })
  }
}

function summaryOf({ keys, rules }: BearerSettings): string {
  return `tokens of ${[...keys.keys()].join(' or ')} for ${rules.audiences.join(' or ')}`
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
