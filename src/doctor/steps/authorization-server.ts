// Does the authorization server say where its endpoints are, under the very name that the resource gave it (RFC 8414 §3.3)?
import type { JsonObject } from '../../core/json.ts'
import { quote } from '../../core/quote.ts'
import { error, warning, type Finding, type Judged } from '../finding.ts'
import { documentOf, textOf, textsOf } from '../json-answer.ts'
import { whyNotAsked } from '../places.ts'
import type { Fetched } from '../send.ts'

export interface LookedAt {
  readonly url: string
  readonly fetched: Fetched
}

const everybody = 'Every client.'
const slashSensitive =
  'Codex, GitHub Copilot CLI, opencode and clients on the Python SDK, which compare letter by letter.'

/** `looked` in the order in which a client looks, up to the first document. */
export function judgeAuthorizationServer(
  issuer: string,
  looked: readonly LookedAt[],
): Judged<JsonObject> {
  const unusable = looked.flatMap(placeFaults)
  for (const { url, fetched } of looked) {
    const document = fetched.ok && fetched.status === 200 ? documentOf(fetched) : undefined
    if (document !== undefined) {
      const findings = [
        ...unusable,
        ...namedFaults(issuer, document),
        ...endpointFaults(issuer, document),
      ]
      return { findings, seen: `found at ${url}`, value: document }
    }
  }
  const none = unusable.length > 0 ? [] : [missing(looked)]
  return { findings: [...unusable, ...none], seen: `${quote(issuer)} publishes no metadata` }
}

function placeFaults({ url, fetched }: LookedAt): Finding[] {
  if (!fetched.ok) {
    return [
      error('authorization-server.unreachable', {
        message: `${url} ${fetched.detail}.`,
        breaks: everybody,
        fix: 'Start the authorization server, or correct authorization_servers in the metadata of the resource.',
      }),
    ]
  }
  if (fetched.status >= 500 && fetched.status !== 502) {
    return [
      error('authorization-server.server-error', {
        message: `${url} failed (${fetched.status}).`,
        breaks:
          'Clients on the official TypeScript SDK: a 5xx ends their search, where a 404 would not.',
        fix: 'Answer 404 at well-known URLs that are not served.',
      }),
    ]
  }
  return []
}

function missing(looked: readonly LookedAt[]): Finding {
  return error('authorization-server.no-metadata', {
    message: `No metadata at ${looked.map(({ url }) => url).join(', ')}.`,
    breaks: everybody,
    fix: 'Serve RFC 8414 or OpenID Connect metadata there, or name another issuer in the metadata of the resource.',
  })
}

function namedFaults(issuer: string, document: JsonObject): Finding[] {
  const named = textOf(document, 'issuer')
  if (named === issuer) return []
  const message = `The metadata name the issuer ${quote(named ?? '')}, the resource names ${quote(issuer)}.`
  const fix = 'Write the issuer in authorization_servers exactly as its own metadata do.'
  if (named?.replace(/\/$/, '') === issuer.replace(/\/$/, '')) {
    return [error('authorization-server.issuer-slash', { message, breaks: slashSensitive, fix })]
  }
  const breaks = 'Every client that follows MCP 2026-07-28: such metadata must not be used.'
  return [error('authorization-server.issuer', { message, breaks, fix })]
}

function endpointFaults(issuer: string, document: JsonObject): Finding[] {
  const base = URL.parse(issuer)
  const names = ['authorization_endpoint', 'token_endpoint', 'registration_endpoint', 'jwks_uri']
  const findings = names.flatMap((name) => {
    const url = textOf(document, name)
    const problem = url === undefined || base === null ? undefined : whyNotAsked(url, base)
    return problem === undefined
      ? []
      : [
          error('authorization-server.endpoint-url', {
            message: `The ${name} ${problem}.`,
            breaks:
              'Clients on the official SDKs: credentials go to https URLs alone, but for this machine.',
            fix: 'Configure the public https URL of the authorization server, often a setting for use behind a proxy.',
          }),
        ]
  })
  if (textOf(document, 'token_endpoint') === undefined) {
    findings.push(
      error('authorization-server.no-token-endpoint', {
        message: 'The metadata have no token_endpoint.',
        breaks: everybody,
        fix: 'Name it there.',
      }),
    )
  }
  if (takesCodes(document)) {
    if (textOf(document, 'authorization_endpoint') === undefined) {
      findings.push(
        error('authorization-server.no-authorization-endpoint', {
          message: 'The metadata have no authorization_endpoint.',
          breaks: 'Every client in which a user logs in.',
          fix: 'Name it there, or list in grant_types_supported only what is served.',
        }),
      )
    }
    if (document['authorization_response_iss_parameter_supported'] !== true) {
      findings.push(
        warning('authorization-server.no-iss', {
          message: 'Answers to logins do not say whom they are from (RFC 9207).',
          breaks:
            'Nobody yet; MCP 2026-07-28 asks for it, and clients of several servers are safer with it.',
          fix: 'Send iss, and set authorization_response_iss_parameter_supported.',
        }),
      )
    }
  }
  return findings
}

/** RFC 8414 §2: without the list, authorization_code is served. */
export function takesCodes(document: JsonObject): boolean {
  return textsOf(document, 'grant_types_supported')?.includes('authorization_code') ?? true
}
