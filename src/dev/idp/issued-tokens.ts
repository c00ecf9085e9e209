// Introspection (RFC 7662) and revocation (RFC 7009) of the JWT access tokens that oidc-provider leaves out of its own.
import { errors } from 'oidc-provider'
import type { Client, RequestContext } from 'oidc-provider'
import { isJsonObject } from '../../core/json.ts'
import { isPublic } from './cors.ts'
import type { OwnClaims, OwnJwts } from './own-jwts.ts'
import { routes } from './routes.ts'

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

type Middleware = (ctx: RequestContext, next: () => Promise<void>) => Promise<void>

/** Middleware: answers in place of oidc-provider's refusal of a JWT, which comes after the client has authenticated. */
export function answerForJwts(jwts: OwnJwts): Middleware {
  const revoke = async (claims: OwnClaims, client: Client): Promise<object | ''> => {
    if (claims.client_id === client.clientId) await jwts.revoke(claims)
    else if (!isPublic(client)) return notTheirs
    return ''
  }
  return async (ctx, next) => {
    await next()
    const client = ctx.oidc?.client
    if (client === undefined || !isRefusalOfJwt(ctx.body)) return
    const claims = await jwts.read(ctx.oidc?.params?.['token'], 'access')
    if (ctx.path === routes.introspection) {
      ctx.body = claims === undefined ? inactive : introspect(claims, client)
    } else {
      ctx.body = claims === undefined ? '' : await revoke(claims, client)
    }
    ctx.status = ctx.body === notTheirs ? 400 : 200
  }
}

const inactive = { active: false }

function introspect(claims: OwnClaims, client: Client): object {
  const hidden = isPublic(client) && claims.client_id !== client.clientId
  const bound = isJsonObject(claims['cnf']) && claims['cnf']['jkt'] !== undefined
  return hidden ? inactive : { active: true, ...claims, token_type: bound ? 'DPoP' : 'Bearer' }
}

function isRefusalOfJwt(body: unknown): boolean {
  return isJsonObject(body) && body['error'] === 'unsupported_token_type'
}
