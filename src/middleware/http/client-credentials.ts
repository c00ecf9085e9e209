// Attaches an access token of the client_credentials grant to requests: what both OAuth component types do.
import { tokenHeaderProblem } from '../../core/header-rules.ts'
import { printableUrl } from '../../core/trusted-url.ts'
import type { Exchange, Reply, ResponseHead } from '../../core/exchange.ts'
import { bearerChallenge, realm, wantsMoreScope } from '../../oauth/challenge.ts'
import type { IssuedToken } from '../../oauth/token-response.ts'
import { TokenSource, type TokenResult } from '../../oauth/token-source.ts'
import type { Lease } from '../../oauth/leases.ts'
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
  const lease = acquireTokenSource(client, context)
  const summary = `client_credentials at ${printableUrl(client.tokenUrl)}`
  return provisionAttachment(reader, { lease, summary, headerField, dpop: client.dpop }, context)
}

interface Attached<HeaderField> {
  readonly lease: Lease<TokenSource>
  readonly summary: string
  readonly headerField: HeaderField
  /** Of the client, when its tokens are bound. */
  readonly dpop: DpopClient | undefined
}

/** A handler that attaches the tokens of a source, whatever grant they come from. Gives the lease back when it throws. */
export function provisionAttachment<HeaderField extends string>(
  reader: MetadataReader<ClientField | HeaderField>,
  { lease, summary, headerField, dpop }: Attached<HeaderField>,
  { name, clock }: Pick<ProvisionContext, 'name' | 'clock'>,
): Provisioned {
  const source = lease.value
  try {
    const header = readTokenHeader(reader, headerField, dpop && { dpop, clock })
    return {
      summary,
      warmUp: async (signal) => [describeToken(await source.obtain(signal), name)],
      ...attachment(() => source, header, readPathFilter(reader)),
      close: () => lease.release(),
    }
  } catch (error) {
    lease.release()
    throw error
  }
}

export interface TokenHeader {
  readonly name: string
  readonly prefix: string
  /** Set where each request proves that it has the key of its token. */
  readonly proofs?: Proofs
}

/** The source of the token for a request; asked again, the same one. An answer where the request cannot have one. */
export type ChooseSource = (exchange: Exchange) => TokenSource | Reply

/** Puts tokens into a header of requests, behind a prefix, and renews one that an upstream refuses with 401. */
export function attachment(
  choose: ChooseSource,
  { name, prefix, proofs }: TokenHeader,
  concerns: PathFilter,
): Required<Pick<Provisioned, 'onRequest' | 'onResponse'>> {
  /** Which token each request carries: only those get the 401 treatment. */
  const attached = new WeakMap<Exchange, IssuedToken>()

  // Set, not added as in Dapr: a caller's own value beside ours would let the upstream choose.
  const attach = (exchange: Exchange, token: IssuedToken): undefined => {
    exchange.headers.set(name, `${prefix}${token.value.reveal()}`)
    attached.set(exchange, token)
    if (proofs !== undefined) proveOnSend(exchange, token, proofs)
  }

  const obtain = async (exchange: Exchange, source: TokenSource): Promise<Reply | undefined> => {
    const result = await source.obtain(exchange.signal)
    return result.ok ? attach(exchange, result.token) : refusal(result)
  }

  const renew = async (
    exchange: Exchange,
    source: TokenSource,
    refused: IssuedToken,
  ): Promise<'retry' | undefined> => {
    const result = await source.obtain(exchange.signal)
    // The same token again would meet the same refusal; without any, the upstream's own 401 says most.
    if (!result.ok || result.token.value.reveal() === refused.value.reveal()) return undefined
    attach(exchange, result.token)
    return 'retry'
  }

  return {
    onRequest(exchange) {
      if (!concerns(exchange.path)) return undefined
      const source = choose(exchange)
      if (!(source instanceof TokenSource)) return source
      const token = source.current()
      return token === undefined ? obtain(exchange, source) : attach(exchange, token)
    },
    onResponse(exchange, head) {
      if (proofs !== undefined && learnNonce(exchange, head)) return 'retry'
      const token = head.status === 401 ? attached.get(exchange) : undefined
      if (token === undefined || isScopeRefusal(head)) return undefined
      const source = choose(exchange)
      // Forgotten even when this request cannot be sent again: the next one shall do better.
      if (!(source instanceof TokenSource) || !source.reject(token)) return undefined
      return exchange.replayable ? renew(exchange, source, token) : undefined
    },
  }
}

/** The same client would get a token with the same scopes. */
function isScopeRefusal(head: ResponseHead): boolean {
  return wantsMoreScope(head.headers.values('www-authenticate'))
}

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
