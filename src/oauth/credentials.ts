// Finds the bearer token of a request: in the Authorization header and nowhere else (RFC 6750 §2.1).
import type { HeaderList } from '../core/header-list.ts'

export type Credentials =
  | { readonly kind: 'token'; readonly token: string }
  /** No Authorization, an empty one, or another scheme. */
  | { readonly kind: 'none' }
  /** The Bearer scheme with something that cannot be a token. */
  | { readonly kind: 'malformed' }
  /** More than one way of presenting a token, which RFC 6750 §3.1 calls invalid_request. */
  | { readonly kind: 'repeated' }

// White space around a field's value is SP and HTAB alone (RFC 9110 §5.5); what else a reader may trim is no token either.
const bearer = /^[ \t]*bearer +([A-Za-z0-9\-._~+/]+=*)[ \t]*$/i
const scheme = /^[ \t]*bearer(?![ \t]*$)(?![A-Za-z0-9!#$%&'*+\-.^_`|~])[^]/i

/** `query` as in Exchange: with its `?`, or empty. A token in the query alone counts as none. */
export function readCredentials(headers: HeaderList, query: string): Credentials {
  const values = headers.values('authorization')
  if (values.length > 1) return { kind: 'repeated' }
  const value = values[0] ?? ''
  const token = bearer.exec(value)?.[1]
  if (token === undefined) return { kind: scheme.test(value) ? 'malformed' : 'none' }
  return hasQueryToken(query) ? { kind: 'repeated' } : { kind: 'token', token }
}

function hasQueryToken(query: string): boolean {
  // Most queries hold neither the name nor anything that could decode to it.
  if (!query.includes('access_token') && !query.includes('%')) return false
  return new URLSearchParams(query).has('access_token')
}
