// Renews the tokens of a login where its server was found, as the client that was found or made there.
import type { Clock } from '../core/clock.ts'
import type { GrantTokens } from '../core/grants.ts'
import type { ControlSender } from './control-request.ts'
import type { Renewal } from './grant-mint.ts'
import { paramsOf, senderOf, type SoughtClient } from './sought-client.ts'
import { createTokenRequester } from './token-request.ts'

/** Undefined for tokens of a login that did not look for its server, or was for another client. */
export function foundRenewal(
  sought: SoughtClient,
  parts: { readonly send: ControlSender; readonly clock: Clock },
): (tokens: GrantTokens) => Renewal | undefined {
  const send = senderOf(sought, parts.send)
  return ({ found, tokenUrl }) => {
    const isOther = sought.clientId !== undefined && sought.clientId !== found?.clientId
    if (found === undefined || isOther) return undefined
    const clientSecret = found.clientSecret ?? sought.clientSecret
    const { defaultExpiresIn } = sought
    const params = paramsOf(sought, found.resource)
    const client = {
      tokenUrl: new URL(tokenUrl),
      clientId: found.clientId,
      authStyle: found.authStyle,
      scopes: sought.scopes,
      params,
      ...(clientSecret === undefined ? {} : { clientSecret }),
      ...(defaultExpiresIn === undefined ? {} : { defaultExpiresIn }),
    }
    return { request: createTokenRequester(client, { send, clock: parts.clock }), params }
  }
}
