// Is the token for this server (RFC 8707, RFC 9068 §3)?
import type { Json } from '../../core/json.ts'
import { clip, printable, quote } from '../../core/quote.ts'
import type { CompactJws } from '../../oauth/jws.ts'
import { error, warning, type Finding, type Judged } from '../finding.ts'
import type { Fetched } from '../send.ts'

export interface AudienceFacts {
  readonly resource: string
  /** What the server said to a call with the token. */
  readonly answered: Fetched
}

const breaks = 'Servers that check whom a token is for, as MCP demands.'
const fix =
  'Send resource with the login and the token request. Keycloak needs an audience mapper, Auth0 and Okta a parameter audience.'

export function judgeAudience(
  { payload }: CompactJws,
  { resource, answered }: AudienceFacts,
): Judged {
  const { aud } = payload
  const shown = aud === undefined ? 'nobody' : printable(clip(JSON.stringify(aud)))
  const seen = `the token is for ${shown}`
  if (fitsAudience(aud, resource)) return { findings: [], seen }
  const message = `The token is for ${shown}, the server is ${quote(resource)}.`
  if (answered.ok && answered.status === 401) {
    const id = aud === undefined ? 'audience.missing' : idOf(aud, resource)
    return { findings: [error(id, { message, breaks, fix })], seen }
  }
  return { findings: [accepted(message)], seen }
}

/** A name of the server's own is as good, if server and authorization server agree on it. */
function accepted(message: string): Finding {
  return warning('audience.other-name', {
    message: `${message} The server takes it all the same.`,
    breaks:
      'Nobody, if the server is configured with this very audience; else it takes the tokens of others.',
    fix: 'Use the URL of the server as audience; mcpauth verify tries a token for somebody else.',
  })
}

function idOf(aud: Json, resource: string): string {
  const bare = resource.replace(/\/$/, '')
  const isSlash = [aud]
    .flat()
    .some((one) => typeof one === 'string' && one.replace(/\/$/, '') === bare)
  return isSlash ? 'audience.slash' : 'audience.mismatch'
}

export function fitsAudience(aud: unknown, resource: string): boolean {
  return Array.isArray(aud) ? aud.includes(resource) : aud === resource
}
