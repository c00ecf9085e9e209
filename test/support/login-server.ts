// A real authorization server (oidc-provider) where users log in: code with PKCE, refresh tokens that are rotated.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { Provider } from 'oidc-provider'
import { onTestFinished } from 'vitest'

export const browser = fileURLToPath(new URL('../../fixtures/apps/browser.js', import.meta.url))

export interface LoginServer {
  readonly issuer: string
  readonly authUrl: string
  readonly tokenUrl: string
  /** Refresh token grants that were answered with a token, and that were refused. */
  readonly renewals: { granted: number; refused: number }
}

interface Details {
  readonly prompt: { readonly name: string; readonly details: Record<string, unknown> }
  readonly params: Record<string, unknown>
  readonly session?: { readonly accountId: string }
}

interface Interactions {
  readonly Grant: new (of: object) => {
    addOIDCScope(scope: string): void
    save(): Promise<string>
  }
  interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<Details>
  interactionFinished(
    request: IncomingMessage,
    response: ServerResponse,
    result: object,
    options?: object,
  ): Promise<void>
}

/** Everybody is `alice`, and consents. `accessTokenSeconds` is how long access tokens live; `client` changes the client. */
export async function startLoginServer(
  accessTokenSeconds = 3600,
  client: object = {},
): Promise<LoginServer> {
  const http = createServer().listen(0, '127.0.0.1')
  await once(http, 'listening')
  const issuer = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'native',
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: ['http://127.0.0.1/callback'],
        ...client,
      },
    ],
    findAccount: (_ctx: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
    rotateRefreshToken: true,
    issueRefreshToken: () => true,
    ttl: { AccessToken: accessTokenSeconds },
    interactions: { url: (_ctx: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    features: { devInteractions: { enabled: false } },
  })
  const renewals = { granted: 0, refused: 0 }
  provider.on('grant.success', (ctx) => {
    if (grantOf(ctx) === 'refresh_token') renewals.granted += 1
  })
  provider.on('grant.error', (ctx) => {
    if (grantOf(ctx) === 'refresh_token') renewals.refused += 1
  })
  const serve = provider.callback()
  const interactions = provider as unknown as Interactions
  http.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (request.url?.startsWith('/interaction/') === true) {
      void agree(interactions, request, response)
    } else void serve(request, response)
  })
  onTestFinished(async () => {
    http.closeAllConnections()
    http.close()
    await once(http, 'close')
  })
  return { issuer, authUrl: `${issuer}/auth`, tokenUrl: `${issuer}/token`, renewals }
}

function grantOf(ctx: unknown): unknown {
  return (ctx as { oidc: { params: Record<string, unknown> } }).oidc.params['grant_type']
}

async function agree(
  provider: Interactions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { prompt, params, session } = await provider.interactionDetails(request, response)
  if (prompt.name === 'login') {
    await provider.interactionFinished(request, response, { login: { accountId: 'alice' } })
    return
  }
  const grant = new provider.Grant({
    accountId: session?.accountId,
    clientId: params['client_id'],
  })
  grant.addOIDCScope(String(params['scope']))
  const grantId = await grant.save()
  await provider.interactionFinished(
    request,
    response,
    { consent: { grantId } },
    { mergeWithLastSubmission: true },
  )
}
