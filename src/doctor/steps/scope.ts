// Are the scopes that clients are told to ask for enough, and known to the authorization server?
import type { JsonObject } from '../../core/json.ts'
import { quote } from '../../core/quote.ts'
import { grantedScopes, missingScopes } from '../../oauth/scopes.ts'
import { readChallenges } from '../challenge-parts.ts'
import { error, warning, type Finding, type Judged } from '../finding.ts'
import { textsOf } from '../json-answer.ts'
import type { Fetched } from '../send.ts'

export interface ScopeFacts {
  /** Of the challenge, else of the metadata of the resource. */
  readonly wanted: readonly string[]
  /** The metadata of the authorization server. */
  readonly document: JsonObject | undefined
  /** Of the token, when there is one that can be read. */
  readonly claims: JsonObject | undefined
  /** What the server said to a call with the token, if there was one. */
  readonly answered: Fetched | undefined
}

export function judgeScope({ wanted, document, claims, answered }: ScopeFacts): Judged {
  const findings = [
    ...unknownFaults(wanted, document),
    ...(answered?.ok === true && answered.status === 403
      ? refusalFaults(answered.values('www-authenticate'))
      : []),
  ]
  const isRefused = findings.some(({ severity }) => severity === 'error')
  const lacking =
    claims === undefined || isRefused ? [] : missingScopes(grantedScopes(claims), wanted, new Map())
  if (lacking.length > 0) {
    findings.push(
      warning('scope.not-granted', {
        message: `The token lacks ${lacking.map(quote).join(', ')}, which clients are told to ask for.`,
        breaks: 'Nobody, if a broader scope of the token includes it.',
        fix: 'Grant it to the client or user at the authorization server.',
      }),
    )
  }
  return {
    findings,
    seen:
      wanted.length === 0
        ? 'clients are told no scopes'
        : `clients ask for ${wanted.map(quote).join(', ')}`,
  }
}

function unknownFaults(wanted: readonly string[], document: JsonObject | undefined): Finding[] {
  const known = document === undefined ? undefined : textsOf(document, 'scopes_supported')
  const unknown = wanted.filter((scope) => known?.includes(scope) === false)
  if (unknown.length === 0) return []
  return [
    warning('scope.unknown', {
      message: `The authorization server does not list ${unknown.map(quote).join(', ')}.`,
      breaks:
        'Every client, if it answers invalid_scope; a server need not list all that it knows.',
      fix: 'Define the scope at the authorization server, or correct what the resource asks for.',
    }),
  ]
}

function refusalFaults(headers: readonly string[]): Finding[] {
  const bearer = readChallenges(headers).find(({ scheme }) => scheme.toLowerCase() === 'bearer')
  if (bearer?.params.get('error') !== 'insufficient_scope') {
    return [
      error('scope.no-challenge', {
        message: 'The server refuses the token with 403, and does not say which scope it wants.',
        breaks: 'Clients that would ask for more (step-up); they give up.',
        fix: 'Answer with WWW-Authenticate: Bearer error="insufficient_scope", scope="…". If it is no matter of scopes, look into the log of the server.',
      }),
    ]
  }
  const scope = bearer.params.get('scope')
  const message = scope === undefined ? 'a scope that it does not name' : quote(scope)
  return [
    error(scope === undefined ? 'scope.unnamed' : 'scope.insufficient', {
      message: `The server wants ${message}.`,
      breaks: 'Clients without step-up, and those with client credentials.',
      fix: 'Grant the scope, and name it in the challenge of the 401, so that clients ask for it at once.',
    }),
  ]
}
