// A mint for a client that knows its issuer: the token endpoint is what the issuer's metadata says (RFC 8414, OpenID Connect).
import type { Clock } from '../core/clock.ts'
import type { OAuthClient } from './client.ts'
import type { ControlSender } from './control-request.ts'
import { discoverTokenUrl } from './discovery.ts'
import { createMint } from './token-request.ts'
import type { Mint } from './token-request.ts'

/** `issuer` is a URL that is also `client.tokenUrl`, which counts when there is no metadata. */
export function createIssuerMint(
  issuer: string,
  client: OAuthClient,
  parts: { readonly send: ControlSender; readonly clock: Clock },
): Mint {
  // A path that ends like this is a token endpoint everywhere, and to ask around it would be noise.
  const isEndpoint = /\/token\/?$/.test(client.tokenUrl.pathname)
  let known = isEndpoint ? createMint(client, parts) : undefined
  return async (signal) => {
    if (known === undefined) {
      const found = await discoverTokenUrl(issuer, parts.send, signal)
      if (!found.ok) return { ok: false, kind: found.kind, problem: found.problem }
      known = createMint({ ...client, tokenUrl: found.url ?? client.tokenUrl }, parts)
    }
    return known(signal)
  }
}
