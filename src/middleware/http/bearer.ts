// middleware.http.bearer: lets a request through only with a valid JWT access token of the issuer for the audience.
import type { JsonObject } from '../../core/json.ts'
import type { Exchange, Reply } from '../../core/exchange.ts'
import { readCredentials } from '../../oauth/credentials.ts'
import type { KeySet } from '../../oauth/key-set.ts'
import { acquireKeySet } from '../../oauth/key-sets.ts'
import type { KeyLocation } from '../../oauth/load-keys.ts'
import { AccessTokenVerifier } from '../../oauth/verifier.ts'
import type { Verdict } from '../../oauth/verifier.ts'
import { isPreflight, makeReadable, preflightReply } from '../cors.ts'
import { readMetadata } from '../metadata.ts'
import type { Middleware, ProvisionContext, Provisioned, WarmUpStep } from '../middleware.ts'
import { metadataReply, type Protection } from '../resource-front.ts'
import { BearerAnswers } from './bearer-answers.ts'
import { readKeyLocation, readProtection, readRules, type BearerField } from './bearer-settings.ts'

export const bearer: Middleware = {
  type: 'middleware.http.bearer',
  version: 'v1',
  provision(metadata, context): Provisioned {
    const reader = readMetadata<BearerField>(metadata, context)
    const rules = readRules(reader)
    const location = readKeyLocation(reader, rules.issuer)
    const forwardToken = reader.flag('forwardToken', true)
    const protection = readProtection(reader, rules.issuer)
    // In httpPipeline it guards the sidecar against its own app, which logs in nowhere for that.
    const front = context.pipeline === 'appHttpPipeline' ? protection : undefined
    const lease = acquireKeySet(location, context)
    const verifier = new AccessTokenVerifier(lease.value, rules, context.clock)
    const check = createCheck(verifier, new BearerAnswers(front), forwardToken, context)
    return {
      summary: `tokens of ${rules.issuer} for ${rules.audience}`,
      warmUp: async (signal) => [await loadKeys(lease.value, location, signal)],
      ...(front === undefined ? { onRequest: check } : openFront(front, check)),
      close: () => lease.release(),
    }
  },
}

type Check = (exchange: Exchange) => Reply | undefined | Promise<Reply | undefined>

/** Lets through to nobody, and answers itself, what clients ask before they have a token. */
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

function createCheck(
  verifier: AccessTokenVerifier,
  answers: BearerAnswers,
  forwardToken: boolean,
  context: ProvisionContext,
): Check {
  const conclude = (exchange: Exchange, verdict: Verdict): Reply | undefined => {
    if (!verdict.accepted) {
      return verdict.reason === 'keys'
        ? answers.undecided(exchange, verdict.retryAfterSeconds)
        : answers.invalid(exchange, verdict.explanation)
    }
    const principal = principalOf(verdict.claims)
    if (principal !== undefined) exchange.principal = principal
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

/** RFC 9068 §2.2 `client_id`, else the subject, as far as it can be printed. */
function principalOf({ client_id: clientId, sub }: JsonObject): string | undefined {
  const name = clientId ?? sub
  return typeof name === 'string' && /^[\x21-\x7e]{1,128}$/.test(name) ? name : undefined
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
