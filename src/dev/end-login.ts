// Ends a login: forgotten here first, then revoked at the authorization server that gave it, where that has a way (RFC 7009).
import type { ControlPlane } from '../control-plane/control-plane.ts'
import type { GrantView } from '../control-plane/grants.ts'
import { grantId, type GrantTokens } from '../core/grants.ts'
import type { Secret } from '../core/secret.ts'
import { discoverAuthorizationServer } from '../oauth/authorization-server.ts'
import type { AuthStyle } from '../oauth/client.ts'
import type { ControlSender } from '../oauth/control-request.ts'
import { revokeToken } from '../oauth/revoke.ts'
import { senderOf } from '../oauth/sought-client.ts'
import { userLoginOf } from './user-login.ts'

/** Completes "The tokens of … were not revoked at …: "; undefined when they were, or when there were none. */
export async function endLogin(
  controlPlane: ControlPlane,
  project: string,
  grant: GrantView,
): Promise<string | undefined> {
  const tokens = controlPlane.grants.tokens(project, grant.id)
  const client = clientOf(controlPlane, project, grant)
  // Before the network: whatever happens there, no sidecar renews it any more.
  controlPlane.grants.delete(project, grant.id)
  forgetClient(controlPlane, project, grant)
  return tokens === undefined ? undefined : revoke(grant, tokens, client)
}

interface Client {
  readonly clientSecret?: Secret
  readonly authStyle: AuthStyle
  readonly send: ControlSender
}

async function revoke(
  { issuer, clientId }: GrantView,
  tokens: GrantTokens,
  { clientSecret, authStyle, send }: Client,
): Promise<string | undefined> {
  if (issuer === tokens.tokenUrl) return 'the Component does not name its issuer'
  const { signal } = new AbortController()
  const found = await discoverAuthorizationServer(issuer, { send, signal })
  if (!found.ok) return found.problem
  const { revocationUrl: url, tokenUrl } = found.server
  if (tokenUrl.href !== tokens.tokenUrl) return 'they come from another server'
  if (url === undefined) return 'the authorization server has no revocation_endpoint'
  const { accessToken, refreshToken } = tokens
  const client = { clientId, authStyle, ...(clientSecret === undefined ? {} : { clientSecret }) }
  // The refresh token first: it could still bring access tokens.
  for (const [hint, value] of [
    ['refresh_token', refreshToken],
    ['access_token', accessToken],
  ] as const) {
    if (value === undefined) continue
    const revoked = await revokeToken({ url, client }, { value, hint }, send)
    if (!revoked.ok) return `the revocation endpoint ${revoked.problem}`
  }
  return undefined
}

/** What was found with the login, and what a Component that would use it today says. */
function clientOf(controlPlane: ControlPlane, project: string, grant: GrantView): Client {
  const found = controlPlane.grants.tokens(project, grant.id)?.found
  const own = ownClient(controlPlane, project, grant)
  const { authStyle = 0, clientSecret } = { ...own, ...found }
  // What only a resource has named is not trusted.
  const issuer = found === undefined ? grant.issuer : undefined
  const send = senderOf(own?.start ?? { issuer, resource: grant.resource })
  return { authStyle, send, ...(clientSecret === undefined ? {} : { clientSecret }) }
}

function ownClient(controlPlane: ControlPlane, project: string, grant: GrantView) {
  const login = loginOf(controlPlane, project, grant)
  if (login === undefined) return undefined
  return 'sought' in login
    ? { ...login.sought, start: login.sought }
    : { ...login.client, start: undefined }
}

function loginOf(controlPlane: ControlPlane, project: string, { id, component }: GrantView) {
  try {
    const login = userLoginOf(controlPlane, project, component)
    return login !== undefined && grantId(login.key) === id ? login : undefined
  } catch {
    // A Component that is gone, or cannot be used now: what was found has to do.
    return undefined
  }
}

/** A client that registered itself is made anew with the next login, unless another login uses it. */
function forgetClient(
  controlPlane: ControlPlane,
  project: string,
  { issuer, clientId }: GrantView,
) {
  const { clients } = controlPlane.grants.store(project)
  const isUsed = controlPlane.grants.list(project).some((other) => other.clientId === clientId)
  if (!isUsed && clients.read(issuer)?.clientId === clientId) clients.forget(issuer)
}
