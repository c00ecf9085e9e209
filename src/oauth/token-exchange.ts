// Token exchange (RFC 8693): somebody's token for one that the upstream takes.
import { createHash } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import type { OAuthClient } from './client.ts'
import { readShownToken, shownTokenId, type ShownToken } from './shown-token.ts'
import { wishes, type GrantForm, type Mint, type TokenRequester } from './token-request.ts'
import type { MintFailure, MintResult } from './token-response.ts'

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

export interface AskingParts {
  readonly request: TokenRequester
  readonly clock: Clock
}

type Wishes = Pick<OAuthClient, 'scopes' | 'params'>

/** The identifier of one of the token types that RFC 8693 §3 registers. */
export function tokenTypeUrn(name: string): string {
  return `urn:ietf:params:oauth:token-type:${name}`
}

/** Exchanges `subject`, read anew for each request. */
export function createExchangeMint(
  wanted: Wishes,
  exchange: Exchange,
  subject: ShownToken,
  { request, clock }: AskingParts,
): Mint {
  return async (signal) => {
    const form = await exchangeForm(wanted, exchange, subject, clock)
    if ('ok' in form) return form
    return blamed(await request(form, signal), exchange)
  }
}

/** RFC 8693 §2.2.2 wants invalid_request for a subject or an actor that is no good; many say invalid_grant. */
const faults = new Set(['invalid_request', 'invalid_grant'])

function blamed(result: MintResult, { actor }: Exchange): MintResult {
  if (result.ok || actor !== undefined || !faults.has(result.error ?? '')) return result
  return { ...result, isOfSubject: true }
}

async function exchangeForm(
  wanted: Wishes,
  { subjectType, actor, requestedType }: Exchange,
  subject: ShownToken,
  clock: Clock,
): Promise<GrantForm | MintFailure> {
  const token = await readShownToken(subject, clock)
  if (!token.ok) return token
  const acting = actor === undefined ? undefined : await readShownToken(actor.shown, clock)
  if (acting?.ok === false) return acting
  return [
    ['grant_type', 'urn:ietf:params:oauth:grant-type:token-exchange'],
    ['subject_token', token.value.reveal()],
    ['subject_token_type', subjectType],
    ...(acting === undefined || actor === undefined
      ? []
      : [
          ['actor_token', acting.value.reveal()] as const,
          ['actor_token_type', actor.type] as const,
        ]),
    ...(requestedType === undefined ? [] : [['requested_token_type', requestedType] as const]),
    ...wishes(wanted),
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
