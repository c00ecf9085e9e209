// Attaches an access token of the client_credentials grant to requests: what both OAuth component types do.
import { tokenHeaderProblem } from '../../core/header-rules.ts'
import { printableUrl } from '../../core/trusted-url.ts'
import type { Exchange, Reply, ResponseHead } from '../../core/exchange.ts'
import { bearerChallenge, realm, wantsMoreScope } from '../../oauth/challenge.ts'
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
import type { OAuthClient } from '../../oauth/client.ts'
import type { DpopClient } from '../../oauth/dpop-client.ts'
import { learnNonce, proveOnSend, type Proofs } from './dpop-proofs.ts'
import type { ClientField } from './oauth-client.ts'

/** `headerField` is the name of the metadata field that names the header. */
export function provisionClientCredentials<HeaderField extends string>(
  reader: MetadataReader<ClientField | HeaderField>,
  client: OAuthClient,
  headerField: HeaderField,
  context: ProvisionContext,
): Provisioned {
  const tokens = new WideningTokens({
    scopes: client.scopes,
    acquire: (scopes) => acquireTokenSource({ ...client, scopes }, context),
  })
  const summary = `client_credentials at ${printableUrl(client.tokenUrl)}`
  return provisionAttachment(
    reader,
    { ...widening(tokens), summary, headerField, dpop: client.dpop },
    context,
  )
}

/** Tokens that follow a resource which wants more scopes. */
export function widening(
  tokens: WideningTokens,
): Required<Pick<Attached<string>, 'tokens' | 'release' | 'stepUp'>> {
  return {
    tokens,
    release: () => tokens.close(),
    stepUp: ({ exchange, token, scopes }) => tokens.widen(token, scopes, exchange.signal),
  }
}

export interface Attached<HeaderField> {
  readonly tokens: Tokens
  readonly release: () => void
  /** Undefined where nobody can say yes to more. */
  readonly stepUp?: StepUp
  readonly summary: string
  readonly headerField: HeaderField
  /** Of the client, when its tokens are bound. */
  readonly dpop?: DpopClient | undefined
}

/** A handler that attaches tokens, whatever grant they come from. Gives them back when it throws. */
export function provisionAttachment<HeaderField extends string>(
  reader: MetadataReader<ClientField | HeaderField>,
  { tokens, release, stepUp, summary, headerField, dpop }: Attached<HeaderField>,
  { name, clock }: Pick<ProvisionContext, 'name' | 'clock'>,
): Provisioned {
  try {
    const header = readTokenHeader(reader, headerField, dpop && { dpop, clock })
    return {
      summary,
      warmUp: async (signal) => [describeToken(await tokens.obtain(signal), name)],
      ...attachment(() => tokens, header, readPathFilter(reader), stepUp),
      close: release,
    }
  } catch (error) {
    release()
    throw error
  }
}

export interface TokenHeader {
  readonly name: string
  readonly prefix: string
  /** Set where each request proves that it has the key of its token. */
  readonly proofs?: Proofs
}

export type Tokens = Pick<TokenSource, 'current' | 'obtain' | 'reject'>

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

/** The tokens for a request; asked again, the same ones. An answer where the request cannot have any. */
export type ChooseTokens = (exchange: Exchange) => Tokens | Reply

/**
 * Puts tokens into a header of requests, behind a prefix, renews one that an upstream refuses with 401, and asks `stepUp` for
 * one with the scopes that an upstream misses.
 */
export function attachment(
  choose: ChooseTokens,
  header: TokenHeader,
  concerns: PathFilter,
  stepUp?: StepUp,
): Required<Pick<Provisioned, 'onRequest' | 'onResponse'>> {
  const tokens = new Attachment(choose, header, stepUp)
  return {
    onRequest: (exchange) => (concerns(exchange.path) ? tokens.attachTo(exchange) : undefined),
    onResponse: (exchange, head) => tokens.onAnswer(exchange, head),
  }
}

class Attachment {
  readonly #choose: ChooseTokens
  readonly #header: TokenHeader
  readonly #stepUp: StepUp | undefined
  /** Which token each request carries: only those get the 401 treatment. */
  readonly #attached = new WeakMap<Exchange, IssuedToken>()

  constructor(choose: ChooseTokens, header: TokenHeader, stepUp: StepUp | undefined) {
    this.#choose = choose
    this.#header = header
    this.#stepUp = stepUp
  }

