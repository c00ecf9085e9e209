// Which headers end at this hop, in both directions.
import { McpAuthError } from '../core/errors.ts'
import { HeaderList } from '../core/header-list.ts'
import { hopByHopFields } from '../core/hop-by-hop.ts'

/** Statements about the connection that only a trusted proxy may make to the application. */
const forwarding = /^(?:x-forwarded-.*|forwarded|x-real-ip|x-original-url|x-rewrite-url)$/

/** Identity headers; only the sidecar itself writes them. `_` is read as `-` by some servers. */
const identity = /^dapr[-_](?:caller|callee)[-_].*$/

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
 * The request's headers without those that end here; `host`, `content-length` and `expect` are the forwarder's.
 * `fromOutside` also drops X-Forwarded-* and its kin.
 */
export function endToEndRequestHeaders(
  headers: HeaderList,
  nominated: ReadonlySet<string>,
  fromOutside: boolean,
): HeaderList {
  return keep(headers.raw, (name) => {
    if (hopByHopFields.has(name) || nominated.has(name) || name === 'host' || name === 'expect')
      return false
    if (name === 'content-length' || identity.test(name)) return false
    return !(fromOutside && forwarding.test(name))
  })
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
