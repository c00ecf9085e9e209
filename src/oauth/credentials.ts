// Finds the access token of a request: in the Authorization header and nowhere else (RFC 6750 §2.1, RFC 9449 §7.1).
import type { HeaderList } from '../core/header-list.ts'

export type Credentials =
  | { readonly kind: 'token'; readonly token: string; readonly scheme: 'bearer' | 'dpop' }
  /** No Authorization, an empty one, or another scheme. */
  | { readonly kind: 'none' }
  /** The scheme of a token with something that cannot be a token. */
  | { readonly kind: 'malformed' }
  /** More than one way of presenting a token, which RFC 6750 §3.1 calls invalid_request. */
  | { readonly kind: 'repeated' }

// White space around a field's value is SP and HTAB alone (RFC 9110 §5.5); what else a reader may trim is no token either.
const bearer = {
  credentials: /^[ \t]*(bearer) +([A-Za-z0-9\-._~+/]+=*)[ \t]*$/i,
  scheme: /^[ \t]*bearer(?![ \t]*$)(?![A-Za-z0-9!#$%&'*+\-.^_`|~])[^]/i,
}
const bearerOrDpop = {
  credentials: /^[ \t]*(bearer|dpop) +([A-Za-z0-9\-._~+/]+=*)[ \t]*$/i,
  scheme: /^[ \t]*(?:bearer|dpop)(?![ \t]*$)(?![A-Za-z0-9!#$%&'*+\-.^_`|~])[^]/i,
}

/**
 * `query` as in Exchange: with its `?`, or empty. A token in the query alone counts as none. The scheme of tokens that are
 * bound to a key is any other scheme unless `takesDpop`.
 */
export function readCredentials(
  headers: HeaderList,
  query: string,
  takesDpop = false,
): Credentials {
  const values = headers.values('authorization')
  if (values.length > 1) return { kind: 'repeated' }
  const [value = ''] = values
  const grammar = takesDpop ? bearerOrDpop : bearer
  const [, scheme, token] = grammar.credentials.exec(value) ?? []
  if (token === undefined) return { kind: grammar.scheme.test(value) ? 'malformed' : 'none' }
  if (hasQueryToken(query)) return { kind: 'repeated' }
  return { kind: 'token', token, scheme: scheme?.length === 4 ? 'dpop' : 'bearer' }
}

function hasQueryToken(query: string): boolean {
  // Most queries hold neither the name nor anything that could decode to it.
  if (!query.includes('access_token') && !query.includes('%')) return false
  return new URLSearchParams(query).has('access_token')
}
