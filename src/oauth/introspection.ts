// Asks an authorization server about a token that only it can read (RFC 7662).
import type { Clock } from '../core/clock.ts'
import type { JsonObject } from '../core/json.ts'
import type { Secret } from '../core/secret.ts'
import { printableUrl } from '../core/trusted-url.ts'
import type { ControlSender } from './control-request.ts'
import { retryAfterSeconds } from './retry-after.ts'
import { parseStrictObject } from './strict-json.ts'
import { basicCredentials } from './token-request.ts'

export interface IntrospectionEndpoint {
  /** Absolute; already judged. */
  readonly url: URL
  /** Whom the endpoint lets ask. */
  readonly client: { readonly clientId: string; readonly clientSecret: Secret }
}

export type Introspected =
  /** `claims` is undefined for a token that is not active: expired, revoked, or never issued. */
  | { readonly ok: true; readonly claims: JsonObject | undefined }
  /** `problem` is a sentence without its full stop; it holds nothing of the token. */
  | { readonly ok: false; readonly problem: string; readonly retryAfterSeconds?: number }

/** Never rejects. */
export type Introspect = (token: string, signal: AbortSignal) => Promise<Introspected>

const timeoutMs = 5000
const answerCap = 64 * 1024

export function createIntrospect(
  { url, client }: IntrospectionEndpoint,
  { send, clock }: { readonly send: ControlSender; readonly clock: Clock },
): Introspect {
  const from = printableUrl(url)
  return async (token, signal) => {
    const request = {
      method: 'POST',
      url: url.href,
      headers: {
        accept: 'application/json',
        authorization: basicCredentials(client),
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({ token, token_type_hint: 'access_token' }).toString(),
      timeoutMs,
      maxBytes: answerCap,
    } as const
    const answer = await send(request, signal)
    if (!answer.ok) return { ok: false, problem: `${from} ${answer.detail}` }
    if (answer.status === 200) return readAnswer(answer.text, from)
    const wait = retryAfterSeconds(answer.header('retry-after'), clock.now())
    return {
      ok: false,
      problem: `${from} answered ${answer.status}`,
      ...(wait === undefined ? {} : { retryAfterSeconds: wait }),
    }
  }
}

function readAnswer(text: string, from: string): Introspected {
  const claims = parseStrictObject(Buffer.from(text))
  const active = claims?.['active']
  if (typeof active === 'boolean') return { ok: true, claims: active ? claims : undefined }
  return { ok: false, problem: `the answer of ${from} is no introspection response` }
}
