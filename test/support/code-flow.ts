// A client of the authorization code flow, in plain requests: what a browser and an app do between them.
import { createHash, randomBytes } from 'node:crypto'

export type Form = Readonly<Record<string, string>>

export interface Pkce {
  readonly verifier: string
  readonly challenge: string
}

export function pkce(): Pkce {
  const verifier = randomBytes(32).toString('base64url')
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}

export interface CodeRequest {
  readonly clientId: string
  readonly redirectUri: string
  readonly challenge: string
  /** More parameters; an empty one is left out. */
  readonly more?: Form
}

export function authorizeUrl(issuer: string, request: CodeRequest): URL {
  const url = new URL('/authorize', issuer)
  const form = {
    response_type: 'code',
    client_id: request.clientId,
    redirect_uri: request.redirectUri,
    code_challenge: request.challenge,
    code_challenge_method: 'S256',
    state: 'the-state',
    ...request.more,
  }
  for (const [name, value] of Object.entries(form)) {
    if (value !== '') url.searchParams.set(name, value)
  }
  return url
}

/** Where a request to `authorize` leads at once. Throws the body of an answer that leads nowhere. */
export async function authorize(url: URL | string, init: RequestInit = {}): Promise<URL> {
  const answer = await fetch(url, { redirect: 'manual', ...init })
  const location = answer.headers.get('location')
  if (location === null) throw new Error(`${answer.status} ${await answer.text()}`)
  return new URL(location, url)
}

export async function postJson(
  url: string,
  form: Form,
  headers: Record<string, string> = {},
): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const answer = await fetch(url, { method: 'POST', headers, body: new URLSearchParams(form) })
  const text = await answer.text()
  const body = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>
  return { status: answer.status, body }
}
