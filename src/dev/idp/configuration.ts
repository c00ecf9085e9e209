// What of oidc-provider the development authorization server offers, and how.
import type { Adapter, Client, Interaction, RequestContext, StructuredToken } from 'oidc-provider'
import type { Clock } from '../../core/clock.ts'
import type { Logger } from '../../core/logger.ts'
import type { IdpClient } from './clients.ts'
import type { ClientDocuments } from './client-documents.ts'
import { signatureAlgorithms } from './client-keys.ts'
import { isPublic } from './cors.ts'
import { deviceFlowFeature, deviceGrant } from './device.ts'
import { existingGrant, promptPolicy, signIn, type SignIn } from './consent.ts'
import { resourceOf, resourceServerInfo } from './grant-policy.ts'
import { introspectionFeature, revocationFeature } from './issued-tokens.ts'
import { idJagType } from './id-jag.ts'
import { jwtBearer } from './jwt-bearer.ts'
import type { SigningAlgorithm, SigningKeys } from './keys.ts'
import { grantedClaims } from './own-grants.ts'
import { interactionUrl } from './pages.ts'
import { extraClientMetadata, registrationFeature } from './registration.ts'
import { routes } from './routes.ts'
import type { IdpStore } from './store.ts'
import { tokenExchange } from './token-exchange.ts'
import { accountOf, claimsOfAccessToken, claimsByScope } from './users.ts'

export interface ProviderOptions {
  readonly issuer: string
  readonly clients: readonly IdpClient[]
  readonly defaultAudience: string | undefined
  /** Seconds. */
  readonly accessTokenLifetime: number
  readonly algorithm: SigningAlgorithm
  readonly clock: Clock
  readonly logger: Logger
  readonly signIn: SignIn
  /** What providers of one server have in common. */
  readonly store: IdpStore
  readonly cookieKeys: readonly string[]
  readonly dpop: DpopOptions
  readonly documents: ClientDocuments
  /** Asked once for each JWT access token: whether it shall have expired already. */
  readonly isExpiryDue: () => Promise<boolean>
}

export interface DpopOptions {
  /** Whether every proof must hold a nonce of this server. */
  readonly requireNonce: boolean
  /** 32 bytes that nonces are made of. */
  readonly nonceSecret: Buffer
}

/** Seconds. */
const minute = 60
const day = 24 * 60 * minute

export function configuration(options: ProviderOptions, keys: SigningKeys): object {
  const { store, accessTokenLifetime, clients } = options
  return {
    adapter: (model: string) =>
      model === 'Client' ? clientAdapter(options) : store.adapter(model),
    clients: clients.map((client) => clientMetadata(client)),
    jwks: { keys: Object.values(keys.signers) },
    routes,
    scopes: [
      ...new Set(['openid', 'offline_access', ...clients.flatMap(({ scopes = [] }) => scopes)]),
    ],
    responseTypes: ['code'],
    discovery: {
      identity_chaining_requested_token_types_supported: [idJagType],
      client_id_metadata_document_supported: options.documents.policy !== 'off',
      authorization_grant_profiles_supported: ['urn:ietf:params:oauth:grant-profile:id-jag'],
    },
    clientDefaults: {
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
    },
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    enabledJWA: {
      clientAuthSigningAlgValues: signatureAlgorithms,
      dPoPSigningAlgValues: signatureAlgorithms,
    },
    extraClientMetadata,
    clientBasedCORS: (_ctx: RequestContext, _origin: string, client: Client) => isPublic(client),
    // OAuth 2.1 §4.1.1: of every client.
    pkce: { required: () => true },
    cookies: { keys: options.cookieKeys },
    ttl: lifetimes(accessTokenLifetime),
    renderError: (ctx: RequestContext, out: object) => {
      ctx.body = out
    },
    ...signingIn(options),
    extraTokenClaims: (_ctx: RequestContext, token: { readonly accountId?: string }) => ({
      ...claimsOfAccessToken(options.signIn.users, token.accountId),
      ...grantedClaims(token),
    }),
    formats: {
      customizers: {
        jwt: async (_ctx: RequestContext, _token: unknown, { payload }: StructuredToken) => {
          const now = Math.floor(options.clock.now() / 1000)
          // Long enough ago for whoever tolerates clocks that differ.
          const past = (await options.isExpiryDue()) ? accessTokenLifetime + 10 * minute : 0
          const iat = now - past
          Object.assign(payload, { iat, exp: iat + accessTokenLifetime })
          const issued = store.adapter('IssuedJwt')
          await issued.upsert(String(payload['jti']), {}, accessTokenLifetime)
        },
      },
    },
    features: features(options),
  }
}

