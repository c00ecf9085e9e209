// middleware.http.bearer: lets a request through only with a valid access token of an issuer for an audience.
import type { JsonObject } from '../../core/json.ts'
import type { Exchange, Reply } from '../../core/exchange.ts'
import { boundKeyOf } from '../../oauth/access-token.ts'
import { readCredentials, type Credentials } from '../../oauth/credentials.ts'
import { grantedScopes, missingScopes } from '../../oauth/scopes.ts'
import type { TokenJudge, Verdict } from '../../oauth/verifier.ts'
import { isPreflight, makeReadable, preflightReply } from '../cors.ts'
import type { Middleware, ProvisionContext, Provisioned } from '../middleware.ts'
import { metadataReply, type Protection } from '../resource-front.ts'
import { BearerAnswers } from './bearer-answers.ts'
import { scopesOfCall } from './bearer-tools.ts'
import { createPossession, type Possession } from './bearer-possession.ts'
import { createJudge } from './bearer-judge.ts'
import { readBearerSettings, type BearerSettings } from './bearer-settings.ts'

export const bearer: Middleware = {
  type: 'middleware.http.bearer',
  version: 'v1',
  provision(metadata, context): Provisioned {
    const settings = readBearerSettings(metadata, context)
    // In httpPipeline it guards the sidecar against its own app, which logs in nowhere for that.
    const front = context.pipeline === 'appHttpPipeline' ? settings.protection : undefined
    const judge = createJudge(settings, context, (claims) =>
      readClaims(claims, settings, context.handsOnClaims === true),
    )
    const possession = createPossession(settings, context)
    const answers = new BearerAnswers(front, settings.requiredScopes, possession)
    const check = createCheck({ judge, possession, answers, settings, context })
    return {
      summary: summaryOf(settings),
      warmUp: (signal) => judge.warmUp(signal),
      ...(front === undefined ? { onRequest: check } : openFront(front, check, possession)),
      close() {
        judge.close()
        possession?.close()
      },
    }
  },
}

/** What a request needs of the claims of its token. */
interface Reading {
  readonly principal: string | undefined
  /** Thumbprint of the key that the token is bound to. */
  readonly jkt: string | undefined
  /** The scopes that the token would have to have as well. */
  readonly missing: readonly string[]
  /** Those that the token has; undefined where no tool needs any. */
  readonly granted: ReadonlySet<string> | undefined
  /** For the app: name, value, name, value, … */
  readonly headers: readonly string[]
  /** All of them, where a handler behind it reads them. */
  readonly claims?: JsonObject
}

function readClaims(claims: JsonObject, settings: BearerSettings, handsOn: boolean): Reading {
  const { requiredScopes, scopeHierarchy, toolScopes, claimHeaders } = settings
  const granted = grantedScopes(claims)
  return {
    principal: principalOf(claims),
    jkt: boundKeyOf(claims),
    missing: missingScopes(granted, requiredScopes, scopeHierarchy),
    granted: toolScopes === undefined ? undefined : granted,
    headers: claimHeaders.valuesOf(claims),
    ...(handsOn ? { claims } : {}),
  }
}

/** RFC 9068 §2.2 `client_id`, else the subject, as far as it can be printed. */
function principalOf({ client_id: clientId, sub }: JsonObject): string | undefined {
  const name = clientId ?? sub
  return typeof name === 'string' && /^[\x21-\x7e]{1,128}$/.test(name) ? name : undefined
}

type Token = Extract<Credentials, { readonly kind: 'token' }>
type Check = (exchange: Exchange) => Reply | undefined | Promise<Reply | undefined>

/** Answers itself, and lets nobody through by that way, what clients ask before they have a token. */
function openFront(
  protection: Protection,
  check: Check,
  possession: Possession | undefined,
): Required<Pick<Provisioned, 'onRequest' | 'onResponse'>> {
  return {
    onRequest(exchange) {
      if (isPreflight(exchange)) return preflightReply(exchange)
      return metadataReply(exchange, protection) ?? check(exchange)
    },
    onResponse(exchange, head) {
      makeReadable(head, exchange)
      const nonce = possession?.nonce()
      if (nonce !== undefined) head.headers.set('dpop-nonce', nonce)
      return undefined
    },
  }
}

interface CheckParts {
  readonly judge: TokenJudge<Reading>
  readonly possession: Possession | undefined
  readonly answers: BearerAnswers
  readonly settings: BearerSettings
  readonly context: ProvisionContext
}

/** Makes of a request whose token is good what goes on. */
function createAdmit({ claimHeaders, forwardToken }: BearerSettings) {
  return (exchange: Exchange, { headers, claims }: Reading): undefined => {
    if (claims !== undefined) exchange.claims = claims
    claimHeaders.put(exchange.headers, headers)
    if (!forwardToken) {
      exchange.headers.delete('authorization')
      exchange.headers.delete('dpop')
    }
  }
}

function createCheck({ judge, possession, answers, settings, context }: CheckParts): Check {
  const { toolScopes = [], scopeHierarchy } = settings
  const admit = createAdmit(settings)
  const admitTools = async (
    exchange: Exchange,
    granted: ReadonlySet<string>,
    scheme: Token['scheme'],
  ): Promise<Reply | undefined> => {
    const needed = await scopesOfCall(exchange, toolScopes)
    if ('status' in needed) return needed
    const missing = missingScopes(granted, needed, scopeHierarchy)
    return missing.length === 0
      ? undefined
      : answers.insufficient(exchange, missing, scheme, needed)
  }
  const conclude = (
    exchange: Exchange,
    presented: Token,
    verdict: Verdict<Reading>,
  ): Reply | undefined | Promise<Reply | undefined> => {
    if (!verdict.accepted) {
      return 'retryAfterSeconds' in verdict
        ? answers.undecided(exchange, verdict)
        : answers.invalid(exchange, verdict.explanation, presented.scheme)
    }
    const { principal, jkt, missing, granted } = verdict.reading
    const problem = possession?.problemOf(exchange, presented, jkt)
    if (problem !== undefined) {
      return 'proof' in problem
        ? answers.unproven(exchange, problem.proof)
        : answers.invalid(exchange, problem.token, presented.scheme)
    }
    if (principal !== undefined) exchange.principal = principal
    if (missing.length > 0) return answers.insufficient(exchange, missing, presented.scheme)
    if (granted === undefined) return admit(exchange, verdict.reading)
    return admitTools(exchange, granted, presented.scheme).then(
      (reply) => reply ?? admit(exchange, verdict.reading),
    )
  }
  return (exchange) => {
    const credentials = readCredentials(exchange.headers, exchange.query, possession !== undefined)
    if (credentials.kind === 'none') return answers.missing(exchange)
    if (credentials.kind === 'repeated') return answers.repeated(exchange)
    if (credentials.kind === 'malformed') return answers.invalid(exchange, 'format')
    const verdict = judge.verify(credentials.token, exchange)
    if (!(verdict instanceof Promise)) return conclude(exchange, credentials, verdict)
    return verdict.then((later) => {
      context.logger.debug('a request waited for the verdict on its token', {
        handler: context.name,
      })
      return conclude(exchange, credentials, later)
    })
  }
}

function summaryOf({ keys, rules }: BearerSettings): string {
  return `tokens of ${[...keys.keys()].join(' or ')} for ${rules.audiences.join(' or ')}`
}
