// Can a client that nobody told the authorization server of get a client id?
import type { JsonObject } from '../../core/json.ts'
import { error, warning, type Finding, type Judged } from '../finding.ts'
import { documentOf, textOf, textsOf } from '../json-answer.ts'
import type { Fetched, Probe } from '../send.ts'

/** What a native client without a secret registers as (RFC 7591 §2); without `scope`, as Claude Code does. */
export function registrationProbe(endpoint: string): Probe {
  return {
    method: 'POST',
    url: endpoint,
    headers: [
      ['content-type', 'application/json'],
      ['accept', 'application/json'],
    ],
    body: JSON.stringify({
      client_name: 'mcpauth doctor',
      redirect_uris: ['http://127.0.0.1:33418/callback'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      application_type: 'native',
    }),
  }
}

export interface RegistrationFacts {
  /** Of a Component: such a client needs no registration. */
  readonly clientId: string | undefined
  /** The answer to `registrationProbe`, if it was sent. */
  readonly registered: Fetched | undefined
}

export function judgeRegistration(
  document: JsonObject,
  { clientId, registered }: RegistrationFacts,
): Judged {
  if (clientId !== undefined) {
    return { findings: [], seen: `the client ${clientId} is known already` }
  }
  const endpoint = textOf(document, 'registration_endpoint')
  const takesUrls = document['client_id_metadata_document_supported'] === true
  if (endpoint === undefined && !takesUrls) {
    return { findings: [nobody], seen: 'clients must be registered by hand' }
  }
  const findings = publicClients(document)
  if (registered !== undefined) {
    const refusal = registrationFaults(registered)
    const seen = refusal.length === 0 ? 'a client was registered' : 'no client could be registered'
    return { findings: [...findings, ...refusal], seen }
  }
  const ways = [
    ...(takesUrls ? ['by the URL of its own document'] : []),
    ...(endpoint === undefined ? [] : ['at the registration endpoint (try it with --register)']),
  ]
  return { findings, seen: `a client would be known ${ways.join(' or ')}` }
}

const nobody = error('registration.none', {
  message: 'The authorization server takes no clients that it does not know.',
  breaks:
    'Claude Code and others that say "does not support dynamic client registration"; every client to which nobody gives a client id.',
  fix: 'Register a client by hand and give its id to clients, or turn on client id metadata documents or dynamic registration.',
})

function publicClients(document: JsonObject): Finding[] {
  const methods = textsOf(document, 'token_endpoint_auth_methods_supported')
  if (methods === undefined || methods.includes('none')) return []
  return [
    warning('registration.no-public-clients', {
      message: 'token_endpoint_auth_methods_supported has no "none".',
      breaks: 'Claude, VS Code and other native clients that have no secret.',
      fix: 'Allow clients without a secret; PKCE protects their logins.',
    }),
  ]
}

function registrationFaults(registered: Fetched): Finding[] {
  const breaks = 'Every client that registers itself, such as Claude Code and MCP Inspector.'
  if (!registered.ok || registered.status >= 300) {
    const what = registered.ok ? `was answered with ${registered.status}` : registered.detail
    const code = registered.ok ? errorOf(registered.text) : ''
    return [
      error('registration.refused', {
        message: `The registration of a native client ${what}${code}.`,
        breaks,
        fix: 'Accept public clients with loopback redirects on any port, without scope, with application_type native.',
      }),
    ]
  }
  if (textOf(documentOf(registered) ?? {}, 'client_id') !== undefined) return []
  return [
    error('registration.no-client-id', {
      message: 'The answer to the registration has no client_id.',
      breaks,
      fix: 'Answer 201 with client_id and all that was registered (RFC 7591 §3.2.1).',
    }),
  ]
}

/** Only codes of the standards' form are repeated. */
function errorOf(text: string): string {
  const code = /"error"\s*:\s*"([a-z_]{1,40})"/.exec(text)?.[1]
  return code === undefined ? '' : ` (${code})`
}
