// The authorization_code grant of middleware.http.oauth2: whose tokens it attaches, and what a login for it needs.
import type { Oauth2Metadata } from '../../core/generated/types.ts'
import type { GrantKey } from '../../core/grants.ts'
import { isLoopback, judgeUrl, printableUrl } from '../../core/trusted-url.ts'
import type { OAuthClient } from '../../oauth/client.ts'
import { acquireFoundGrantSource, acquireGrantSource } from '../../oauth/token-sources.ts'
import type { Login } from '../../oauth/login.ts'
import { readMetadata, type MetadataReader } from '../metadata.ts'
import type { Metadata, ProvisionContext, Provisioned } from '../middleware.ts'
import { provisionAttachment, type StepUp } from './client-credentials.ts'
import { isDiscovering, readSoughtClient, startOf } from './discovered-client.ts'
import { readUrl } from './oauth-client.ts'
import { readOauth2Client } from './oauth2-client.ts'

type Field = keyof Oauth2Metadata

const loginGrant = 'authorization_code'

/** What a Component says about its login, and the key its tokens are kept under. */
export type UserLogin = Login & { readonly key: GrantKey }

/** Undefined for a Component whose grant needs no login. Throws HANDLER_UNUSABLE. */
export function readUserLogin(
  metadata: Metadata,
  context: Pick<ProvisionContext, 'name' | 'place' | 'fieldPlaces'>,
): UserLogin | undefined {
  const reader = readMetadata<Field>(metadata, context)
  return reader.text('grantType') === loginGrant ? readLogin(reader) : undefined
}

export function provisionUserLogin(
  reader: MetadataReader<Field>,
  context: ProvisionContext,
): Provisioned {
  const login = readLogin(reader)
  const { grants: store } = context
  if (store === undefined) {
    throw reader.complaint('grantType', 'needs a store of logins, which is not there')
  }
  const kept = { key: login.key, store, loginCommand: `mcpauth login ${context.name}` }
  const isFound = 'sought' in login
  const lease = isFound
    ? acquireFoundGrantSource(login.sought, kept, context)
    : acquireGrantSource(login.client, kept, context)
  const where = isFound
    ? `, found by ${startOf(login.sought)}`
    : ` at ${printableUrl(login.server.authUrl)}`
  const summary = `${loginGrant}${where}`
  const attached = {
    tokens: lease.value,
    release: () => lease.release(),
    stepUp: tellOfLogin(context),
    summary,
    headerField: 'authHeaderName',
    dpop: isFound ? undefined : login.client.dpop,
  } as const
  return provisionAttachment(reader, attached, context)
}

/** Only a user can say yes to more: the refusal goes through, and says what to run. */
function tellOfLogin({ name, logger }: Pick<ProvisionContext, 'name' | 'logger'>): StepUp {
  return ({ head, scopes }) => {
    // A scope is the resource's text, and this is a command to be copied.
    const isPlain = scopes.every((scope) => /^[\w.:/~*+@-]+$/.test(scope))
    const option = isPlain ? ` --scopes '${scopes.join(' ')}'` : ''
    const command = `mcpauth login ${name}${option}`
    head.headers.set('mcpauth-login', command)
    logger.warn('the login is not good for enough', { code: 'LOGIN_REQUIRED', run: command })
    return undefined
  }
}

function readLogin(reader: MetadataReader<Field>): UserLogin {
  const redirectUrl = readRedirect(reader)
  if (isDiscovering(reader)) {
    const sought = readSoughtClient(reader)
    // It would go with renewals to whatever server was found, for a client that it is not of.
    if (sought.clientSecret !== undefined && sought.clientId === undefined) {
      const hint = 'Add its clientID, or remove it.'
      throw reader.complaint('clientSecret', 'is of no client', hint)
    }
    const { issuer = '', clientId = sought.metadataUrl?.href ?? '' } = sought
    return { sought, redirectUrl, key: keyOf(reader, { ...sought, issuer, clientId }) }
  }
  const client = readOauth2Client(reader, { isSecretOptional: true })
  const issuer = reader.text('issuer')
  return {
    client,
    server: {
      authUrl: readUrl(reader, 'authURL'),
      tokenUrl: client.tokenUrl,
      issuer,
      sendsIssuer: false,
    },
    redirectUrl,
    key: keyOf(reader, { ...client, issuer: issuer ?? client.tokenUrl.href }),
  }
}

function keyOf(
  reader: MetadataReader<Field>,
  client: Pick<OAuthClient, 'clientId' | 'scopes' | 'params'> & { readonly issuer: string },
): GrantKey {
  const { issuer, clientId, scopes, params } = client
  const resource = reader.text('resource') ?? reader.text('audience') ?? ''
  const query = new URLSearchParams()
  for (const [name, value] of params) if (name !== 'resource') query.append(name, value)
  query.sort()
  const subject = reader.text('subject') ?? ''
  return { issuer, clientId, resource, params: query.toString(), scopes, subject }
}

/** The browser comes back to this machine, and to nothing that is reachable from another one (RFC 8252 §8.3). */
function readRedirect(reader: MetadataReader<Field>): URL | undefined {
  const text = reader.text('redirectURL')
  if (text === undefined) return undefined
  const judged = judgeUrl(text)
  if (judged.ok && judged.url.protocol === 'http:' && isLoopback(judged.url.hostname)) {
    return judged.url
  }
  const hint = 'Leave it out, or write http://127.0.0.1:PORT/PATH as it is registered.'
  throw reader.complaint('redirectURL', 'is not an http URL of this machine', hint)
}
