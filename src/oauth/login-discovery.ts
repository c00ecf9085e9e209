// A login whose authorization server is found first: server, client, scopes, in the order of the MCP specification.
import type { Clock } from '../core/clock.ts'
import { McpAuthError } from '../core/errors.ts'
import type { FoundLogin } from '../core/grants.ts'
import type { ClientAuthMethod, OAuthClientStore, RegisteredClient } from '../core/oauth-clients.ts'
import type { LoginServer } from './authorization-code.ts'
import type { AuthorizationServer } from './authorization-server.ts'
import type { AuthStyle, OAuthClient } from './client.ts'
import type { ControlSender } from './control-request.ts'
import { discover, type Found } from './discover.ts'
import { registerClient } from './registration.ts'
import {
  authStyleOf,
  bindingProblem,
  paramsOf,
  senderOf,
  type SoughtClient,
} from './sought-client.ts'

/** Everything about a login that is settled before the browser opens. */
export interface LoginPlan {
  readonly server: LoginServer
  /** The address of an earlier registration, good while its port is free. */
  readonly formerRedirect?: URL | undefined
  /** Takes the address that the browser will come back to. Throws LOGIN_FAILED. */
  client(redirectUri: string): Promise<OAuthClient>
  /** For the authorization endpoint alone. */
  readonly authParams: OAuthClient['params']
  readonly send: ControlSender
  /** What a renewal has to know of it. */
  found?(client: OAuthClient): FoundLogin
  /** The login has succeeded: only now a registration is known to be good. */
  done?(): void
  /** The server refused the client itself. */
  refused?(): void
}

export interface SeekParts {
  readonly send: ControlSender
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Absent where there is no project: then nothing of a registration is kept. */
  readonly clients?: OAuthClientStore | undefined
  /** Asked for beside those of the Component or the resource. */
  readonly moreScopes?: readonly string[]
}

type Identity = Pick<OAuthClient, 'clientId' | 'clientSecret' | 'authStyle'>

/** Throws LOGIN_FAILED. */
export async function seekLogin(sought: SoughtClient, parts: SeekParts): Promise<LoginPlan> {
  const { server, ...plan } = await seekPlan(sought, parts)
  return { ...plan, server: loginServer(server) }
}

/** The same for whatever way of logging in the server has. */
export type SoughtPlan = Omit<LoginPlan, 'server'> & { readonly server: AuthorizationServer }

/** Throws LOGIN_FAILED. */
export async function seekPlan(sought: SoughtClient, parts: SeekParts): Promise<SoughtPlan> {
  const send = senderOf(sought, parts.send)
  const found = await discover(sought, send, parts.signal)
  if (!found.ok) throw failed(found.problem, found.hint)
  const foreign = bindingProblem(sought, found, parts.clients)
  if (foreign !== undefined) throw failed(foreign.problem, foreign.hint)
  const { server, issuer, resource } = found
  const registered = isRegistering(sought, server) ? parts.clients?.read(issuer) : undefined
  const scopes = withMore(scopesFor(sought, found), parts.moreScopes)
  let made: RegisteredClient | undefined
  const keep = (client: RegisteredClient): void => {
    made = client
  }
  return {
    server,
    formerRedirect: URL.parse(registered?.redirectUri ?? '') ?? undefined,
    async client(redirectUri) {
      const identity = await identityFor({ sought, found, registered }, redirectUri, {
        ...parts,
        send,
        keep,
      })
      const { defaultExpiresIn } = sought
      return {
        ...identity,
        tokenUrl: server.tokenUrl,
        scopes,
        params: paramsOf(sought, resource),
        ...(defaultExpiresIn === undefined ? {} : { defaultExpiresIn }),
      }
    },
    // OpenID Connect Core §11: without it the scope is to be ignored.
    authParams: scopes.includes('offline_access') ? [['prompt', 'consent']] : [],
    send,
    found: ({ clientId, clientSecret, authStyle }) => ({
      issuer,
      clientId,
      authStyle,
      // That of a Component is read from there each time.
      ...(clientSecret === undefined || clientSecret === sought.clientSecret
        ? {}
        : { clientSecret }),
      ...(resource === undefined ? {} : { resource }),
    }),
    done: () => {
      if (made !== undefined) parts.clients?.keep(issuer, made)
    },
    refused: () => {
      if (isRegistering(sought, server)) parts.clients?.forget(issuer)
    },
  }
}

