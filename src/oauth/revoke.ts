// Revokes a token at the authorization server that issued it (RFC 7009).
import type { Secret } from '../core/secret.ts'
import type { OAuthClient } from './client.ts'
import type { ControlSender } from './control-request.ts'
import { basicCredentials } from './token-request.ts'

export type Revoked =
  | { readonly ok: true }
  /** Completes "the revocation endpoint …"; safe to show. */
  | { readonly ok: false; readonly problem: string }

type RevokingClient = Pick<OAuthClient, 'clientId' | 'clientSecret' | 'authStyle'>

const timeoutMs = 5000
const answerCap = 64 * 1024

/** A token that the server no longer knows counts as revoked (RFC 7009 §2.2). Never rejects. */
export async function revokeToken(
  { url, client }: { readonly url: URL; readonly client: RevokingClient },
  token: { readonly value: Secret; readonly hint: 'refresh_token' | 'access_token' },
  send: ControlSender,
): Promise<Revoked> {
  const form = new URLSearchParams({ token: token.value.reveal(), token_type_hint: token.hint })
  const headers: Record<string, string> = {
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
  }
  const { clientId, clientSecret, authStyle } = client
  if (clientSecret === undefined || authStyle === 1) {
    form.set('client_id', clientId)
    if (clientSecret !== undefined) form.set('client_secret', clientSecret.reveal())
  } else {
    headers['authorization'] = basicCredentials({ clientId, clientSecret })
  }
  const common = { method: 'POST', url: url.href, timeoutMs, maxBytes: answerCap } as const
  const request = { ...common, headers, body: form.toString() }
  const answer = await send(request, new AbortController().signal)
  if (!answer.ok) return { ok: false, problem: answer.detail }
  if (answer.status === 200) return { ok: true }
  return { ok: false, problem: `answered ${answer.status}` }
}
