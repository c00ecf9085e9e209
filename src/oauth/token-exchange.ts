// Token exchange (RFC 8693): somebody's token for one that the upstream takes.
import { createHash } from 'node:crypto'
import type { OAuthClient } from './client.ts'
import { readShownToken, shownTokenId, type ShownToken } from './shown-token.ts'
import { wishes, type GrantForm, type Mint, type TokenRequester } from './token-request.ts'
import type { MintFailure } from './token-response.ts'

export interface TypedToken {
  readonly shown: ShownToken
  /** Full token type identifier (RFC 8693 §3). */
  readonly type: string
}

export interface Exchange {
  readonly subjectType: string
  readonly actor?: TypedToken
  readonly requestedType?: string
}

const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange'

/** The identifier of one of the token types that RFC 8693 §3 registers. */
export function tokenTypeUrn(name: string): string {
  return `urn:ietf:params:oauth:token-type:${name}`
}

/** Exchanges `subject`, read anew for each request. */
export function createExchangeMint(
  client: Pick<OAuthClient, 'scopes' | 'params'>,
  exchange: Exchange,
  subject: ShownToken,
  request: TokenRequester,
): Mint {
  return async (signal) => {
    const form = await exchangeForm(client, exchange, subject)
    return 'ok' in form ? form : request(form, signal)
  }
}

async function exchangeForm(
  client: Pick<OAuthClient, 'scopes' | 'params'>,
  { subjectType, actor, requestedType }: Exchange,
  subject: ShownToken,
): Promise<GrantForm | MintFailure> {
  const token = await readShownToken(subject)
  if (!token.ok) return token
  const acting = actor === undefined ? undefined : await readShownToken(actor.shown)
  if (acting?.ok === false) return acting
  return [
    ['grant_type', exchangeGrant],
    ['subject_token', token.value.reveal()],
    ['subject_token_type', subjectType],
    ...(acting === undefined || actor === undefined
      ? []
      : [
          ['actor_token', acting.value.reveal()] as const,
          ['actor_token_type', actor.type] as const,
        ]),
    ...(requestedType === undefined ? [] : [['requested_token_type', requestedType] as const]),
    ...wishes(client),
  ]
}

/** Differs for exchanges whose tokens must not be shared; no secret. */
export function exchangeId({ subjectType, actor, requestedType }: Exchange): string {
  const acting = actor === undefined ? [] : [shownTokenId(actor.shown, digestOf), actor.type]
  return JSON.stringify([subjectType, requestedType ?? '', ...acting])
}

export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
