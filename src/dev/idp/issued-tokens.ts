// Introspection (RFC 7662) and revocation (RFC 7009) of the JWT access tokens that oidc-provider leaves out of its own.
import { createLocalJWKSet, jwtVerify, type JWTPayload } from 'jose'
import { errors } from 'oidc-provider'
import type { Client, RequestContext } from 'oidc-provider'
import type { Clock } from '../../core/clock.ts'
import { isJsonObject } from '../../core/json.ts'
import { isPublic } from './cors.ts'
import type { SigningKeys } from './keys.ts'
import { routes } from './routes.ts'
import type { IdpStore } from './store.ts'

interface Issued {
  readonly clientId?: string
}

const notTheirs = {
  error: 'invalid_request',
  error_description: 'client is not authorized to revoke the presented token',
}

/** The feature of oidc-provider, for refresh and opaque tokens. A public client learns of its own tokens alone. */
export const introspectionFeature = {
  enabled: true,
  allowedPolicy: (_ctx: RequestContext, client: Client, token: Issued): boolean =>
    !isPublic(client) || token.clientId === client.clientId,
}

/** The feature of oidc-provider, for refresh and opaque tokens. Each client revokes its own; a public one is not told more. */
export const revocationFeature = {
  enabled: true,
  allowedPolicy(_ctx: RequestContext, client: Client, token: Issued): boolean {
    const owned = token.clientId === client.clientId
    if (owned || isPublic(client)) return owned
    throw new errors.InvalidRequest(notTheirs.error_description)
  },
}

export interface IssuedTokensOptions {
  readonly issuer: string
  readonly clock: Clock
  readonly store: IdpStore
  readonly publicKeys: SigningKeys['publicKeys']
}

type Middleware = (ctx: RequestContext, next: () => Promise<void>) => Promise<void>

/** Middleware: answers in place of oidc-provider's refusal of a JWT, which comes after the client has authenticated. */
export function answerForJwts(options: IssuedTokensOptions): Middleware {
  const { clock, store } = options
  const revoked = store.adapter('RevokedJwt')
  const read = jwtReader(options)
  const introspect = async (claims: GoodClaims, client: Client): Promise<object> => {
    const hidden = isPublic(client) && claims.client_id !== client.clientId
    const isOver = hidden || (await revoked.find(claims.jti)) !== undefined
    return isOver ? inactive : { active: true, ...claims, token_type: 'Bearer' }
  }
  const revoke = async (claims: GoodClaims, client: Client): Promise<object | ''> => {
    if (claims.client_id === client.clientId) {
      await revoked.upsert(claims.jti, {}, claims.exp - Math.floor(clock.now() / 1000))
    } else if (!isPublic(client)) {
      return notTheirs
    }
    return ''
  }
  return async (ctx, next) => {
    await next()
    const client = ctx.oidc?.client
    if (client === undefined || !isRefusalOfJwt(ctx.body)) return
    const claims = await read(ctx.oidc?.params?.['token'])
    if (ctx.path === routes.introspection) {
      ctx.body = claims === undefined ? inactive : await introspect(claims, client)
    } else {
      ctx.body = claims === undefined ? '' : await revoke(claims, client)
    }
    ctx.status = ctx.body === notTheirs ? 400 : 200
  }
}

interface GoodClaims extends JWTPayload {
  readonly exp: number
  readonly jti: string
  readonly client_id?: string
}

const inactive = { active: false }

function isRefusalOfJwt(body: unknown): boolean {
  return isJsonObject(body) && body['error'] === 'unsupported_token_type'
}

/** Reads what is good now and of this server; undefined of anything else. */
function jwtReader({ issuer, clock, publicKeys }: IssuedTokensOptions) {
  const keys = createLocalJWKSet({ keys: [...publicKeys] })
  return async (token: unknown): Promise<GoodClaims | undefined> => {
    try {
      const { payload } = await jwtVerify<GoodClaims>(String(token), keys, {
        issuer,
        typ: 'at+jwt',
        currentDate: new Date(clock.now()),
        requiredClaims: ['exp', 'jti'],
      })
      return payload
    } catch {
      return undefined
    }
  }
}
