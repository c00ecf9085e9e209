// Where a call through the sidecar goes: from the name of its target to an HTTPEndpoint, an App ID or an allowed URL.
import { McpAuthError } from '../core/errors.ts'
import { isLabel, isResourceName } from '../core/names.ts'
import type { AppSnapshot, EndpointSpec, PeerSpec } from '../core/snapshot.ts'
import { suggest } from '../core/suggest.ts'
import { targetInPath } from './addressing.ts'

export type Route = { readonly path: string } & (
  | { readonly to: 'endpoint'; readonly endpoint: EndpointSpec }
  | { readonly to: 'self' }
  | { readonly to: 'peer'; readonly peer: PeerSpec }
  | { readonly to: 'url'; readonly origin: string }
)

/** The snapshot's targets, indexed for look-up. */
export interface Targets {
  readonly appId: string
  readonly endpoints: ReadonlyMap<string, EndpointSpec>
  readonly peers: ReadonlyMap<string, PeerSpec>
  /** Origins that may be named as `http(s)://host` in place of an App ID. */
  readonly allowedUrls: ReadonlySet<string>
}

export function targetsOf(snapshot: AppSnapshot, allowedUrls: ReadonlySet<string>): Targets {
  return {
    appId: snapshot.appId,
    endpoints: new Map(snapshot.endpoints.map((endpoint) => [endpoint.name, endpoint])),
    peers: new Map(snapshot.peers.map((peer) => [peer.appId, peer])),
    allowedUrls,
  }
}

const urlTarget = /^(https?):\/+([^/]+)$/i

/** Finds the target `named` in headers, else the one in the path. An HTTPEndpoint wins over an App ID. */
export function findRoute(named: string | undefined, path: string, targets: Targets): Route {
  if (named !== undefined) return resolve(named, path, targets)
  const target = targetInPath(path)
  if (target === undefined) {
    throw new McpAuthError(
      'INVOKE_TARGET_MISSING',
      'The request names no target, neither in its path nor in the header dapr-app-id.',
      { hint: 'Call /v1.0/invoke/<App ID or HTTPEndpoint>/method/<path>.' },
    )
  }
  return resolve(target.id, target.path, targets)
}

/** The target as the request names it, if there is one of that name: for the log of what never gets as far as a route. */
export function knownTarget(
  named: string | undefined,
  path: string,
  targets: Targets,
): string | undefined {
  const id = named ?? targetInPath(path)?.id
  if (id === undefined) return undefined
  const { appId, endpoints, peers } = targets
  return id === appId || endpoints.has(id) || peers.has(id) ? id : undefined
}

function resolve(id: string, path: string, targets: Targets): Route {
  const endpoint = targets.endpoints.get(id)
  if (endpoint !== undefined) return { to: 'endpoint', endpoint, path }
  if (id === targets.appId) return { to: 'self', path }
  const peer = targets.peers.get(id)
  if (peer !== undefined) return { to: 'peer', peer, path }
  return { to: 'url', origin: allowedOrigin(id, targets), path }
}

function allowedOrigin(id: string, targets: Targets): string {
  const [, scheme, host] = urlTarget.exec(id) ?? []
  if (scheme === undefined || host === undefined) throw unknownTarget(id, targets)
  const origin = `${scheme.toLowerCase()}://${host.toLowerCase()}`
  if (targets.allowedUrls.has(origin)) return origin
  throw new McpAuthError('INVOKE_TARGET_UNKNOWN', 'A URL in place of an App ID is not served.', {
    hint: 'Declare an HTTPEndpoint and call it by its name, or start dev run with --allow-invoke-url ORIGIN.',
  })
}

function unknownTarget(id: string, targets: Targets): McpAuthError {
  // A name outside the grammar is not echoed: it may hold anything.
  if (!isLabel(id) && !isResourceName(id)) {
    return new McpAuthError('INVOKE_TARGET_UNKNOWN', 'The name of the target is not valid.')
  }
  const near = suggest(id, [...targets.endpoints.keys(), ...targets.peers.keys(), targets.appId])
  return new McpAuthError(
    'INVOKE_TARGET_UNKNOWN',
    `No App ID or HTTPEndpoint ${id} exists in the project, or it is out of scope for ${targets.appId}.`,
    near === undefined ? {} : { hint: `Did you mean ${near}?` },
  )
}
