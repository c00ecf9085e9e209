// DPoP proofs of requests that go out (RFC 9449 §7.1, §9): made when the URL is known, with the nonce of its server.
import type { Clock } from '../../core/clock.ts'
import { McpAuthError } from '../../core/errors.ts'
import type { Exchange, ResponseHead } from '../../core/exchange.ts'
import type { DpopClient } from '../../oauth/dpop-client.ts'
import type { IssuedToken } from '../../oauth/token-response.ts'

export interface Proofs {
  readonly dpop: DpopClient
  readonly clock: Clock
}

/** To whom a request went last, and who proves there. */
const sentTo = new WeakMap<Exchange, { readonly dpop: DpopClient; readonly origin: string }>()

/** Has the request proven each time that it is sent. */
export function proveOnSend(exchange: Exchange, token: IssuedToken, { dpop, clock }: Proofs): void {
  exchange.beforeSend = (text) => {
    if (text === undefined) throw unknownUrl()
    const url = new URL(text)
    sentTo.set(exchange, { dpop, origin: url.origin })
    const about = { method: exchange.method, url, token: token.value.reveal() }
    exchange.headers.set('DPoP', dpop.prove(about, clock))
  }
}

/** Keeps the nonce of an answer. Returns whether the request was refused for want of it, and can be sent once more. */
export function learnNonce(exchange: Exchange, head: ResponseHead): boolean {
  const sent = sentTo.get(exchange)
  if (sent === undefined) return false
  const isNews = sent.dpop.learn(sent.origin, head.headers.get('dpop-nonce'))
  if (head.status !== 401 || !isNews || !exchange.replayable) return false
  const challenges = head.headers.values('www-authenticate').join(', ')
  // Two patterns: as one it would look through the rest of the header once for each "dpop" in it.
  const start = challenges.search(/(?:^|[\s,])dpop\s/i)
  return start !== -1 && /error="?use_dpop_nonce"?/i.test(challenges.slice(start))
}

function unknownUrl(): McpAuthError {
  return new McpAuthError(
    'HANDLER_UNUSABLE',
    'The proof of possession needs the URL of the target, which a header does not say.',
    { hint: 'Call /v1.0/invoke/<App ID>/method/<path> instead of using dapr-app-id.' },
  )
}
