// Configures oidc-provider as an authorization server that knows the client credentials grant and JWT access tokens.
import { Provider } from 'oidc-provider'
import type { RequestContext, StructuredToken } from 'oidc-provider'
import type { RequestListener } from 'node:http'
import type { Clock } from '../../core/clock.ts'
import { isJsonObject } from '../../core/json.ts'
import type { Logger } from '../../core/logger.ts'
import type { IdpClient } from './clients.ts'
import { resourceOf, resourceServerInfo } from './grant-policy.ts'
import type { SigningAlgorithm, SigningKeys } from './keys.ts'
import { refusalFields } from './refusal.ts'

export interface ProviderOptions {
  readonly issuer: string
  readonly clients: readonly IdpClient[]
  readonly defaultAudience: string | undefined
  /** Seconds. */
  readonly accessTokenLifetime: number
  readonly algorithm: SigningAlgorithm
  readonly clock: Clock
  readonly logger: Logger
}

export const tokenPath = '/token'
export const jwksPath = '/jwks'

const servedMetadata = new Set([
  'issuer',
  'token_endpoint',
  'token_endpoint_auth_methods_supported',
  'jwks_uri',
  'grant_types_supported',
  'response_types_supported',
  'scopes_supported',
  'subject_types_supported',
  'id_token_signing_alg_values_supported',
])

/** Serves the token endpoint and both metadata documents; a new set of keys needs a new one. */
export function createProvider(options: ProviderOptions, keys: SigningKeys): RequestListener {
  const provider = new Provider(options.issuer, configuration(options, keys))
  provider.use(trimResponse)
  logEvents(provider, options)
  const callback = provider.callback()
  return (request, response) => {
    void callback(request, response)
  }
}

function configuration(options: ProviderOptions, keys: SigningKeys): object {
  const clients = new Map(options.clients.map((client) => [client.clientId, client]))
  return {
    adapter: StatelessAdapter,
    clients: options.clients.map((client) => clientMetadata(client)),
    jwks: { keys: Object.values(keys.signers) },
    routes: { token: tokenPath, jwks: jwksPath },
    scopes: [...new Set(options.clients.flatMap((client) => client.scopes ?? []))],
    responseTypes: [],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post'],
    clientBasedCORS: () => false,
    ttl: { ClientCredentials: options.accessTokenLifetime },
    renderError: (ctx: RequestContext, out: object) => {
      ctx.body = out
    },
    formats: {
      customizers: {
        jwt: (_ctx: RequestContext, _token: unknown, jwt: StructuredToken) => {
          const now = Math.floor(options.clock.now() / 1000)
          Object.assign(jwt.payload, { iat: now, exp: now + options.accessTokenLifetime })
        },
      },
    },
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      dPoP: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: (ctx: RequestContext, client: { clientId: string }) =>
          resourceOf(ctx, clients.get(client.clientId), options.defaultAudience),
        getResourceServerInfo: (
          ctx: RequestContext,
          resource: string,
          client: { clientId: string },
        ) => resourceServerInfo(ctx, resource, clients.get(client.clientId), options.algorithm),
      },
    },
  }
}

function clientMetadata(client: IdpClient): object {
  return {
    client_id: client.clientId,
    client_secret: client.clientSecret.reveal(),
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
    // The provider takes the secret from the header and from the form alike (RFC 6749 §2.3.1).
    token_endpoint_auth_method: 'client_secret_basic',
  }
}

/** Removes what this server does not offer: browser access, and metadata of endpoints that are not there. */
async function trimResponse(ctx: RequestContext, next: () => Promise<void>): Promise<void> {
  await next()
  for (const header of ['Origin', 'Methods', 'Headers']) {
    ctx.remove(`Access-Control-Allow-${header}`)
  }
  ctx.remove('Access-Control-Expose-Headers')
  ctx.remove('Access-Control-Max-Age')
  if (ctx.oidc?.route === 'discovery') ctx.body = metadata(ctx.body)
}

/** RFC 8414 §2: without a grant that uses it there is no authorization_endpoint, and no response type. */
function metadata(document: unknown): object {
  if (!isJsonObject(document)) return {}
  return Object.fromEntries(Object.entries(document).filter(([name]) => servedMetadata.has(name)))
}

function logEvents(provider: Provider, { clients, logger }: ProviderOptions): void {
  provider.on('grant.success', (ctx) => {
    logger.info('token issued', { client: ctx.oidc?.client?.clientId })
  })
  provider.on('grant.error', (ctx, error) => {
    logger.warn('token refused', refusalFields(ctx, error, clients))
  })
  provider.on('server_error', (_ctx, error) => {
    logger.error('the authorization server failed', { error: error.message })
  })
  provider.on('error', (error) => {
    logger.error('the authorization server failed', { error: error.message })
  })
}

/** JWT access tokens and configured clients need no storage, so there is nothing to find. */
class StatelessAdapter {
  find(): Promise<undefined> {
    return Promise.resolve(undefined)
  }
}
