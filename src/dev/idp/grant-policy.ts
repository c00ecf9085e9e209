// Who gets which audience and scopes from the development authorization server (RFC 8707, RFC 6749 §3.3).
import { errors } from 'oidc-provider'
import type { RequestContext } from 'oidc-provider'
import type { IdpClient } from './clients.ts'

/** The provider wants absolute URIs as resources; this one carries an audience that is none, such as `mcp-server`. */
const plainAudiencePrefix = 'urn:mcpauth:audience:'

interface ResourceServerInfo {
  readonly audience: string
  readonly scope: string
  readonly accessTokenFormat: 'jwt'
  readonly jwt: { readonly sign: { readonly alg: string } }
}

/**
 * The resource of a request without `resource`: its `audience` parameter, else the client's audience, else the server's.
 * Throws invalid_target when there is none, because a token for no one in particular would fit everyone; who asks for an
 * ID token gets one that is good for userinfo alone.
 */
export function resourceOf(
  ctx: RequestContext,
  client: IdpClient | undefined,
  defaultAudience: string | undefined,
): string | undefined {
  const asked = ctx.oidc?.body?.['audience'] ?? ctx.query['audience']
  if (Array.isArray(asked)) throw new errors.InvalidTarget('only one audience can be requested')
  const audience = (asked === '' ? undefined : asked) ?? client?.audience ?? defaultAudience
  if (audience === undefined && scopesOf(ctx).includes('openid')) return undefined
  if (audience === undefined) {
    throw new errors.InvalidTarget('name the wanted audience with resource or audience')
  }
  return `${plainAudiencePrefix}${encodeURIComponent(audience)}`
}

/** What a token for `resource` is like. Throws invalid_scope when the client may not have a scope that it asks for. */
export function resourceServerInfo(
  ctx: RequestContext,
  resource: string,
  client: IdpClient | undefined,
  algorithm: string,
): ResourceServerInfo {
  const scopes = scopesOf(ctx)
  const allowed = client?.scopes
  const denied = allowed && scopes.find((name) => !allowed.includes(name) && !ownScopes.has(name))
  if (denied !== undefined) {
    throw new errors.InvalidScope('the client may not ask for this scope', denied)
  }
  return {
    audience: audienceOf(resource),
    scope: scopes.join(' '),
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: algorithm } },
  }
}

/** Of OpenID Connect, about the user alone. */
const ownScopes = new Set(['openid', 'offline_access', 'profile', 'email'])

/** Those asked for now and those of what is redeemed. */
function scopesOf({ oidc }: RequestContext): string[] {
  const asked = oidc?.params?.['scope']
  const { AuthorizationCode, DeviceCode, RefreshToken } = oidc?.entities ?? {}
  const texts = [
    typeof asked === 'string' ? asked : '',
    AuthorizationCode?.scope,
    DeviceCode?.scope,
    RefreshToken?.scope,
  ]
  const names = texts.flatMap((text) => text?.split(' ') ?? [])
  return [...new Set(names)].filter((name) => name !== '')
}

function audienceOf(resource: string): string {
  return resource.startsWith(plainAudiencePrefix)
    ? decodeURIComponent(resource.slice(plainAudiencePrefix.length))
    : resource
}
