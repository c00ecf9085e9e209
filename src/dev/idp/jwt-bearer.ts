// The JWT bearer grant (RFC 7523 §2.1): an assertion about a user, above all an ID-JAG, for an access token.
import { errors } from 'oidc-provider'
import {
  issueAccessToken,
  optionalParameter,
  parameter,
  type GrantContext,
  type OwnGrant,
} from './own-grants.ts'
import type { OwnClaims } from './own-jwts.ts'

export const jwtBearer: OwnGrant = {
  type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
  parameters: ['assertion', 'resource', 'audience', 'scope'],
  async answer(ctx, { issuer, jwts }) {
    const assertion = await jwts.read(parameter(ctx, 'assertion'), 'idJag')
    if (assertion === undefined) throw refusal('it is not a good ID-JAG')
    if (assertion.aud !== issuer) throw refusal('it is for another authorization server')
    if (assertion.client_id !== ctx.oidc.client.clientId) throw refusal('it is of another client')
    narrow(ctx, assertion)
    return issueAccessToken(ctx, { subject: assertion.sub, scope: scopeFor(ctx, assertion) })
  },
}

/** Makes what the assertion is about the target of the request. Throws invalid_target where it names another one. */
function narrow(ctx: GrantContext, { resource }: OwnClaims): void {
  const asked = optionalParameter(ctx, 'resource') ?? resource
  if (typeof resource !== 'string' || asked !== resource) {
    throw new errors.InvalidTarget('the assertion is about another resource')
  }
  ctx.oidc.params['resource'] = resource
}

/** What the request asks for, else all that the assertion names. Throws invalid_scope for more than that. */
function scopeFor(ctx: GrantContext, { scope }: OwnClaims): string {
  const asserted = typeof scope === 'string' ? scope : ''
  const asked = optionalParameter(ctx, 'scope')
  if (asked === undefined) return asserted
  const known = asserted.split(' ')
  const beyond = asked.split(' ').find((name) => !known.includes(name))
  if (beyond === undefined) return asked
  throw new errors.InvalidScope('the assertion does not name this scope', beyond)
}

/** Of invalid_grant, which otherwise says nothing; who develops a client needs the reason. */
function refusal(why: string): Error {
  const text = `the assertion is refused: ${why}`
  return Object.assign(new errors.InvalidGrant(text), { error_description: text })
}
