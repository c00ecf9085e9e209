// The grants that oidc-provider leaves to whoever uses it, and the access tokens that they end in.
import { errors } from 'oidc-provider'
import type { AccessToken, Provider, RequestContext } from 'oidc-provider'
import {
  checkDpopReplay,
  checkDpopRequired,
  resolveRequestedResources,
  validateClientScope,
  validateDpop,
} from 'oidc-provider/lib/helpers/grants.js'
import type { Clock } from '../../core/clock.ts'
import type { JsonObject } from '../../core/json.ts'
import type { IdpClient } from './clients.ts'
import type { OwnJwts } from './own-jwts.ts'

/** What such a grant works with. */
export interface GrantParts {
  readonly issuer: string
  readonly clock: Clock
  /** Those that a person configured. */
  readonly clients: readonly IdpClient[]
  readonly jwts: OwnJwts
}

type Oidc = NonNullable<RequestContext['oidc']>

export type GrantContext = RequestContext & {
  readonly oidc: Oidc & Required<Pick<Oidc, 'client' | 'params'>>
}

export interface OwnGrant {
  /** `grant_type`. */
  readonly type: string
  readonly parameters: readonly string[]
  /** Called for a client that has authenticated and may use the grant. Returns the body of the answer. */
  answer(ctx: GrantContext, parts: GrantParts): Promise<object>
}

/** Lets `provider` answer requests with the grant type. */
export function addGrant(provider: Provider, grant: OwnGrant, parts: GrantParts): void {
  provider.registerGrantType(
    grant.type,
    async (ctx) => {
      if (!isOfClient(ctx)) throw new errors.InvalidRequest('no client has authenticated')
      ctx.body = await grant.answer(ctx, parts)
    },
    grant.parameters,
  )
}

function isOfClient(ctx: RequestContext): ctx is GrantContext {
  return ctx.oidc?.client !== undefined && ctx.oidc.params !== undefined
}

export interface NewToken {
  readonly subject: string
  /** Space-separated. */
  readonly scope: string
  /** More claims of the token. */
  readonly claims?: JsonObject
}

const claimsOfTokens = new WeakMap<object, JsonObject>()

/** What `issueAccessToken` adds to the claims of `token`. */
export function grantedClaims(token: object): JsonObject {
  return claimsOfTokens.get(token) ?? {}
}

/**
 * A JWT access token for the one `resource` or `audience` of the request, as the body of an answer. Throws invalid_target,
 * and invalid_scope where the client may not have what it asks for.
 */
export async function issueAccessToken(
  ctx: GrantContext,
  { subject, scope, claims = {} }: NewToken,
): Promise<object> {
  const { provider, client, params } = ctx.oidc
  params['scope'] = scope === '' ? undefined : scope
  const [resourceServer, second] = await resolveRequestedResources(provider, ctx)
  if (resourceServer === undefined || second !== undefined) {
    throw new errors.InvalidTarget('name the wanted audience with one resource or audience')
  }
  validateClientScope(provider, ctx)
  const token = new provider.AccessToken({ accountId: subject, client, gty: params['grant_type'] })
  token.resourceServer = resourceServer
  if (scope !== '') token.scope = scope
  claimsOfTokens.set(token, claims)
  await bindToKey(ctx, token)
  const accessToken = await token.save()
  return {
    access_token: accessToken,
    token_type: token.tokenType,
    expires_in: token.expiration,
    ...(scope === '' ? {} : { scope }),
  }
}

/** Binds the token to the key of the request's DPoP proof. Throws where a proof is wrong, or missing though the client needs one. */
async function bindToKey(ctx: GrantContext, token: AccessToken): Promise<void> {
  const { provider, client } = ctx.oidc
  const proof = await validateDpop(provider, ctx)
  checkDpopRequired(provider, ctx, proof)
  if (proof === undefined) return
  await checkDpopReplay(provider, ctx, proof, client.clientId)
  token.setThumbprint('jkt', proof.thumbprint)
}

/** A parameter that may be left out. */
export function optionalParameter({ oidc }: GrantContext, name: string): string | undefined {
  const value = oidc.params[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** Throws invalid_request where it is missing. */
export function parameter(ctx: GrantContext, name: string): string {
  const value = optionalParameter(ctx, name)
  if (value === undefined) throw new errors.InvalidRequest(`missing required parameter ${name}`)
  return value
}