  attachTo(exchange: Exchange): Reply | undefined | Promise<Reply | undefined> {
    const source = this.#choose(exchange)
    if (isReply(source)) return source
    const token = source.current()
    return token === undefined ? this.#obtain(exchange, source) : this.#attach(exchange, token)
  }

  onAnswer(exchange: Exchange, head: ResponseHead): Retry | Promise<Retry> {
    if (this.#header.proofs !== undefined && learnNonce(exchange, head)) return 'retry'
    if (head.status !== 401 && head.status !== 403) return undefined
    const token = this.#attached.get(exchange)
    if (token === undefined) return undefined
    const challenges = head.headers.values('www-authenticate')
    if (wantsMoreScope(challenges)) {
      const scopes = readBearerChallenge(challenges.join(', '))?.scopes ?? []
      return this.#widen({ exchange, head, token, scopes })
    }
    return head.status === 401 ? this.#replace(exchange, token) : undefined
  }

  // Set, not added as in Dapr: a caller's own value beside ours would let the upstream choose.
  #attach(exchange: Exchange, token: IssuedToken): undefined {
    const { name, prefix, proofs } = this.#header
    exchange.headers.set(name, `${prefix}${token.value.reveal()}`)
    this.#attached.set(exchange, token)
    if (proofs !== undefined) proveOnSend(exchange, token, proofs)
  }

  async #obtain(exchange: Exchange, source: Tokens): Promise<Reply | undefined> {
    const result = await source.obtain(exchange.signal)
    return result.ok ? this.#attach(exchange, result.token) : refusal(result)
  }

  #replace(exchange: Exchange, refused: IssuedToken): Retry | Promise<Retry> {
    const source = this.#choose(exchange)
    // Forgotten even when this request cannot be sent again: the next one shall do better.
    if (isReply(source) || !source.reject(refused) || !exchange.replayable) return undefined
    return source
      .obtain(exchange.signal)
      .then((result) => this.#again(exchange, refused, result.ok ? result.token : undefined))
  }

  // Also for a request that cannot be sent again: the next one shall do better.
  #widen(refused: ScopeRefusal): Retry | Promise<Retry> {
    const wider = refused.scopes.length === 0 ? undefined : this.#stepUp?.(refused)
    return wider?.then((token) => this.#again(refused.exchange, refused.token, token))
  }

  // The same token again would meet the same refusal; without any, the upstream's own answer says most.
  #again(exchange: Exchange, refused: IssuedToken, token: IssuedToken | undefined): Retry {
    if (!exchange.replayable || token === undefined) return undefined
    if (token.value.reveal() === refused.value.reveal()) return undefined
    this.#attach(exchange, token)
    return 'retry'
  }
}

type Retry = 'retry' | undefined

function refusal(result: Extract<TokenResult, { ok: false }>): Reply {
  const { error, retryAfterSeconds } = result
  return answer({
    status: error.status,
    code: error.code,
    message: error.hint === undefined ? error.message : `${error.message} ${error.hint}`,
    ...(error.detail === undefined ? {} : { reason: error.detail }),
    headers: refusalHeaders(error.status, retryAfterSeconds),
  })
}

function refusalHeaders(status: number, retryAfterSeconds: number): readonly string[] {
  if (status === 502) return []
  // It is the caller's token that is not good, and another one may be.
  if (status === 401)
    return ['www-authenticate', bearerChallenge([realm, ['error', 'invalid_token']])]
  return ['retry-after', String(retryAfterSeconds)]
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

function isReply(chosen: Tokens | Reply): chosen is Reply {
  return 'status' in chosen
}

/** The header that carries the token, and what goes in front of it. Throws HANDLER_UNUSABLE. */
export function readTokenHeader<Field extends string>(
  reader: MetadataReader<Field>,
  field: Field,
  proofs: Proofs | undefined,
): TokenHeader {
  const name = reader.text(field) ?? 'Authorization'
  const problem = tokenHeaderProblem(name)
  if (problem !== undefined) throw reader.complaint(field, problem.problem, problem.hint)
  if (proofs === undefined) return { name, prefix: 'Bearer ' }
  // RFC 9449 §7.1 knows no other.
  if (name.toLowerCase() === 'authorization') return { name, prefix: 'DPoP ', proofs }
  throw reader.complaint(field, 'is not Authorization, as dpop needs it', 'Remove one of them.')
}
