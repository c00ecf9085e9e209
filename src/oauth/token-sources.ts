// The token sources of this process: handlers with equal clients share one, across reloads too.
import type { Clock } from '../core/clock.ts'
import type { Logger } from '../core/logger.ts'
import { grantId, type GrantKey, type GrantStore } from '../core/grants.ts'
import { tokenKey } from './client.ts'
import type { OAuthClient } from './client.ts'
import { sendControlRequest } from './control-request.ts'
import { createLeases } from './leases.ts'
import type { Lease } from './leases.ts'
import { createIssuerMint } from './issuer-mint.ts'
import { createGrantMint, renewalAt } from './grant-mint.ts'
import { createSvidMint, svidError, type SvidMintParts } from './svid-mint.ts'
import { createMint, createTokenRequester, type Mint } from './token-request.ts'
import type { AskingParts } from './token-exchange.ts'
import { ExchangedTokens } from './exchanged-tokens.ts'
import type { ShownToken } from './shown-token.ts'
import { TokenSource } from './token-source.ts'
import type { Secret } from '../core/secret.ts'
import { createDiscoveredMint } from './discovered-mint.ts'
import { foundRenewal } from './found-renewal.ts'
import type { SoughtClient } from './sought-client.ts'
import type { OAuthClientStore } from '../core/oauth-clients.ts'
import type { McpSvidSpec } from '../core/snapshot.ts'
import { printableUrl } from '../core/trusted-url.ts'

const acquire = createLeases<TokenSource>()
const acquireExchanged = createLeases<ExchangedTokens>()

interface Parts {
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
}

/** The source of that client's tokens. Does no I/O; release it when the handler closes. */
export function acquireTokenSource(client: OAuthClient, parts: Parts): Lease<TokenSource> {
  return acquire(parts.clock, tokenKey(client), () => {
    const mint = createMint(client, { send: sendControlRequest, clock: parts.clock })
    return new TokenSource({ ...parts, mint, endpoint: printableUrl(client.tokenUrl) })
  })
}

/** Ways of asking for a token with something that is shown; `id` differs for those whose tokens must not be shared. */
export interface ShowingGrant<Asking> {
  readonly id: string
  readonly mintOf: (parts: AskingParts) => Asking
}

/** The source of tokens that are got for one and the same thing, whoever calls. */
export function acquireShowingSource(
  client: OAuthClient,
  { id, mintOf }: ShowingGrant<Mint>,
  parts: Parts,
): Lease<TokenSource> {
  return acquire(parts.clock, `${id} ${tokenKey(client)}`, () => {
    const mint = mintOf(askingParts(client, parts))
    return new TokenSource({ ...parts, mint, endpoint: printableUrl(client.tokenUrl) })
  })
}

/** The same for the tokens of callers. */
export function acquireExchangedTokens(
  client: OAuthClient,
  { id, mintOf }: ShowingGrant<(subject: ShownToken) => Mint>,
  parts: Parts,
): Lease<ExchangedTokens> {
  return acquireExchanged(parts.clock, `${id} ${tokenKey(client)}`, () => {
    const mintForSubject = mintOf(askingParts(client, parts))
    const mintFor = (value: Secret) => mintForSubject({ kind: 'value', value })
    return new ExchangedTokens({ ...parts, mintFor, endpoint: printableUrl(client.tokenUrl) })
  })
}

/** `issuedType` where an assertion is asked for, and no access token. */
export function askingParts(
  client: OAuthClient,
  { clock }: Pick<Parts, 'clock'>,
  issuedType?: string,
): AskingParts {
  const own = issuedType === undefined ? {} : { issuedType }
  return {
    clock,
    request: createTokenRequester(client, { send: sendControlRequest, clock, ...own }),
  }
}

interface GrantLogin {
  readonly key: GrantKey
  readonly store: GrantStore
  /** What to run when nobody is logged in. */
  readonly loginCommand: string
}

/** The source of the tokens that a login gave. */
export function acquireGrantSource(
  client: OAuthClient,
  login: GrantLogin,
  parts: Parts,
): Lease<TokenSource> {
  const key = `${grantId(login.key)} ${tokenKey(client)}`
  return acquire(parts.clock, key, () => {
    const request = createTokenRequester(client, { send: sendControlRequest, clock: parts.clock })
    const renewalOf = renewalAt(client.tokenUrl.href, { request, params: client.params })
    const mint = createGrantMint({ ...login, renewalOf, clock: parts.clock })
    return new TokenSource({ ...parts, mint, endpoint: printableUrl(client.tokenUrl) })
  })
}

/** The same for a login whose server was found: its tokens say where they come from. */
export function acquireFoundGrantSource(
  sought: SoughtClient,
  login: GrantLogin,
  parts: Parts,
): Lease<TokenSource> {
  return acquire(parts.clock, `${grantId(login.key)} ${soughtKey(sought)}`, () => {
    const renewalOf = foundRenewal(sought, { send: sendControlRequest, clock: parts.clock })
    const mint = createGrantMint({ ...login, renewalOf, clock: parts.clock })
    return new TokenSource({ ...parts, mint, endpoint: endpointOf(sought) })
  })
}

/** The same for client credentials whose server is found with the first token. */
export function acquireDiscoveredSource(
  sought: SoughtClient & { readonly clientId: string },
  clients: OAuthClientStore | undefined,
  parts: Parts,
): Lease<TokenSource> {
  return acquire(parts.clock, `discover ${soughtKey(sought)}`, () => {
    const mint = createDiscoveredMint(sought, { ...parts, send: sendControlRequest, clients })
    return new TokenSource({ ...parts, mint, endpoint: endpointOf(sought) })
  })
}

function soughtKey(sought: SoughtClient): string {
  const { issuer = '', resource = '', metadataUrl, clientId = '', authentication, ...rest } = sought
  const at = new URL('urn:mcpauth:discover')
  const key = tokenKey({
    ...rest,
    clientId,
    tokenUrl: at,
    ...(authentication === undefined
      ? {}
      : { authentication: { ...authentication, audience: authentication.audience ?? '' } }),
  })
  return JSON.stringify([issuer, resource, metadataUrl?.href ?? '', key])
}

/** For messages, behind "The token endpoint". */
function endpointOf({ issuer, resource }: SoughtClient): string {
  const url = URL.parse(issuer ?? resource ?? '')
  return `of ${url === null ? 'the Component' : printableUrl(url)}`
}

/** The same for a client whose `tokenUrl` is the token endpoint or an `issuer` whose metadata names it. */
export function acquireIssuerTokenSource(
  issuer: string,
  client: OAuthClient,
  parts: Parts,
): Lease<TokenSource> {
  return acquire(parts.clock, `${issuer} ${tokenKey(client)}`, () => {
    const mint = createIssuerMint(issuer, client, { send: sendControlRequest, clock: parts.clock })
    return new TokenSource({ ...parts, mint, endpoint: printableUrl(client.tokenUrl) })
  })
}

/** The same for JWT-SVIDs, which need nobody but the project's own key. */
export function acquireSvidSource(
  svid: McpSvidSpec,
  parts: Parts & Pick<SvidMintParts, 'issuer'>,
): Lease<TokenSource> {
  const { subject, audience, key } = svid
  return acquire(parts.clock, JSON.stringify(['svid', subject, audience, key.kid]), () => {
    const mint = createSvidMint(svid, { clock: parts.clock, issuer: parts.issuer })
    return new TokenSource({ ...parts, mint, endpoint: 'JWT-SVID', errorOf: svidError })
  })
}