/** Clients that registered, and those whose id is the URL of a document about them. */
function clientAdapter({ store, documents }: ProviderOptions): Adapter {
  const registered = store.adapter('Client')
  return {
    ...registered,
    find: async (id) => (await registered.find(id)) ?? documents.find(id),
  }
}

function lifetimes(accessTokenLifetime: number): object {
  return {
    AccessToken: accessTokenLifetime,
    ClientCredentials: accessTokenLifetime,
    IdToken: accessTokenLifetime,
    AuthorizationCode: minute,
    DeviceCode: 10 * minute,
    Interaction: 10 * minute,
    Session: day,
    Grant: 14 * day,
    RefreshToken: 14 * day,
  }
}

function features(options: ProviderOptions): object {
  return {
    devInteractions: { enabled: false },
    registration: registrationFeature,
    deviceFlow: deviceFlowFeature(options.signIn),
    introspection: introspectionFeature,
    revocation: revocationFeature,
    userinfo: { enabled: true },
    rpInitiatedLogout: { enabled: false },
    pushedAuthorizationRequests: { enabled: false },
    dPoP: {
      enabled: true,
      nonceSecret: options.dpop.nonceSecret,
      requireNonce: () => options.dpop.requireNonce,
    },
    clientCredentials: { enabled: true },
    resourceIndicators: resourceIndicators(options),
  }
}

function signingIn({ signIn: people }: ProviderOptions): object {
  return {
    claims: claimsByScope(people.users),
    conformIdTokenClaims: false,
    findAccount: (_ctx: RequestContext, sub: string) => accountOf(people.users, sub),
    interactions: {
      policy: promptPolicy(people),
      url: (_ctx: RequestContext, interaction: Interaction) => interactionUrl(interaction),
    },
    // Called for every authorization request, with the parameter or without.
    extraParams: { audience: (ctx: RequestContext) => signIn(ctx, people) },
    loadExistingGrant: (ctx: RequestContext) => existingGrant(ctx, people),
    expiresWithSession: () => false,
    issueRefreshToken: (
      _ctx: RequestContext,
      client: { grantTypeAllowed(type: string): boolean },
    ) => client.grantTypeAllowed('refresh_token'),
    // Each is good once, and its second use revokes the family (RFC 9700 §4.14.2).
    rotateRefreshToken: true,
  }
}

function resourceIndicators({ clients, defaultAudience, algorithm }: ProviderOptions): object {
  const configured = new Map(clients.map((client) => [client.clientId, client]))
  return {
    enabled: true,
    defaultResource: (
      ctx: RequestContext,
      client: { clientId: string },
      granted?: readonly string[],
    ) => granted ?? resourceOf(ctx, configured.get(client.clientId), defaultAudience),
    // What was granted need not be named again (RFC 8707 §2.2 leaves it open).
    useGrantedResource: () => true,
    getResourceServerInfo: (ctx: RequestContext, resource: string, client: { clientId: string }) =>
      resourceServerInfo(ctx, resource, configured.get(client.clientId), algorithm),
  }
}

function clientMetadata(client: IdpClient): object {
  const { clientId, clientSecret, jwks, dpopBound = false, redirectUris = [] } = client
  const codeGrant = redirectUris.length === 0 ? [] : ['authorization_code']
  return {
    client_id: clientId,
    grant_types: [
      'client_credentials',
      deviceGrant,
      'refresh_token',
      tokenExchange.type,
      jwtBearer.type,
      ...codeGrant,
    ],
    response_types: redirectUris.length === 0 ? [] : ['code'],
    redirect_uris: redirectUris,
    // Loopback redirects may have any port (RFC 8252 §7.3).
    application_type: 'native',
    dpop_bound_access_tokens: dpopBound,
    ...(jwks === undefined
      ? {
          client_secret: clientSecret?.reveal(),
          // The provider takes the secret from the header and from the form alike (RFC 6749 §2.3.1).
          token_endpoint_auth_method: 'client_secret_basic',
        }
      : { jwks, token_endpoint_auth_method: 'private_key_jwt' }),
  }
}
