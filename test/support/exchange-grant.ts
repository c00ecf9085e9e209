// Token exchange (RFC 8693) at a real authorization server in the test: whose tokens it takes, and what it was shown.
import { decodeJwt, jwtVerify } from 'jose'
import { createKey } from '../oauth/token-fixtures.ts'
import { signToken } from '../oauth/token-fixtures.ts'
import { startOidcServer, type OidcServer } from './oidc-server.ts'

interface GrantContext {
  body: unknown
  readonly oidc: {
    readonly params: Readonly<Record<string, string | undefined>>
    readonly client: object
  }
}

interface Grants {
  registerGrantType(
    name: string,
    handler: (ctx: GrantContext) => Promise<void>,
    parameters: readonly string[],
  ): void
  readonly AccessToken: new (of: object) => {
    resourceServer: object
    scope: string | undefined
    save(): Promise<string>
  }
}

const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange'

export interface ExchangeServer extends OidcServer {
  /** The parameters of each exchange that was asked for. */
  readonly exchanges: Readonly<Record<string, string | undefined>>[]
  /** A token of a caller that this server takes, until `seconds` from now. */
  subject(sub: string, seconds?: number): string
}

const callers = createKey('callers')

/** Client `machine` with the secret `s` may exchange; nobody else's tokens than those of `subject` are taken. */
export async function startExchangeServer(): Promise<ExchangeServer> {
  const server = await startOidcServer({
    clients: [
      {
        client_id: 'machine',
        client_secret: 's',
        grant_types: [exchangeGrant],
        response_types: [],
        redirect_uris: [],
      },
    ],
    findAccount: (_ctx: unknown, accountId: string) => ({ accountId }),
    ttl: { AccessToken: 600 },
  })
  const grants = server.provider as unknown as Grants
  const exchanges: Readonly<Record<string, string | undefined>>[] = []
  grants.registerGrantType(
    exchangeGrant,
    async (ctx) => {
      const { params, client } = ctx.oidc
      exchanges.push(params)
      const subject = params['subject_token'] ?? ''
      try {
        await jwtVerify(subject, callers.publicKey)
      } catch {
        throw Object.assign(new Error('invalid_request'), {
          expose: true,
          status: 400,
          statusCode: 400,
          error: 'invalid_request',
        })
      }
      const token = new grants.AccessToken({ accountId: decodeJwt(subject).sub, client })
      token.scope = params['scope']
      token.resourceServer = {
        identifier: () => params['audience'],
        audience: params['audience'],
        accessTokenFormat: 'jwt',
        scope: params['scope'] ?? '',
        scopes: new Set(params['scope']?.split(' ')),
      }
      ctx.body = {
        access_token: await token.save(),
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        token_type: 'Bearer',
        expires_in: 600,
      }
    },
    [
      'subject_token',
      'subject_token_type',
      'actor_token',
      'actor_token_type',
      'requested_token_type',
      'audience',
      'resource',
      'scope',
    ],
  )
  return {
    ...server,
    exchanges,
    subject: (sub, seconds = 3600) => {
      const exp = Math.floor(Date.now() / 1000) + seconds
      return signToken(callers, { sub, exp, jti: `${sub}-${exchanges.length}` })
    },
  }
}
