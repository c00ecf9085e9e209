// The JWT bearer grant (RFC 7523 §2.1): an assertion about a user, above all an ID-JAG, for an access token.
import { createLocalJWKSet, jwtVerify } from 'jose'
import { errors } from 'oidc-provider'
import { parseJws } from '../../oauth/jws.ts'
import { signatureAlgorithms } from './client-keys.ts'
import {
  issueAccessToken,
  optionalParameter,
  parameter,
  type GrantContext,
  type GrantParts,
  type OwnGrant,
} from './own-grants.ts'
import type { OwnClaims } from './own-jwts.ts'
import { routes } from './routes.ts'

export const jwtBearer: OwnGrant = {
  type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
  parameters: ['assertion', 'resource', 'audience', 'scope'],
  async answer(ctx, parts) {
    const text = parameter(ctx, 'assertion')
    if (parseJws(text)?.payload['iss'] === ctx.oidc.client.clientId) {
      const subject = await subjectOfClient(ctx, parts, text)
      return issueAccessToken(ctx, { subject, scope: optionalParameter(ctx, 'scope') ?? '' })
    }
    const assertion = await parts.jwts.read(text, 'idJag')
    if (assertion === undefined) throw refusal('it is not a good ID-JAG')
    if (assertion.aud !== parts.issuer) throw refusal('it is for another authorization server')
    if (assertion.client_id !== ctx.oidc.client.clientId) throw refusal('it is of another client')
    narrow(ctx, assertion)
    return issueAccessToken(ctx, { subject: assertion.sub, scope: scopeFor(ctx, assertion) })
  },
}

/** Whom a client with keys speaks for, by its own signature. Throws invalid_grant. */
async function subjectOfClient(
  { oidc: { client } }: GrantContext,
  { issuer, clock, clients }: GrantParts,
  assertion: string,
): Promise<string> {
  const keys = clients.find(({ clientId }) => clientId === client.clientId)?.jwks
  if (keys === undefined) throw refusal('the client has no keys')
  try {
    const { payload } = await jwtVerify(assertion, createLocalJWKSet({ keys: [...keys.keys] }), {
      issuer: client.clientId,
      audience: [issuer, issuer + routes.token],
      algorithms: [...signatureAlgorithms],
      currentDate: new Date(clock.now()),
      requiredClaims: ['exp', 'sub'],
    })
    return payload.sub ?? ''
  } catch (error) {
    throw refusal(error instanceof Error ? error.message : 'it cannot be read')
  }
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
