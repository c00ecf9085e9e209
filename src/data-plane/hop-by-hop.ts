// Which headers end at this hop, in both directions.
import { McpAuthError } from '../core/errors.ts'
import { HeaderList } from '../core/header-list.ts'
import { dashed } from '../core/header-name.ts'
import { hopByHopFields } from '../core/hop-by-hop.ts'

/** Statements about the connection that only a trusted proxy may make to the application. */
const forwarding =
  /^(?:x-forwarded(?:-.*)?|forwarded|x-real-ip|x-client-ip|x-original-url|x-rewrite-url)$/

/** Identity headers; only the sidecar itself writes them. */
const identity = /^dapr-(?:caller|callee)-.*$/

/** For the caller's own sidecar, never for the app. */
const forSidecar = new Set(['dapr-api-token', 'dapr-app-id'])

/** What a name with `_` could be taken for. */
const likeAuthorization = /^-*authorization-*$/

/** Fields that a Connection header must not make a proxy drop. */
const reserved =
  /^(?:authorization|content-.*|cookie|host|origin|accept|forwarded|x-forwarded-.*|dapr-.*|mcp-.*|last-event-id)$/

/** The fields that the Connection header names, lower case. Throws REQUEST_MALFORMED when one of them is reserved. */
export function nominatedFields(headers: HeaderList): ReadonlySet<string> {
  const nominated = nominatedBy(headers)
  for (const name of nominated) {
    if (reserved.test(name)) {
      throw new McpAuthError('REQUEST_MALFORMED', `The Connection header names ${name}.`)
    }
  }
  return nominated
}

/**
 * The request's headers without those that end here; `host`, `content-length` and `expect` are the forwarder's. When
 * they come from `outside` of an app, X-Forwarded-* and its kin are dropped too, and what imitates a credential or the
 * header in which the app looks for the sidecar's token. Many servers read `_` as `-` (CGI, RFC 3875 §4.1.18), so it is
 * read like that here.
 */
export function endToEndRequestHeaders(
  headers: HeaderList,
  nominated: ReadonlySet<string>,
  outside: { readonly tokenHeader: string } | undefined,
): HeaderList {
  return keep(headers.raw, (name) => {
    if (hopByHopFields.has(name) || nominated.has(name) || name === 'host' || name === 'expect')
      return false
    const read = dashed(name)
    if (name === 'content-length' || identity.test(read)) return false
    if (outside === undefined) return true
    return !(forwarding.test(read) || imitates(name, read, outside.tokenHeader))
  })
}

function imitates(name: string, read: string, tokenHeader: string): boolean {
  if (forSidecar.has(read) || (name !== read && likeAuthorization.test(read))) return true
  if (name.length !== tokenHeader.length || name === 'authorization') return false
  // Under its very name it is replaced when the app has a token.
  const field = tokenHeader.toLowerCase()
  return name !== field && read === dashed(field)
}

/** The response's headers without those that end here. */
export function endToEndResponseHeaders(raw: readonly string[]): HeaderList {
  const nominated = nominatedBy(new HeaderList([...raw]))
  return keep(
    raw,
    (name) => !hopByHopFields.has(name) && !(nominated.has(name) && !reserved.test(name)),
  )
}

const nothing: ReadonlySet<string> = new Set()

function nominatedBy(headers: HeaderList): ReadonlySet<string> {
  const values = headers.values('connection')
  if (values.length === 0) return nothing
  const names = values
    .flatMap((value) => value.toLowerCase().split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'close' && name !== 'keep-alive')
  return names.length === 0 ? nothing : new Set(names)
}

function keep(raw: readonly string[], isKept: (name: string) => boolean): HeaderList {
  const kept: string[] = []
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? ''
    if (isKept(name.toLowerCase())) kept.push(name, raw[index + 1] ?? '')
  }
  return new HeaderList(kept)
}
