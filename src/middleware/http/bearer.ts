// middleware.http.bearer: lets a request through only with a valid JWT access token of the issuer for the audience.
import type { JsonObject } from '../../core/json.ts'
import type { Exchange, Reply } from '../../core/exchange.ts'
import type { AccessTokenRules } from '../../oauth/access-token.ts'
import { bearerChallenge, invalidRequestChallenge, realm } from '../../oauth/challenge.ts'
import { readCredentials } from '../../oauth/credentials.ts'
import type { KeySet } from '../../oauth/key-set.ts'
import { acquireKeySet } from '../../oauth/key-sets.ts'
import type { KeyLocation } from '../../oauth/load-keys.ts'
import { AccessTokenVerifier } from '../../oauth/verifier.ts'
import type { Verdict } from '../../oauth/verifier.ts'
import type { BearerMetadata } from '../../core/generated/types.ts'
import { answer } from '../answer.ts'
import { readMetadata } from '../metadata.ts'
import type { MetadataReader } from '../metadata.ts'
import type { Middleware, ProvisionContext, Provisioned, WarmUpStep } from '../middleware.ts'
import { readUrl } from './oauth-client.ts'

type Field = keyof BearerMetadata

/** Dapr's allowance (bearer_middleware.go, allowedClockSkew), and the most that clockSkew may ask for. */
const defaultSkewSeconds = 300
const year = 365 * 24 * 60 * 60

export const bearer: Middleware = {
  type: 'middleware.http.bearer',
  version: 'v1',
  provision(metadata, context): Provisioned {
    const reader = readMetadata<Field>(metadata, context)
    const rules = readRules(reader)
    const location = readKeyLocation(reader, rules.issuer)
    const forwardToken = reader.flag('forwardToken', true)
    const lease = acquireKeySet(location, context)
    const verifier = new AccessTokenVerifier(lease.value, rules, context.clock)
    return {
      summary: `tokens of ${rules.issuer} for ${rules.audience}`,
      warmUp: async (signal) => [await loadKeys(lease.value, location, signal)],
      onRequest: createCheck(verifier, forwardToken, context),
      close: () => lease.release(),
    }
  },
}

function createCheck(
  verifier: AccessTokenVerifier,
  forwardToken: boolean,
  context: ProvisionContext,
): (exchange: Exchange) => Reply | undefined | Promise<Reply | undefined> {
  const conclude = (exchange: Exchange, verdict: Verdict): Reply | undefined => {
    if (!verdict.accepted) return rejection(verdict)
    const principal = principalOf(verdict.claims)
    if (principal !== undefined) exchange.principal = principal
    if (!forwardToken) exchange.headers.delete('authorization')
    return undefined
  }
  return (exchange) => {
    const credentials = readCredentials(exchange.headers, exchange.query)
    if (credentials.kind === 'none') return missing
    if (credentials.kind === 'repeated') return repeated
    if (credentials.kind === 'malformed') return invalid('format')
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

function rejection(verdict: Extract<Verdict, { accepted: false }>): Reply {
  if (verdict.reason !== 'keys') return invalid(verdict.explanation)
  return answer({
    status: 503,
    code: 'KEYS_UNAVAILABLE',
    message: 'The access token cannot be checked now.',
    headers: ['retry-after', String(verdict.retryAfterSeconds)],
  })
}

/** RFC 6750 §3 wants no error code where no token was sent. */
const missing = answer({
  status: 401,
  code: 'TOKEN_MISSING',
  message: 'The request carries no access token.',
  headers: ['www-authenticate', bearerChallenge([realm])],
})

const repeated = answer({
  status: 400,
  code: 'TOKEN_REQUEST_INVALID',
  message: 'The request presents its access token in more than one way.',
  headers: ['www-authenticate', invalidRequestChallenge],
})

/** The caller learns that the token is not accepted; why is for the access log. */
function invalid(reason: string): Reply {
  const phrase = 'The access token is not valid'
  const challenge = bearerChallenge([
    realm,
    ['error', 'invalid_token'],
    ['error_description', phrase],
  ])
  return answer({
    status: 401,
    code: 'TOKEN_INVALID',
    message: `${phrase}.`,
    reason,
    headers: ['www-authenticate', challenge],
  })
}

function readRules(reader: MetadataReader<Field>): AccessTokenRules {
  const maxLifetime = reader.seconds('maxLifetime', { min: 1, max: year })
  const requireTyp = reader.text('requireTyp')
  return {
    issuer: reader.requiredText('issuer'),
    audience: reader.requiredText('audience'),
    clockSkew:
      reader.seconds('clockSkew', { min: 0, max: defaultSkewSeconds }) ?? defaultSkewSeconds,
    ...(maxLifetime === undefined ? {} : { maxLifetime }),
    ...(requireTyp === undefined ? {} : { requireTyp }),
  }
}

/** An issuer only has to be a URL when its keys are found through it. */
function readKeyLocation(reader: MetadataReader<Field>, issuer: string): KeyLocation {
  if (reader.text('jwksURL') !== undefined) return { jwksUrl: readUrl(reader, 'jwksURL').href }
  readUrl(reader, 'issuer')
  return { issuer }
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
  const field: Field = 'issuer' in location ? 'issuer' : 'jwksURL'
  return {
    what,
    ok: false,
    field,
    detail: result.problem,
    hint: `Check that the authorization server runs and that ${field} is right.`,
  }
}
