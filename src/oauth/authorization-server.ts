// What an authorization server says of itself (RFC 8414, OpenID Connect Discovery), judged before anything is sent there.
import type { JsonObject } from '../core/json.ts'
import { isLoopback, judgeUrl } from '../core/trusted-url.ts'
import type { ControlSender } from './control-request.ts'
import { fetchMetadata } from './metadata-request.ts'
import type { Discovery } from './protected-resource.ts'
import { scopeWords } from './read-challenge.ts'

export interface AuthorizationServer {
  /** As its metadata write it; undefined when it publishes none. */
  readonly issuer: string | undefined
  readonly tokenUrl: URL
  readonly authUrl?: URL
  readonly registrationUrl?: URL
  readonly revocationUrl?: URL
  readonly deviceUrl?: URL
  /** Undefined when it does not say. */
  readonly authMethods: readonly string[] | undefined
  readonly scopes: readonly string[]
  /** PKCE (RFC 7636) with S256. */
  readonly knowsS256: boolean
  /** Promises `iss` in every answer (RFC 9207 §3). */
  readonly sendsIssuer: boolean
  /** Takes the URL of a document as client id. */
  readonly takesMetadataUrl: boolean
}

interface Asking {
  readonly send: ControlSender
  readonly signal: AbortSignal
  /** The issuer is only the origin of a resource without metadata, as in MCP 2025-03-26. */
  readonly isLegacy?: boolean
}

/** Reads the first document there is, in the order of the MCP specification. It must name exactly this issuer. Never rejects. */
export async function discoverAuthorizationServer(
  issuer: string,
  { send, signal, isLegacy = false }: Asking,
): Promise<Discovery<{ readonly server: AuthorizationServer }>> {
  const judged = judgeUrl(issuer)
  if (!judged.ok || judged.url.search !== '') {
    return fail(`the issuer ${judged.ok ? 'has a query' : judged.problem}`)
  }
  for (const url of metadataUrls(judged.url)) {
    const found = await fetchMetadata(url, send, signal)
    if (found.kind === 'failed') return fail(`the authorization server ${found.problem}`, found)
    if (found.kind === 'found') {
      const isNamed = (name: unknown): boolean =>
        name === issuer || (isLegacy && name === `${issuer}/`)
      return readServer(found.document, judged.url, isNamed)
    }
  }
  if (isLegacy) return { ok: true, server: legacyServer(judged.url) }
  const hint = 'Set tokenURL, and authURL for a login, when it has none.'
  return fail('the authorization server publishes no metadata', { hint })
}

/** RFC 8414 §3.1 inserts before the issuer's path; OpenID Connect appends to it, and some insert that as well. */
function metadataUrls({ origin, pathname }: URL): string[] {
  const path = pathname.replace(/\/$/, '')
  const [oauth, openid] = ['oauth-authorization-server', 'openid-configuration']
  return [
    ...new Set([
      `${origin}/.well-known/${oauth}${path}`,
      `${origin}/.well-known/${openid}${path}`,
      `${origin}${path}/.well-known/${openid}`,
    ]),
  ]
}

function readServer(
  document: JsonObject,
  issuerUrl: URL,
  isNamed: (name: unknown) => boolean,
): Discovery<{ readonly server: AuthorizationServer }> {
  const { issuer } = document
  if (typeof issuer !== 'string' || !isNamed(issuer)) {
    const hint = 'An issuer is compared letter by letter, a slash at its end included.'
    return fail('the metadata of the authorization server name another issuer', { hint })
  }
  const endpoints = endpointsOf(document, issuerUrl)
  if ('problem' in endpoints) return fail(endpoints.problem)
  const { token_endpoint: tokenUrl, authorization_endpoint: authUrl } = endpoints.urls
  const { registration_endpoint: registrationUrl, revocation_endpoint: revocationUrl } =
    endpoints.urls
  const { device_authorization_endpoint: deviceUrl } = endpoints.urls
  if (tokenUrl === undefined) return fail('the authorization server has no token_endpoint')
  return {
    ok: true,
    server: {
      issuer,
      tokenUrl,
      ...(authUrl === undefined ? {} : { authUrl }),
      ...(registrationUrl === undefined ? {} : { registrationUrl }),
      ...(revocationUrl === undefined ? {} : { revocationUrl }),
      ...(deviceUrl === undefined ? {} : { deviceUrl }),
      authMethods: textsOf(document['token_endpoint_auth_methods_supported']),
      scopes: scopeWords(document['scopes_supported']),
      knowsS256: textsOf(document['code_challenge_methods_supported'])?.includes('S256') ?? false,
      sendsIssuer: document['authorization_response_iss_parameter_supported'] === true,
      takesMetadataUrl: document['client_id_metadata_document_supported'] === true,
    },
  }
}

const endpointNames = [
  'token_endpoint',
  'authorization_endpoint',
  'registration_endpoint',
  'revocation_endpoint',
  'device_authorization_endpoint',
] as const

type EndpointName = (typeof endpointNames)[number]

/** One that cannot be trusted spoils the whole document: whoever wrote it may have written the rest. */
function endpointsOf(
  document: JsonObject,
  issuerUrl: URL,
): { readonly urls: { readonly [name in EndpointName]?: URL } } | { readonly problem: string } {
  const urls: { [name in EndpointName]?: URL } = {}
  for (const name of endpointNames) {
    const value = document[name] ?? undefined
    if (value === undefined) continue
    const judged = typeof value === 'string' ? judgeUrl(value) : undefined
    const isHere = judged?.ok === true && isLoopback(judged.url.hostname)
    if (judged?.ok !== true || (isHere && !isLoopback(issuerUrl.hostname))) {
      return { problem: `the ${name} of the authorization server cannot be trusted` }
    }
    urls[name] = judged.url
  }
  return { urls }
}

/** The paths of MCP 2025-03-26; nobody says there what the server knows. */
function legacyServer({ origin }: URL): AuthorizationServer {
  return {
    issuer: undefined,
    tokenUrl: new URL('/token', origin),
    authUrl: new URL('/authorize', origin),
    registrationUrl: new URL('/register', origin),
    authMethods: undefined,
    scopes: [],
    knowsS256: true,
    sendsIssuer: false,
    takesMetadataUrl: false,
  }
}

function textsOf(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : undefined
}

function fail(
  problem: string,
  more: { readonly hint?: string; readonly isPassing?: boolean } = {},
): Discovery<never> {
  const { hint, isPassing = false } = more
  return { ok: false, problem, isPassing, ...(hint === undefined ? {} : { hint }) }
}
