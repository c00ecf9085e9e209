// Protected resource metadata (RFC 9728): where it is found, and the document itself.

import { algorithmNames } from './algorithms.ts'

/** RFC 9728 §3: inserted between the host and the path of the resource. */
export const wellKnownPath = '/.well-known/oauth-protected-resource'

export interface ProtectedResource {
  /** Its URL, without query, fragment and final slash. */
  readonly resource: string
  /** Issuers, exactly as their tokens name them; at least one. */
  readonly authorizationServers: readonly string[]
  /** Those that a client should ask for first. */
  readonly scopes: readonly string[]
  /** Whether tokens may, or must, be bound to a key. */
  readonly dpop: 'off' | 'allowed' | 'required'
}

/** The document of a resource (RFC 9728 §2). */
export function resourceMetadata(protectedResource: ProtectedResource): object {
  const { resource, authorizationServers, scopes, dpop } = protectedResource
  return {
    resource,
    authorization_servers: authorizationServers,
    ...(scopes.length === 0 ? {} : { scopes_supported: scopes }),
    bearer_methods_supported: ['header'],
    ...(dpop === 'off' ? {} : { dpop_signing_alg_values_supported: algorithmNames }),
    ...(dpop === 'required' ? { dpop_bound_access_tokens_required: true } : {}),
  }
}

/** Where the metadata of a resource is found. Takes an absolute URL without query and fragment. */
export function metadataUrl(resource: string): string {
  const { origin } = new URL(resource)
  return `${origin}${wellKnownPath}${resource.slice(origin.length)}`
}

/** The URL of the resource at `path` (normalized) below `base`. */
export function resourceAt(base: string, path: string): string {
  return base + path.replace(/\/$/, '')
}

export function isMetadataPath(path: string): boolean {
  return path === wellKnownPath || path.startsWith(`${wellKnownPath}/`)
}

/** The resource whose metadata such a path asks for. A proxy in front may have taken the path of `base` away or not. */
export function resourceAskedFor(base: string, metadataPath: string): string {
  const below = metadataPath.slice(wellKnownPath.length)
  const { pathname } = new URL(base)
  const isWhole = pathname !== '/' && (below === pathname || below.startsWith(`${pathname}/`))
  return resourceAt(base, isWhole ? below.slice(pathname.length) : below)
}
