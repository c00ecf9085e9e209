// Attaches an access token of the client_credentials grant to requests: what both OAuth component types do.
import { tokenHeaderProblem } from '../../core/header-rules.ts'
import { printableUrl } from '../../core/trusted-url.ts'
import type { Exchange, Reply, ResponseHead } from '../../core/exchange.ts'
import { wantsMoreScope } from '../../oauth/challenge.ts'
import type { IssuedToken } from '../../oauth/token-response.ts'
import type { TokenResult, TokenSource } from '../../oauth/token-source.ts'
import { readBearerChallenge } from '../../oauth/read-challenge.ts'
import { WideningTokens } from '../../oauth/widening-tokens.ts'
import { acquireTokenSource } from '../../oauth/token-sources.ts'
import { answer } from '../answer.ts'
import type { MetadataReader } from '../metadata.ts'
import type { ProvisionContext, Provisioned, WarmUpStep } from '../middleware.ts'
import { readPathFilter } from '../path-filter.ts'
import type { PathFilter } from '../path-filter.ts'
import { readOAuthClient, type ClientField } from './oauth-client.ts'

/** `headerField` is the name of the metadata field that names the header. */
export function provisionClientCredentials<HeaderField extends string>(
  reader: MetadataReader<ClientField | HeaderField>,
  headerField: HeaderField,
  context: ProvisionContext,
): Provisioned {
  const client = readOAuthClient(reader)
  const tokens = new WideningTokens({
    scopes: client.scopes,
    acquire: (scopes) => acquireTokenSource({ ...client, scopes }, context),
  })
  const summary = `client_credentials at ${printableUrl(client.tokenUrl)}`
  return provisionAttachment(reader, { ...widening(tokens), summary, headerField }, context)
}

/** Tokens that follow a resource which wants more scopes. */
export function widening(
  tokens: WideningTokens,
): Pick<Attached<string>, 'tokens' | 'release' | 'stepUp'> {
  return {
    tokens,
    release: () => tokens.close(),
    stepUp: ({ exchange, token, scopes }) => tokens.widen(token, scopes, exchange.signal),
  }
}

export interface Attached<HeaderField> {
  readonly tokens: Tokens
  readonly release: () => void
  readonly stepUp: StepUp
  readonly summary: string
  readonly headerField: HeaderField
}

/** A handler that attaches tokens, whatever grant they come from. Gives them back when it throws. */
export function provisionAttachment<HeaderField extends string>(
  reader: MetadataReader<ClientField | HeaderField>,
  { tokens, release, stepUp, summary, headerField }: Attached<HeaderField>,
  { name }: Pick<ProvisionContext, 'name'>,
): Provisioned {
  try {
    const headerName = readHeaderName(reader, headerField)
    const concerns = readPathFilter(reader)
    return {
      summary,
      warmUp: async (signal) => [describeToken(await tokens.obtain(signal), name)],
      ...attachment(tokens, { name: headerName, prefix: 'Bearer ' }, concerns, stepUp),
      close: release,
    }
  } catch (error) {
    release()
    throw error
  }
}

type Tokens = Pick<TokenSource, 'current' | 'obtain' | 'reject'>

/** What an upstream says when a token is good, and not good for enough (RFC 6750 §3.1). */
export interface ScopeRefusal {
  readonly exchange: Exchange
  readonly head: ResponseHead
  readonly token: IssuedToken
  /** All that the operation needs; at least one. */
  readonly scopes: readonly string[]
}

/** A token that is good for more; undefined when there is none. May add to the head. */
export type StepUp = (refusal: ScopeRefusal) => Promise<IssuedToken | undefined> | undefined

/**
 * Puts tokens into a header of requests, behind a prefix, renews one that an upstream refuses with 401, and asks `stepUp` for
 * one with the scopes that an upstream misses.
 */
