// From a resource or an issuer to everything that a client has to know before it asks for a token.
import { discoverAuthorizationServer, type AuthorizationServer } from './authorization-server.ts'
import type { ControlSender } from './control-request.ts'
import { discoverResource, type Discovery } from './protected-resource.ts'

/** At least one of them. */
export interface DiscoveryStart {
  /** Exactly as its metadata write it; the resource is not asked then. */
  readonly issuer: string | undefined
  readonly resource: string | undefined
}

export interface Found {
  readonly server: AuthorizationServer
  /** What names the server in all that is kept: its issuer, or the origin of a server without metadata. */
  readonly issuer: string
  /** The resource to ask tokens for (RFC 8707). */
  readonly resource: string | undefined
  /** Those that the resource asks for; undefined when nobody says. */
  readonly scopes: readonly string[] | undefined
}

/** Sends no credentials; `send` must refuse what the network may not name. Never rejects. */
export async function discover(
  { issuer, resource }: DiscoveryStart,
  send: ControlSender,
  signal: AbortSignal,
): Promise<Discovery<Found>> {
  if (issuer !== undefined) {
    const found = await discoverAuthorizationServer(issuer, { send, signal })
    return found.ok ? { ...found, issuer, resource, scopes: undefined } : found
  }
  const url = URL.parse(resource ?? '')
  if (url === null) return { ok: false, problem: 'the resource is no URL', isPassing: false }
  const asked = await discoverResource(url, send, signal)
  if (!asked.ok) return asked
  const { isLegacy, scopes } = asked
  // Which of several is the client's to choose (RFC 9728 §7.6); the first is what the resource prefers.
  const [named = ''] = asked.issuers
  const found = await discoverAuthorizationServer(named, { send, signal, isLegacy })
  // What only the resource names may lead nowhere inside; what the operator writes may.
  if (!found.ok) return { hint: 'If it is the right one, set issuer.', ...found }
  return { ...found, issuer: found.server.issuer ?? named, resource: asked.resource, scopes }
}
