// Does the resource say who it is, and whose tokens it takes (RFC 9728)?
import type { JsonObject } from '../../core/json.ts'
import { quote } from '../../core/quote.ts'
import { error, warning, type Finding, type Judged } from '../finding.ts'
import { documentOf, textOf, textsOf } from '../json-answer.ts'
import { whyNotAsked, type Place } from '../places.ts'
import type { Fetched } from '../send.ts'
import { resourceFaults } from './resource-name.ts'

export interface Looked extends Place {
  readonly fetched: Fetched
}

export interface ResourceFacts {
  readonly resource: string | undefined
  readonly issuers: readonly string[]
  readonly scopes: readonly string[]
}

const everybody = 'Every client: without it nobody knows where to log in.'

/** `looked` in the order in which a client looks. */
export function judgeResourceMetadata(
  server: URL,
  looked: readonly Looked[],
): Judged<ResourceFacts> {
  const found = looked.find(({ fetched }) => fetched.ok && fetched.status === 200)
  const findings = looked.flatMap((one) => placeFaults(one, found))
  if (found === undefined || !found.fetched.ok) {
    const places = looked.map(({ url }) => url).join(', ')
    const none = findings.some(({ severity }) => severity === 'error') ? [] : [nowhere(looked)]
    return { findings: [...findings, ...none], seen: `no metadata at ${places}` }
  }
  const document = documentOf(found.fetched)
  const seen = `found at ${found.url}`
  if (document === undefined) return { findings: [...findings, notJson(found.url)], seen }
  const value = {
    resource: textOf(document, 'resource'),
    issuers: textsOf(document, 'authorization_servers') ?? [],
    scopes: textsOf(document, 'scopes_supported') ?? [],
  }
  return {
    findings: [
      ...findings,
      ...onlyInChallenge(looked, found),
      ...resourceFaults(server, value.resource),
      ...issuerFaults(server, value.issuers),
      ...documentFaults(document, value.scopes),
    ],
    seen,
    ...(value.issuers.length === 0 ? {} : { value }),
  }
}

function placeFaults({ place, url, fetched }: Looked, found: Looked | undefined): Finding[] {
  if (!fetched.ok) {
    return [
      error('resource-metadata.unreachable', {
        message: `${url} ${fetched.detail}.`,
        breaks: everybody,
        fix: 'Serve it where clients can reach it; behind a proxy, check scheme, host and port in it.',
      }),
    ]
  }
  const { status } = fetched
  if (status === 401 || status === 403) {
    return [
      error('resource-metadata.needs-token', {
        message: `${url} asks for a token itself (${status}).`,
        breaks: 'Every client: it is what tells them how to get one.',
        fix: 'Serve /.well-known/oauth-protected-resource without authentication.',
      }),
    ]
  }
  if (status >= 500 && status !== 502) {
    return [
      error('resource-metadata.server-error', {
        message: `${url} failed (${status}).`,
        breaks:
          'Clients on the official TypeScript SDK: a 5xx ends their search, where a 404 would not.',
        fix: 'Answer 404 for metadata that do not exist.',
      }),
    ]
  }
  if (place === 'challenge' && status !== 200 && found !== undefined) {
    return [
      error('resource-metadata.challenge-url', {
        message: `The challenge names ${url}, which answered ${status}.`,
        breaks: 'Clients that believe the challenge, as they must.',
        fix: `Name ${found.url} in the challenge.`,
      }),
    ]
  }
  return []
}

function nowhere(looked: readonly Looked[]): Finding {
  return error('resource-metadata.missing', {
    message: 'The resource publishes no metadata.',
    breaks: everybody,
    fix: `Serve them at ${looked.at(0)?.url ?? ''} (RFC 9728).`,
  })
}

function notJson(url: string): Finding {
  return error('resource-metadata.not-json', {
    message: `What ${url} answers is no JSON object.`,
    breaks: everybody,
    fix: 'Answer 200 with JSON only where there are metadata; pages of single-page apps often answer any path.',
  })
}

function onlyInChallenge(looked: readonly Looked[], found: Looked): Finding[] {
  const elsewhere = looked.filter(({ place }) => place !== 'challenge')
  if (found.place !== 'challenge' || elsewhere.length === 0) return []
  if (isWellKnown(found.url)) return []
  if (elsewhere.some(({ fetched }) => fetched.ok && fetched.status === 200)) return []
  return [
    warning('resource-metadata.not-well-known', {
      message: 'The metadata are at no well-known URL, only where the challenge says.',
      breaks: 'Clients that do not read the challenge, among them some in browsers.',
      fix: `Serve them at ${elsewhere.map(({ url }) => url).join(' and ')} as well.`,
    }),
  ]
}

function isWellKnown(url: string): boolean {
  return URL.parse(url)?.pathname.startsWith('/.well-known/oauth-protected-resource') === true
}

function issuerFaults(server: URL, issuers: readonly string[]): Finding[] {
  const [first] = issuers
  if (first === undefined) {
    return [
      error('resource-metadata.no-authorization-server', {
        message: 'authorization_servers is missing or empty.',
        breaks: everybody,
        fix: 'Name the issuer there, exactly as its own metadata do.',
      }),
    ]
  }
  const problem = whyNotAsked(first, server)
  if (problem === undefined) return []
  return [
    error('resource-metadata.authorization-server-url', {
      message: `The authorization server ${quote(first)} ${problem}.`,
      breaks:
        'Clients on the official SDKs: authorization servers have https URLs, unless both are on this machine.',
      fix: 'Name the public https issuer.',
    }),
  ]
}

function documentFaults(document: JsonObject, scopes: readonly string[]): Finding[] {
  const methods = textsOf(document, 'bearer_methods_supported')
  return [
    ...(scopes.includes('offline_access')
      ? [
          warning('resource-metadata.offline-access', {
            message: 'scopes_supported has offline_access, which is no scope of a resource.',
            breaks: 'Authorization servers that do not know it answer invalid_scope.',
            fix: 'Leave it out (MCP 2026-07-28).',
          }),
        ]
      : []),
    ...(methods === undefined || methods.includes('header')
      ? []
      : [
          error('resource-metadata.bearer-methods', {
            message: 'bearer_methods_supported has no "header".',
            breaks: 'Every client: MCP sends tokens in the header alone.',
            fix: 'Name "header" there, or leave it out.',
          }),
        ]),
  ]
}
