// Token exchange (RFC 8693): a token of this server for one that is meant for somebody else.
import { errors } from 'oidc-provider'
import { isJsonObject, type JsonObject } from '../../core/json.ts'
import { idJagType, issueIdJag } from './id-jag.ts'
import {
  issueAccessToken,
  optionalParameter,
  parameter,
  type GrantContext,
  type GrantParts,
  type OwnGrant,
} from './own-grants.ts'
import type { JwtUse, OwnClaims } from './own-jwts.ts'

const tokenType = (name: string): string => `urn:ietf:params:oauth:token-type:${name}`

/** What may be shown, by its type. A `jwt` may be either. */
const uses: ReadonlyMap<string, readonly JwtUse[]> = new Map([
  [tokenType('access_token'), ['access']],
  [tokenType('id_token'), ['id']],
  [tokenType('jwt'), ['access', 'id']],
])
const issuable = [tokenType('access_token'), tokenType('jwt')]

export const tokenExchange: OwnGrant = {
  type: 'urn:ietf:params:oauth:grant-type:token-exchange',
  parameters: [
    'subject_token',
    'subject_token_type',
    'actor_token',
    'actor_token_type',
    'requested_token_type',
    'resource',
    'audience',
    'scope',
  ],
  async answer(ctx, parts) {
    const subject = await shownToken(ctx, parts, 'subject')
    const wanted = optionalParameter(ctx, 'requested_token_type') ?? tokenType('access_token')
    if (wanted === idJagType) {
      if (parameter(ctx, 'subject_token_type') !== tokenType('id_token')) {
        throw new errors.InvalidRequest('an ID-JAG is issued for an ID token alone')
      }
      return { ...(await issueIdJag(ctx, parts, subject)), issued_token_type: wanted }
    }
    if (!issuable.includes(wanted)) {
      throw new errors.InvalidRequest('this requested_token_type is not issued here')
    }
    const issued = await issueAccessToken(ctx, {
      subject: subject.sub,
      scope: optionalParameter(ctx, 'scope') ?? scopeOf(subject),
      claims: await actors(ctx, parts, subject),
    })
    return { ...issued, issued_token_type: wanted }
  },
}

/** The claims of the `subject_token` or `actor_token`. Throws invalid_request (RFC 8693 §2.2.2) for what is not good here. */
async function shownToken(
  ctx: GrantContext,
  { jwts }: GrantParts,
  role: 'subject' | 'actor',
): Promise<OwnClaims> {
  const token = parameter(ctx, `${role}_token`)
  const allowed = uses.get(parameter(ctx, `${role}_token_type`))
  if (allowed === undefined) {
    throw new errors.InvalidRequest(`this ${role}_token_type is not taken here`)
  }
  for (const use of allowed) {
    const claims = await jwts.read(token, use)
    if (claims === undefined) continue
    // Somebody else's ID token says who signed in there, not here.
    if (use === 'id' && claims.aud !== ctx.oidc.client.clientId) {
      throw new errors.InvalidRequest(`the ${role}_token was issued to another client`)
    }
    return claims
  }
  throw new errors.InvalidRequest(`the ${role}_token is not a good token of this server`)
}

/** Who acts for the subject (RFC 8693 §4.1), the latest outside. Throws invalid_request for whom the subject did not name. */
async function actors(
  ctx: GrantContext,
  parts: GrantParts,
  subject: OwnClaims,
): Promise<JsonObject> {
  const before = isJsonObject(subject['act']) ? { act: subject['act'] } : {}
  const mayAct = subject['may_act']
  if (optionalParameter(ctx, 'actor_token') === undefined) {
    if (optionalParameter(ctx, 'actor_token_type') !== undefined) {
      throw new errors.InvalidRequest('actor_token_type goes with an actor_token')
    }
    if (mayAct !== undefined) throw new errors.InvalidRequest('an actor_token is needed')
    return before
  }
  const { sub } = await shownToken(ctx, parts, 'actor')
  if (mayAct !== undefined && !(isJsonObject(mayAct) && mayAct['sub'] === sub)) {
    throw new errors.InvalidRequest('this actor may not act for the subject')
  }
  return { act: { sub, ...before } }
}

function scopeOf({ scope }: OwnClaims): string {
  return typeof scope === 'string' ? scope : ''
}
