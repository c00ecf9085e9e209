// The authorization code grant with PKCE (RFC 6749 §4.1, RFC 7636): what goes to the browser, and what comes back.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

export interface LoginServer {
  readonly authUrl: URL
  readonly tokenUrl: URL
  /** As its metadata says it; undefined when only the endpoints are known. */
  readonly issuer: string | undefined
  /** Its metadata promises `iss` in every answer (RFC 9207 §3). */
  readonly sendsIssuer: boolean
}

/** One login under way, recorded before the browser is sent off. */
export interface LoginAttempt {
  readonly server: LoginServer
  readonly url: URL
  readonly state: string
  readonly verifier: string
  readonly redirectUri: string
}

export interface LoginRequest {
  readonly server: LoginServer
  readonly clientId: string
  readonly redirectUri: string
  readonly scopes: readonly string[]
  /** `resource`, `audience` and the like. */
  readonly params: readonly (readonly [name: string, value: string])[]
}

export function beginLogin(request: LoginRequest): LoginAttempt {
  const { server, clientId, redirectUri, scopes, params } = request
  const [state, verifier] = [randomText(), randomText()]
  const url = new URL(server.authUrl)
  for (const [name, value] of params) url.searchParams.append(name, value)
  const own = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
    state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }
  for (const [name, value] of Object.entries(own)) url.searchParams.set(name, value)
  return { server, url, state, verifier, redirectUri }
}

export type LoginAnswer =
  | { readonly code: string }
  /** Completes "the answer …"; holds nothing of an answer that may be forged. */
  | { readonly problem: string }

/** Judges the query of the redirect back (RFC 6749 §4.1.2, RFC 9207 §2.4). */
export function readLoginAnswer(query: URLSearchParams, attempt: LoginAttempt): LoginAnswer {
  for (const name of ['state', 'iss', 'code', 'error']) {
    if (query.getAll(name).length > 1) return { problem: `has ${name} twice` }
  }
  if (!isSame(query.get('state') ?? '', attempt.state)) {
    return { problem: 'is not for this login: its state is another one' }
  }
  const problem = issuerProblem(query.get('iss'), attempt.server)
  if (problem !== undefined) return { problem }
  const error = query.get('error')
  if (error !== null)
    return { problem: `is ${/^[A-Za-z0-9_.-]{1,64}$/.test(error) ? error : 'an error'}` }
  const code = query.get('code')
  return code === null || code === '' ? { problem: 'has no code' } : { code }
}

/** Compared as they are, without normalization. Where only endpoints are known, the origin has to do. */
function issuerProblem(iss: string | null, server: LoginServer): string | undefined {
  if (iss === null) {
    return server.sendsIssuer ? 'has no iss, although its sender always sends one' : undefined
  }
  if (server.issuer !== undefined) {
    return iss === server.issuer ? undefined : 'is of another issuer'
  }
  return URL.parse(iss)?.origin === server.authUrl.origin ? undefined : 'is of another issuer'
}

function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)]
  return left.length === right.length && timingSafeEqual(left, right)
}

/** 256 bits. */
function randomText(): string {
  return randomBytes(32).toString('base64url')
}
