// oidc-provider as an authorization server for development: what it announces, logs and answers with.
import { Provider } from 'oidc-provider'
import type { RequestContext } from 'oidc-provider'
import type { RequestListener } from 'node:http'
import { configuration, type ProviderOptions } from './configuration.ts'
import type { SigningKeys } from './keys.ts'
import { isInteractionPath, serveInteraction } from './pages.ts'
import { refusalFields } from './refusal.ts'

/** Serves everything but the keys; a new set of them needs a new one. */
export function createProvider(options: ProviderOptions, keys: SigningKeys): RequestListener {
  const provider = new Provider(options.issuer, configuration(options, keys))
  provider.use(trimResponse)
  logEvents(provider, options)
  const callback = provider.callback()
  return (request, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? ''
    if (isInteractionPath(path)) void serveInteraction(provider, options.signIn, request, response)
    else void callback(request, response)
  }
}

/** Web pages are not served: no other origin may read an answer. */
async function trimResponse(ctx: RequestContext, next: () => Promise<void>): Promise<void> {
  await next()
  for (const header of ['Origin', 'Methods', 'Headers']) {
    ctx.remove(`Access-Control-Allow-${header}`)
  }
  ctx.remove('Access-Control-Expose-Headers')
  ctx.remove('Access-Control-Max-Age')
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