export function attachment(
  source: Tokens,
  { name, prefix }: { readonly name: string; readonly prefix: string },
  concerns: PathFilter,
  stepUp?: StepUp,
): Required<Pick<Provisioned, 'onRequest' | 'onResponse'>> {
  /** Which token each request carries: only those get the 401 treatment. */
  const attached = new WeakMap<Exchange, IssuedToken>()

  // Set, not added as in Dapr: a caller's own value beside ours would let the upstream choose.
  const attach = (exchange: Exchange, token: IssuedToken): undefined => {
    exchange.headers.set(name, `${prefix}${token.value.reveal()}`)
    attached.set(exchange, token)
  }

  const obtain = async (exchange: Exchange): Promise<Reply | undefined> => {
    const result = await source.obtain(exchange.signal)
    return result.ok ? attach(exchange, result.token) : refusal(result)
  }

  // The same token again would meet the same refusal; without any, the upstream's own answer says most.
  const again = (
    exchange: Exchange,
    refused: IssuedToken,
    token: IssuedToken | undefined,
  ): 'retry' | undefined => {
    if (!exchange.replayable || token === undefined) return undefined
    if (token.value.reveal() === refused.value.reveal()) return undefined
    attach(exchange, token)
    return 'retry'
  }

  const renew = async (exchange: Exchange, refused: IssuedToken): Promise<'retry' | undefined> => {
    const result = await source.obtain(exchange.signal)
    return again(exchange, refused, result.ok ? result.token : undefined)
  }

  // Also for a request that cannot be sent again: the next one shall do better.
  const widen = (refused: ScopeRefusal): 'retry' | undefined | Promise<'retry' | undefined> => {
    const wider = refused.scopes.length === 0 ? undefined : stepUp?.(refused)
    return wider?.then((token) => again(refused.exchange, refused.token, token))
  }

  return {
    onRequest(exchange) {
      if (!concerns(exchange.path)) return undefined
      const token = source.current()
      return token === undefined ? obtain(exchange) : attach(exchange, token)
    },
    onResponse(exchange, head) {
      if (head.status !== 401 && head.status !== 403) return undefined
      const token = attached.get(exchange)
      if (token === undefined) return undefined
      const challenges = head.headers.values('www-authenticate')
      if (wantsMoreScope(challenges)) {
        const scopes = readBearerChallenge(challenges.join(', '))?.scopes ?? []
        return widen({ exchange, head, token, scopes })
      }
      // Forgotten even when this request cannot be sent again: the next one shall do better.
      if (head.status === 403 || !source.reject(token) || !exchange.replayable) return undefined
      return renew(exchange, token)
    },
  }
}

function refusal(result: Extract<TokenResult, { ok: false }>): Reply {
  const { error, retryAfterSeconds } = result
  return answer({
    status: error.status,
    code: error.code,
    message: error.hint === undefined ? error.message : `${error.message} ${error.hint}`,
    ...(error.detail === undefined ? {} : { reason: error.detail }),
    headers: error.status === 502 ? [] : ['retry-after', String(retryAfterSeconds)],
  })
}

/** OAuth error code (RFC 6749 §5.2, RFC 8707 §2) → the field that most likely caused it. */
const culprits: ReadonlyMap<string, ClientField> = new Map([
  ['invalid_client', 'clientSecret'],
  ['unauthorized_client', 'clientID'],
  ['invalid_scope', 'scopes'],
  ['invalid_target', 'audience'],
])

/** What the checklist says of a first token; `component` is whom a missing login is for. */
export function describeToken(result: TokenResult, component?: string): WarmUpStep {
  const what = 'first token'
  if (!result.ok) {
    const { code, message, hint, detail: oauthError = '' } = result.error
    const hinted = hint === undefined ? {} : { hint }
    if (code === 'LOGIN_REQUIRED' && component !== undefined) {
      return { what: 'login', ok: false, detail: message, login: component, ...hinted }
    }
    const field = culprits.get(oauthError) ?? 'tokenURL'
    return { what, ok: false, detail: message, field, ...hinted }
  }
  const { lifetimeSeconds, scope } = result.token
  const expiry = `expires in ${Math.floor(lifetimeSeconds)} s`
  return { what, ok: true, detail: scope === undefined ? expiry : `${expiry}, scope ${scope}` }
}

function readHeaderName<Field extends string>(reader: MetadataReader<Field>, field: Field): string {
  const name = reader.text(field) ?? 'Authorization'
  const problem = tokenHeaderProblem(name)
  if (problem !== undefined) throw reader.complaint(field, problem.problem, problem.hint)
  return name
}
