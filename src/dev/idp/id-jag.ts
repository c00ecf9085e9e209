// Identity assertions for another authorization server (ID-JAG): what a company's login gives a client for an MCP server.
import { errors } from 'oidc-provider'
import { judgeUrl } from '../../core/trusted-url.ts'
import { optionalParameter, parameter, type GrantContext, type GrantParts } from './own-grants.ts'
import type { OwnClaims } from './own-jwts.ts'

export const idJagType = 'urn:ietf:params:oauth:token-type:id-jag'

/** Seconds. */
const lifetime = 300

/**
 * An assertion that `audience`, an issuer, redeems for a token of `resource`. Returns the body of the answer.
 * Throws invalid_target where one of them is no URL.
 */
export async function issueIdJag(
  ctx: GrantContext,
  { jwts }: GrantParts,
  subject: OwnClaims,
): Promise<object> {
  if (optionalParameter(ctx, 'actor_token') !== undefined) {
    throw new errors.InvalidRequest('an ID-JAG names no actor')
  }
  const audience = parameter(ctx, 'audience')
  const resource = parameter(ctx, 'resource')
  for (const [name, value] of Object.entries({ audience, resource })) {
    if (!judgeUrl(value).ok) {
      throw new errors.InvalidTarget(`${name} is no https URL and no http URL of this machine`)
    }
  }
  const scope = optionalParameter(ctx, 'scope')
  const claims = {
    sub: subject.sub,
    aud: audience,
    resource,
    client_id: ctx.oidc.client.clientId,
    ...(scope === undefined ? {} : { scope }),
    ...(typeof subject['email'] === 'string' ? { email: subject['email'] } : {}),
  }
  return {
    access_token: await jwts.sign(claims, 'idJag', lifetime),
    // It opens nothing by itself (RFC 8693 §2.2.1).
    token_type: 'N_A',
    expires_in: lifetime,
    ...(scope === undefined ? {} : { scope }),
  }
}
