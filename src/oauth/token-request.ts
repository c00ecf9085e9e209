// The client_credentials grant (RFC 6749 §4.4): one token request, in the client's way of authenticating.
import type { Clock } from '../core/clock.ts'
import type { OAuthClient } from './client.ts'
import type { ControlResult, ControlSender } from './control-request.ts'
import { readTokenResponse } from './token-response.ts'
import type { MintResult } from './token-response.ts'

/** Asks for one token. Never rejects. */
export type Mint = (signal: AbortSignal) => Promise<MintResult>

interface MintParts {
  readonly send: ControlSender
  readonly clock: Clock
  /** For one request; the default is 10 seconds. */
  readonly timeoutMs?: number
}

type Style = 'basic' | 'body'

const requestTimeoutMs = 10_000
const answerCap = 1024 * 1024

/** A mint that remembers which way of authenticating the token endpoint takes. */
export function createMint(client: OAuthClient, parts: MintParts): Mint {
  let style: Style = client.authStyle === 1 ? 'body' : 'basic'
  let probing = client.authStyle === 0

  const ask = async (signal: AbortSignal): Promise<[MintResult, ControlResult]> => {
    const answer = await parts.send(tokenRequest(client, style, parts.timeoutMs), signal)
    return [readTokenResponse(answer, parts.clock, client.defaultExpiresIn), answer]
  }

  return async (signal) => {
    let [result, answer] = await ask(signal)
    if (result.ok) probing = false
    if (client.authStyle !== 0 || !authenticationFailed(result, answer)) return result
    // One probe of the other way ever: after that each attempt takes one way, turn about, so that a client which is
    // refused for good costs one request an attempt.
    style = style === 'basic' ? 'body' : 'basic'
    if (!probing) return result
    probing = false
    ;[result, answer] = await ask(signal)
    if (authenticationFailed(result, answer)) style = 'basic'
    return result
  }
}

/** False for refusals that can only follow a successful client authentication, such as invalid_scope. */
function authenticationFailed(result: MintResult, answer: ControlResult): boolean {
  if (result.ok || !answer.ok) return false
  if (answer.status === 401) return true
  if (answer.status !== 400) return false
  return result.error === undefined || /^invalid_(?:client|request)$/.test(result.error)
}

function tokenRequest(client: OAuthClient, style: Style, timeoutMs = requestTimeoutMs) {
  const form = new URLSearchParams({ grant_type: 'client_credentials' })
  // An empty `scope` is not the same as none (RFC 6749 §3.3 wants at least one token in it).
  if (client.scopes.length > 0) form.set('scope', client.scopes.join(' '))
  for (const [name, value] of client.params) form.append(name, value)
  const headers: Record<string, string> = {
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
  }
  if (style === 'basic') {
    headers['authorization'] = basicCredentials(client)
  } else {
    form.set('client_id', client.clientId)
    form.set('client_secret', client.clientSecret.reveal())
  }
  return {
    method: 'POST',
    url: client.tokenUrl.href,
    headers,
    body: form.toString(),
    timeoutMs,
    maxBytes: answerCap,
  } as const
}

/** RFC 6749 §2.3.1: id and secret are form-encoded before they are joined, so that a `:` in either survives. */
export function basicCredentials(client: Pick<OAuthClient, 'clientId' | 'clientSecret'>): string {
  const pair = `${formEncode(client.clientId)}:${formEncode(client.clientSecret.reveal())}`
  return `Basic ${Buffer.from(pair).toString('base64')}`
}

function formEncode(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1)
}
