// Dynamic client registration (RFC 7591): a native app that logs users in on this machine.
import type { JsonObject } from '../core/json.ts'
import type { ClientAuthMethod, RegisteredClient } from '../core/oauth-clients.ts'
import { Secret } from '../core/secret.ts'
import type { ControlSender } from './control-request.ts'
import { readJsonObject } from './json-object.ts'

interface Registration {
  readonly url: URL
  readonly redirectUri: string
  readonly authMethod: ClientAuthMethod
  /** Whether it may log in from a device without a browser too. */
  readonly isDevice: boolean
}

type Registered =
  | { readonly ok: true; readonly client: RegisteredClient }
  /** Completes "the registration endpoint …"; safe to show. */
  | { readonly ok: false; readonly problem: string }

/** RFC 8628 §3.4. */
export const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'

const timeoutMs = 10_000
const answerCap = 256 * 1024

/** Never rejects. */
export async function registerClient(
  { url, redirectUri, authMethod, isDevice }: Registration,
  send: ControlSender,
  signal: AbortSignal,
): Promise<Registered> {
  const body = JSON.stringify({
    client_name: 'mcpauth',
    application_type: 'native',
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token', ...(isDevice ? [deviceGrant] : [])],
    response_types: ['code'],
    token_endpoint_auth_method: authMethod,
  })
  const headers = { accept: 'application/json', 'content-type': 'application/json' }
  const request = {
    method: 'POST',
    url: url.href,
    headers,
    body,
    timeoutMs,
    maxBytes: answerCap,
  } as const
  const answer = await send(request, signal)
  if (!answer.ok) return { ok: false, problem: answer.detail }
  const document = readJsonObject(answer.text)
  if (answer.status !== 201 && answer.status !== 200) {
    const error = document?.['error']
    const isCode = typeof error === 'string' && /^[A-Za-z0-9_.-]{1,64}$/.test(error)
    return { ok: false, problem: `answered ${answer.status}${isCode ? ` ${error}` : ''}` }
  }
  const client = document === undefined ? undefined : clientOf(document, redirectUri, authMethod)
  if (client !== undefined) return { ok: true, client }
  return { ok: false, problem: 'answered with something that is no client that can be used' }
}

/** The server may replace what was asked for (RFC 7591 §3.2.1), but by nothing that we cannot do. */
function clientOf(
  document: JsonObject,
  redirectUri: string,
  asked: ClientAuthMethod,
): RegisteredClient | undefined {
  const { client_id: clientId, client_secret: secret, client_secret_expires_at: expires } = document
  const authMethod = methodOf(document['token_endpoint_auth_method'] ?? asked)
  if (!isText(clientId) || authMethod === undefined) return undefined
  const client = { clientId, authMethod, redirectUri }
  if (authMethod === 'none') return client
  if (!isText(secret)) return undefined
  const isLasting = typeof expires !== 'number' || expires === 0
  return {
    ...client,
    clientSecret: new Secret(secret),
    ...(isLasting ? {} : { expiresAt: expires * 1000 }),
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 4096
}

function methodOf(value: unknown): ClientAuthMethod | undefined {
  if (value === 'none' || value === 'client_secret_basic' || value === 'client_secret_post') {
    return value
  }
  return undefined
}
