// oidc-provider as an authorization server for development: what it announces, logs and answers with.
import { Provider } from 'oidc-provider'
import type { RequestListener } from 'node:http'
import { configuration, type ProviderOptions } from './configuration.ts'
import { limitOrigins } from './cors.ts'
import { answerForJwts } from './issued-tokens.ts'
import { retimeIdTokens } from './id-token-time.ts'
import { jwtBearer } from './jwt-bearer.ts'
import type { SigningKeys } from './keys.ts'
import { addGrant } from './own-grants.ts'
import { OwnJwts } from './own-jwts.ts'
import { isInteractionPath, serveInteraction } from './pages.ts'
import { refusalFields } from './refusal.ts'
import { tokenExchange } from './token-exchange.ts'

/** Serves everything but the keys; a new set of them needs a new one. */
export function createProvider(options: ProviderOptions, keys: SigningKeys): RequestListener {
  const provider = new Provider(options.issuer, configuration(options, keys))
  provider.use(limitOrigins)
  const jwts = new OwnJwts(options, keys)
  provider.use(answerForJwts(jwts))
  provider.use(retimeIdTokens(jwts, options.clock))
  for (const grant of [tokenExchange, jwtBearer]) {
    addGrant(provider, grant, { ...options, jwts })
  }
  logEvents(provider, options)
  const callback = provider.callback()
  return (request, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? ''
    if (isInteractionPath(path)) void serveInteraction(provider, options.signIn, request, response)
    else void callback(request, response)
  }
}

function logEvents(provider: Provider, { clients, logger }: ProviderOptions): void {
  provider.on('grant.success', (ctx) => {
    logger.info('token issued', { client: ctx.oidc?.client?.clientId })
  })
  provider.on('grant.error', (ctx, error) => {
    logger.warn('token refused', refusalFields(ctx, error, clients))
  })
  provider.on('authorization.error', (ctx, error) => {
    logger.warn('authorization refused', refusalFields(ctx, error, clients))
  })
  provider.on('device_authorization.error', (ctx, error) => {
    logger.warn('device refused', refusalFields(ctx, error, clients))
  })
  provider.on('registration_create.success', (_ctx, { clientId }) => {
    logger.info('client registered', { client: clientId })
  })
  provider.on('registration_create.error', (_ctx, error) => {
    logger.warn('registration refused', { error: error.message })
  })
  provider.on('server_error', (_ctx, error) => {
    logger.error('the authorization server failed', { error: error.message })
  })
  provider.on('error', (error) => {
    logger.error('the authorization server failed', { error: error.message })
  })
}
