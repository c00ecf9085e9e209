// Where metadata is looked for, and which URLs that came from the network may be asked at all.
import { isAddress, isLoopback, judgeUrl } from '../core/trusted-url.ts'
import { wellKnownPath } from '../oauth/resource-metadata.ts'

export interface Place {
  readonly place: 'challenge' | 'path' | 'root'
  readonly url: string
}

/** In the order in which a client looks (RFC 9728 §3.1, §5.1); equal ones once. */
export function resourceMetadataPlaces(server: URL, challenged: string | undefined): Place[] {
  const path = server.pathname.replace(/\/$/, '')
  const places: Place[] = [
    ...(challenged === undefined ? [] : [{ place: 'challenge', url: challenged } as const]),
    ...(path === '' ? [] : [{ place: 'path', url: server.origin + wellKnownPath + path } as const]),
    { place: 'root', url: server.origin + wellKnownPath },
  ]
  return places.filter(({ url }, index) => places.findIndex((one) => one.url === url) === index)
}

/** RFC 8414 first, then OpenID Connect with the path inserted and appended (MCP 2025-11-25). */
export function authorizationServerPlaces(issuer: URL): string[] {
  const path = issuer.pathname.replace(/\/$/, '')
  const inserted = ['oauth-authorization-server', 'openid-configuration'].map(
    (name) => `${issuer.origin}/.well-known/${name}${path}`,
  )
  return path === ''
    ? inserted
    : [...inserted, `${issuer.origin}${path}/.well-known/openid-configuration`]
}

/**
 * What forbids to ask a URL that a server named, as the end of a sentence; undefined when nothing does. A document must not
 * aim whoever reads it at this machine or an internal address (server-side request forgery).
 */
export function whyNotAsked(text: string, named: URL): string | undefined {
  const url = URL.parse(text)
  if (url !== null && url.origin === named.origin && url.username === '') return undefined
  const judged = judgeUrl(text)
  if (!judged.ok) return judged.problem
  const { hostname } = judged.url
  if (hostname === named.hostname) return undefined
  if (isLoopback(hostname)) {
    return isLoopback(named.hostname) ? undefined : 'points to the machine of whoever reads it'
  }
  return isAddress(hostname) ? 'names an address in place of a host' : undefined
}
