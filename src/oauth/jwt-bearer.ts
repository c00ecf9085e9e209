// The JWT bearer grant (RFC 7523 §2.1), and what leads to it where a company's login decides (ID-JAG): a JWT for a token.
import type { OAuthClient } from './client.ts'
import { readShownToken, type ShownToken } from './shown-token.ts'
import {
  createExchangeMint,
  tokenTypeUrn,
  type AskingParts,
  type Exchange,
} from './token-exchange.ts'
import { wishes, type Mint } from './token-request.ts'
import type { MintFailure } from './token-response.ts'

type Wishes = Pick<OAuthClient, 'scopes' | 'params'>

/** Shows `assertion`, read or signed anew for each request. */
export function createJwtBearerMint(
  wanted: Wishes,
  assertion: ShownToken,
  { request, clock }: AskingParts,
): Mint {
  return async (signal) => {
    const shown = await readShownToken(assertion, clock)
    if (!shown.ok) return shown
    const form = [
      ['grant_type', 'urn:ietf:params:oauth:grant-type:jwt-bearer'] as const,
      ['assertion', shown.value.reveal()] as const,
      ...wishes(wanted),
    ]
    return request(form, signal)
  }
}

export const idJagType = tokenTypeUrn('id-jag')

/** The identity provider that vouches for a user. */
export interface VouchingParts extends AskingParts {
  /** For messages. */
  readonly endpoint: string
  /** Issuer of the server that takes the ID-JAG. */
  readonly audience: string
  readonly subjectType: string
}

/** An ID-JAG for `subject` from the identity provider, shown to the authorization server of the resource. */
export function createIdJagMint(
  wanted: Wishes,
  subject: ShownToken,
  idp: VouchingParts,
  server: AskingParts,
): Mint {
  const exchange: Exchange = { subjectType: idp.subjectType, requestedType: idJagType }
  const resource = wanted.params.filter(([name]) => name === 'resource')
  const params = [['audience', idp.audience] as const, ...resource]
  const vouch = createExchangeMint({ scopes: wanted.scopes, params }, exchange, subject, idp)
  return async (signal) => {
    const vouched = await vouch(signal)
    if (!vouched.ok) return notAsked(vouched, idp.endpoint)
    const assertion: ShownToken = { kind: 'value', value: vouched.token.value }
    return createJwtBearerMint(wanted, assertion, server)(signal)
  }
}

function notAsked(failure: MintFailure, endpoint: string): MintFailure {
  if (failure.problem.startsWith('was not asked')) return failure
  const problem = `was not asked: the identity provider at ${endpoint} ${failure.problem}`
  return { ...failure, problem }
}
