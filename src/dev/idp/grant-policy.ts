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
 * The resource of a token request without `resource`: its `audience` parameter, else the client's audience, else the
 * server's. Throws invalid_target when there is none, because a token for no one in particular would fit everyone.
 */
export function resourceOf(
  ctx: RequestContext,
  client: IdpClient | undefined,
  defaultAudience: string | undefined,
): string {
  const asked = ctx.oidc?.body?.['audience']
  if (Array.isArray(asked)) throw new errors.InvalidTarget('only one audience can be requested')
  const audience = (asked === '' ? undefined : asked) ?? client?.audience ?? defaultAudience
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
  const asked = ctx.oidc?.params?.['scope']
  const scope = typeof asked === 'string' ? asked : ''
  const allowed = client?.scopes
  const denied = allowed && scope.split(' ').find((name) => name !== '' && !allowed.includes(name))
  if (denied !== undefined) {
    throw new errors.InvalidScope('the client may not ask for this scope', denied)
  }
  return {
    audience: audienceOf(resource),
    scope,
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: algorithm } },
  }
}

function audienceOf(resource: string): string {
  return resource.startsWith(plainAudiencePrefix)
    ? decodeURIComponent(resource.slice(plainAudiencePrefix.length))
    : resource
}
