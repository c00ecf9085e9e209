// The token_exchange grant of middleware.http.oauth2: the token of each caller, or one for all, for one that the upstream takes.
import type { Oauth2Metadata } from '../../core/generated/types.ts'
import type { Exchange as Request, Reply } from '../../core/exchange.ts'
import { printableUrl } from '../../core/trusted-url.ts'
import { bearerChallenge, realm } from '../../oauth/challenge.ts'
import { readCredentials } from '../../oauth/credentials.ts'
import type { ExchangedTokens } from '../../oauth/exchanged-tokens.ts'
import type { Lease } from '../../oauth/leases.ts'
import type { OAuthClient } from '../../oauth/client.ts'
import { shownTokenId, type ShownToken } from '../../oauth/shown-token.ts'
import {
  createExchangeMint,
  digestOf,
  exchangeId,
  tokenTypeUrn,
  type Exchange,
} from '../../oauth/token-exchange.ts'
import type { Mint } from '../../oauth/token-request.ts'
import type { TokenSource } from '../../oauth/token-source.ts'
import {
  acquireExchangedTokens,
  acquireShowingSource,
  type ShowingGrant,
} from '../../oauth/token-sources.ts'
import { answer } from '../answer.ts'
import type { MetadataReader } from '../metadata.ts'
import type { ProvisionContext, Provisioned } from '../middleware.ts'
import { readPathFilter } from '../path-filter.ts'
import {
  attachment,
  provisionAttachment,
  readTokenHeader,
  type Attached,
  type ChooseTokens,
} from './client-credentials.ts'
import type { Proofs } from './dpop-proofs.ts'
import { readOauth2Client } from './oauth2-client.ts'
import { readShownSetting } from './shown-setting.ts'

type Field = keyof Oauth2Metadata

export function provisionTokenExchange(
  reader: MetadataReader<Field>,
  context: ProvisionContext,
): Provisioned {
  const client = readOauth2Client(reader, { isSecretOptional: true })
  const exchange = readExchange(reader)
  const subject = readShownSetting(reader, 'subjectToken', 'subjectTokenFile')
  const summary = `token_exchange at ${printableUrl(client.tokenUrl)}`
  return provisionShowing(
    reader,
    {
      client,
      subject,
      summary,
      id: exchangeId(exchange),
      mintOf: (parts) => (shown) => createExchangeMint(client, exchange, shown, parts),
    },
    context,
  )
}

interface Showing extends ShowingGrant<(subject: ShownToken) => Mint> {
  readonly client: OAuthClient
  /** Undefined: the token of each caller. */
  readonly subject: ShownToken | undefined
  readonly summary: string
}

/** A handler that attaches what is got for `subject`, or for each caller's own token. */
export function provisionShowing(
  reader: MetadataReader<Field>,
  { client, subject, summary, id, mintOf }: Showing,
  context: ProvisionContext,
): Provisioned {
  if (subject === undefined) {
    const lease = acquireExchangedTokens(client, { id, mintOf }, context)
    const proofs = client.dpop && { dpop: client.dpop, clock: context.clock }
    return provisionForCallers(reader, { lease, summary, proofs })
  }
  const grant: ShowingGrant<Mint> = {
    id: `${id} ${shownTokenId(subject, digestOf)}`,
    mintOf: (parts) => mintOf(parts)(subject),
  }
  const lease = acquireShowingSource(client, grant, context)
  return provisionLeased(reader, { lease, summary, dpop: client.dpop }, context)
}

/** A handler that attaches the tokens of one source; a resource that wants more scopes gets its refusal through. */
export function provisionLeased(
  reader: MetadataReader<Field>,
  {
    lease,
    ...rest
  }: { readonly lease: Lease<TokenSource> } & Pick<Attached<Field>, 'summary' | 'dpop'>,
  context: ProvisionContext,
): Provisioned {
  const release = (): void => lease.release()
  const attached = { ...rest, tokens: lease.value, release, headerField: 'authHeaderName' } as const
  return provisionAttachment(reader, attached, context)
}

/** A handler that attaches what each caller's own token was exchanged for. Gives the lease back when it throws. */
function provisionForCallers(
  reader: MetadataReader<Field>,
  {
    lease,
    summary,
    proofs,
  }: {
    readonly lease: Lease<ExchangedTokens>
    readonly summary: string
    readonly proofs: Proofs | undefined
  },
): Provisioned {
  try {
    const header = readTokenHeader(reader, 'authHeaderName', proofs)
    return {
      summary: `${summary} for the token of each caller`,
      ...attachment(sourceOfCaller(lease.value), header, readPathFilter(reader)),
      close: () => lease.release(),
    }
  } catch (error) {
    lease.release()
    throw error
  }
}

/** Takes the caller's token off the request, so that it goes to nobody but the authorization server. */
function sourceOfCaller(tokens: ExchangedTokens): ChooseTokens {
  const chosen = new WeakMap<Request, TokenSource>()
  return (request) => {
    const known = chosen.get(request)
    if (known !== undefined) return known
    const credentials = readCredentials(request.headers, request.query)
    if (credentials.kind === 'repeated') return repeated()
    if (credentials.kind !== 'token') return missing()
    request.headers.delete('authorization')
    const source = tokens.of(credentials.token)
    chosen.set(request, source)
    return source
  }
}

function missing(): Reply {
  return answer({
    status: 401,
    code: 'SUBJECT_TOKEN_MISSING',
    message:
      'The request carries no access token that could be exchanged. Send one as Authorization: Bearer.',
    headers: ['www-authenticate', bearerChallenge([realm])],
  })
}

function repeated(): Reply {
  return answer({
    status: 400,
    code: 'TOKEN_REQUEST_INVALID',
    message: 'The request presents its access token in more than one way.',
    headers: ['www-authenticate', bearerChallenge([realm, ['error', 'invalid_request']])],
  })
}

function readExchange(reader: MetadataReader<Field>): Exchange {
  const shown = readShownSetting(reader, 'actorToken', 'actorTokenFile')
  const actorType = readTokenType(reader, 'actorTokenType')
  if (shown === undefined && actorType !== undefined) {
    throw reader.complaint('actorTokenType', 'goes with an actorToken', 'Give one, or remove it.')
  }
  const requestedType = readTokenType(reader, 'requestedTokenType')
  return {
    subjectType: readTokenType(reader, 'subjectTokenType') ?? tokenTypeUrn('access_token'),
    ...(shown === undefined
      ? {}
      : { actor: { shown, type: actorType ?? tokenTypeUrn('access_token') } }),
    ...(requestedType === undefined ? {} : { requestedType }),
  }
}

const tokenTypes = new Set(['access_token', 'id_token', 'jwt', 'refresh_token', 'saml1', 'saml2'])

/** Undefined when it is not set. */
export function readTokenType(reader: MetadataReader<Field>, field: Field): string | undefined {
  const name = reader.text(field)
  if (name === undefined) return undefined
  if (tokenTypes.has(name)) return tokenTypeUrn(name)
  const hint = `Use one of: ${[...tokenTypes].join(', ')}.`
  throw reader.complaint(field, 'is no token type that is known here', hint)
}
