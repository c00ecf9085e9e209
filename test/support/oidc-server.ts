// A real authorization server (oidc-provider), configured by the test: clients, grants, TLS.
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider'
import { onTestFinished } from 'vitest'

export interface OidcServer {
  readonly issuer: string
  readonly tokenUrl: string
  readonly provider: Provider
  /** OAuth errors that the token endpoint answered with, in turn; `ok` for a token. */
  readonly outcomes: string[]
}

/** A client of the client_credentials grant. */
export function machineClient(change: object): object {
  return {
    client_id: 'machine',
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
    ...change,
  }
}

/** `tls` makes it https, as `localhost`. Takes every resource, and gives JWTs for it. */
export async function startOidcServer(
  { features, ...settings }: { readonly features?: object; readonly [name: string]: unknown },
  tls?: ServerOptions,
): Promise<OidcServer> {
  const http = tls === undefined ? createServer() : createTlsServer(tls)
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const { port } = http.address() as AddressInfo
  const issuer = tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`
  const provider = new Provider(issuer, {
    responseTypes: [],
    ...settings,
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_ctx: unknown, audience: string) => ({
          scope: 'mcp:read mcp:write',
          audience,
          accessTokenFormat: 'jwt',
        }),
      },
      ...features,
    },
  })
  const outcomes: string[] = []
  provider.on('grant.success', () => outcomes.push('ok'))
  provider.on('grant.error', (_ctx, error) => outcomes.push(error.message))
  const serve = provider.callback() as unknown as RequestListener
  http.on('request', (request, response) => void serve(request, response))
  onTestFinished(async () => {
    http.closeAllConnections()
    http.close()
    await once(http, 'close')
  })
  return { issuer, tokenUrl: `${issuer}/token`, provider, outcomes }
}