function loginServer(server: AuthorizationServer): LoginServer {
  const { issuer, authUrl, tokenUrl, sendsIssuer, knowsS256 } = server
  if (authUrl === undefined) throw failed('the authorization server has no authorization_endpoint')
  if (!knowsS256) {
    const hint = 'If it does know it, set authURL and tokenURL.'
    throw failed('the authorization server does not say that it knows PKCE with S256', hint)
  }
  return { issuer, authUrl, tokenUrl, sendsIssuer }
}

/** Both, each once. */
export function withMore(
  scopes: readonly string[],
  more: readonly string[] = [],
): readonly string[] {
  return [...new Set([...scopes, ...more])]
}

/** Those of the Component as they are; else those of the resource, with offline_access just where the server knows it. */
function scopesFor(sought: SoughtClient, { scopes = [], server }: Found): readonly string[] {
  if (sought.scopes.length > 0 || scopes.length === 0) return sought.scopes
  const plain = scopes.filter((scope) => scope !== 'offline_access')
  return server.scopes.includes('offline_access') ? [...plain, 'offline_access'] : plain
}

function isRegistering(sought: SoughtClient, server: AuthorizationServer): boolean {
  return (
    sought.clientId === undefined && (sought.metadataUrl === undefined || !server.takesMetadataUrl)
  )
}

interface Candidate {
  readonly sought: SoughtClient
  readonly found: Found
  readonly registered: RegisteredClient | undefined
}

/** Configured, else a document that the server reads, else registered now or before. */
async function identityFor(
  { sought, found, registered }: Candidate,
  redirectUri: string,
  { send, signal, clock, keep }: SeekParts & { readonly keep: (client: RegisteredClient) => void },
): Promise<Identity> {
  const { clientId, clientSecret, metadataUrl } = sought
  const { server } = found
  if (clientId !== undefined) {
    const authStyle = authStyleOf(sought.authStyle, server)
    return { clientId, authStyle, ...(clientSecret === undefined ? {} : { clientSecret }) }
  }
  if (metadataUrl !== undefined && server.takesMetadataUrl) {
    return { clientId: metadataUrl.href, authStyle: 1 }
  }
  // A registration for another address is no use (RFC 6749 §3.1.2.3), nor is one whose secret has run out.
  if (registered?.redirectUri === redirectUri && (registered.expiresAt ?? Infinity) > clock.now()) {
    return identityOf(registered)
  }
  const client = await register(server, redirectUri, { send, signal })
  keep(client)
  return identityOf(client)
}

async function register(
  server: AuthorizationServer,
  redirectUri: string,
  { send, signal }: Pick<SeekParts, 'send' | 'signal'>,
): Promise<RegisteredClient> {
  const hint = 'Register a client there by hand, and set clientID.'
  const { registrationUrl: url } = server
  if (url === undefined) {
    throw failed('the authorization server lets no client register itself', hint)
  }
  const authMethod = registrationMethod(server)
  const isDevice = server.deviceUrl !== undefined
  const wanted = { url, redirectUri, authMethod, isDevice }
  const answer = await registerClient(wanted, send, signal)
  if (!answer.ok) throw failed(`the registration endpoint ${answer.problem}`, hint)
  return answer.client
}

function registrationMethod({ authMethods }: AuthorizationServer): ClientAuthMethod {
  const wanted = ['none', 'client_secret_basic', 'client_secret_post'] as const
  return wanted.find((method) => authMethods?.includes(method)) ?? 'none'
}

function identityOf({ clientId, clientSecret, authMethod }: RegisteredClient): Identity {
  const authStyle: AuthStyle = authMethod === 'client_secret_basic' ? 2 : 1
  return { clientId, authStyle, ...(clientSecret === undefined ? {} : { clientSecret }) }
}

function failed(
  problem: string,
  hint = 'Start it again with: mcpauth login COMPONENT',
): McpAuthError {
  return new McpAuthError('LOGIN_FAILED', `The login failed: ${problem}.`, { hint })
}
