// Token requests in the client's way of authenticating (RFC 6749 §2.3), and the client_credentials grant (§4.4).
import type { Clock } from '../core/clock.ts'
import type { OAuthClient } from './client.ts'
import { assertionParameters } from './client-authentication.ts'
import type { ControlRequest, ControlResult, ControlSender } from './control-request.ts'
import { readTokenResponse } from './token-response.ts'
import type { MintResult } from './token-response.ts'

/** Asks for one token. Never rejects. */
export type Mint = (signal: AbortSignal) => Promise<MintResult>

interface MintParts {
  readonly send: ControlSender
  readonly clock: Clock
  /** For one request; the default is 10 seconds. */
  readonly timeoutMs?: number
  /** Set where an assertion is asked for, and no access token. */
  readonly issuedType?: string
}

type Style = 'basic' | 'body'

const requestTimeoutMs = 10_000
const answerCap = 1024 * 1024

/** The parameters of a grant, without those of the client. */
export type GrantForm = readonly (readonly [name: string, value: string])[]

/** Sends one grant to the token endpoint. Never rejects. */
export type TokenRequester = (grant: GrantForm, signal: AbortSignal) => Promise<MintResult>

export function createMint(client: OAuthClient, parts: MintParts): Mint {
  const request = createTokenRequester(client, parts)
  const grant = [['grant_type', 'client_credentials'] as const, ...wishes(client)]
  return (signal) => request(grant, signal)
}

/** What a client asks for, whatever the grant: scopes, then `audience`, `resource` and the like. */
export function wishes({ scopes, params }: Pick<OAuthClient, 'scopes' | 'params'>): GrantForm {
  // An empty `scope` is not the same as none (RFC 6749 §3.3 wants at least one token in it).
  return [...(scopes.length === 0 ? [] : [['scope', scopes.join(' ')] as const]), ...params]
}

/** Remembers which way of authenticating the token endpoint takes. */
export function createTokenRequester(client: OAuthClient, parts: MintParts): TokenRequester {
  const hasSecret = client.clientSecret !== undefined
  let style: Style = client.authStyle === 1 || !hasSecret ? 'body' : 'basic'
  let probing = client.authStyle === 0

  const ask = async (
    grant: GrantForm,
    signal: AbortSignal,
  ): Promise<[MintResult, ControlResult]> => {
    const answer = await sendProven(client, () => tokenRequest(client, grant, style, parts), {
      send: parts.send,
      signal,
    })
    const { defaultExpiresIn } = client
    const expected = {
      defaultExpiresIn,
      issuedType: parts.issuedType,
      isBound: client.dpop !== undefined,
    }
    return [readTokenResponse(answer, parts.clock, expected), answer]
  }

  return async (grant, signal) => {
    let [result, answer] = await ask(grant, signal)
    if (result.ok) probing = false
    if (!hasSecret || client.authStyle !== 0 || !authenticationFailed(result, answer)) return result
    if (isFaultOfGrant(grant, result)) return result
    // One probe of the other way ever: after that each attempt takes one way, turn about, so that a client which is
    // refused for good costs one request an attempt.
    style = style === 'basic' ? 'body' : 'basic'
    if (!probing) return result
    probing = false
    ;[result, answer] = await ask(grant, signal)
    if (authenticationFailed(result, answer)) style = 'basic'
    return result
  }
}

/** A server that wants a nonce in the proof says so once (RFC 9449 §8); the request is made anew, for nothing in it is good twice. */
async function sendProven(
  { dpop, tokenUrl }: OAuthClient,
  make: () => ControlRequest,
  { send, signal }: { readonly send: ControlSender; readonly signal: AbortSignal },
): Promise<ControlResult> {
  const answer = await send(make(), signal)
  if (dpop === undefined || !answer.ok) return answer
  const isNews = dpop.learn(tokenUrl.origin, answer.header('dpop-nonce'))
  if (answer.status !== 400 && answer.status !== 401) return answer
  return isNews && answer.text.includes('use_dpop_nonce') ? send(make(), signal) : answer
}

/** False for refusals that can only follow a successful client authentication, such as invalid_scope. */
function authenticationFailed(result: MintResult, answer: ControlResult): boolean {
  if (result.ok || !answer.ok) return false
  if (answer.status === 401) return true
  if (answer.status !== 400) return false
  return result.error === undefined || /^invalid_(?:client|request)$/.test(result.error)
}

/** What RFC 8693 §2.2.2 says of a token that is no good must not change how the client authenticates for other tokens. */
function isFaultOfGrant(grant: GrantForm, result: MintResult): boolean {
  if (result.ok || result.error !== 'invalid_request') return false
  return grant.some(([name]) => name === 'subject_token' || name === 'assertion')
}

function tokenRequest(
  client: OAuthClient,
  grant: GrantForm,
  style: Style,
  { clock, timeoutMs = requestTimeoutMs }: MintParts,
) {
  const form = new URLSearchParams()
  for (const [name, value] of grant) form.append(name, value)
  const headers: Record<string, string> = {
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
  }
  if (client.dpop !== undefined) {
    headers['dpop'] = client.dpop.prove({ method: 'POST', url: client.tokenUrl }, clock)
  }
  if (client.authentication !== undefined) {
    const own = assertionParameters(client.clientId, client.authentication, clock)
    for (const [name, value] of own) form.set(name, value)
  } else if (style === 'basic') {
    headers['authorization'] = basicCredentials(client)
  } else {
    form.set('client_id', client.clientId)
    if (client.clientSecret !== undefined) form.set('client_secret', client.clientSecret.reveal())
  }
  return {
    method: 'POST',
    url: client.tokenUrl.href,
    headers,
    body: form.toString(),
    ...(client.certificate === undefined ? {} : { certificate: client.certificate }),
    timeoutMs,
    maxBytes: answerCap,
  } as const
}

/** RFC 6749 §2.3.1: id and secret are form-encoded before they are joined, so that a `:` in either survives. */
export function basicCredentials(client: Pick<OAuthClient, 'clientId' | 'clientSecret'>): string {
  const secret = client.clientSecret?.reveal() ?? ''
  const pair = `${formEncode(client.clientId)}:${formEncode(secret)}`
  return `Basic ${Buffer.from(pair).toString('base64')}`
}

function formEncode(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1)
}
