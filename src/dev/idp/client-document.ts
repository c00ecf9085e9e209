// Client ID Metadata Documents: what a client says of itself at the URL that is its id, and what it gets for that.
import { errors } from 'oidc-provider'
import type { AdapterPayload } from 'oidc-provider'
import type { JsonObject } from '../../core/json.ts'
import { judgeUrl } from '../../core/trusted-url.ts'
import { parseStrictObject } from '../../oauth/strict-json.ts'
import { readClientKeys } from './client-keys.ts'
import { limit } from './registration.ts'

const wrong = (why: string): Error =>
  new errors.InvalidClientMetadata(`the client id metadata document ${why}`)

/**
 * The URL of a document, when a client id is one (draft-ietf-oauth-client-id-metadata-document §3): https, or http of this
 * machine, with a path, and spelled as a URL parser would. Undefined of any other client id.
 */
export function documentUrl(clientId: string): URL | undefined {
  const judged = judgeUrl(clientId)
  if (!judged.ok || judged.url.href !== clientId || judged.url.pathname === '/') return undefined
  return judged.url
}

/** The registration of the client that `text`, fetched from `clientId`, describes. Throws invalid_client_metadata. */
export function readClientDocument(clientId: string, text: string): AdapterPayload {
  const document = parseStrictObject(Buffer.from(text))
  if (document === undefined) throw wrong('is no JSON object')
  if (document['client_id'] !== clientId) throw wrong('names another client_id than its URL')
  if ('client_secret' in document || 'client_secret_expires_at' in document) {
    throw wrong('holds a client secret, though everybody can read it')
  }
  const { client_name: name, redirect_uris: redirectUris, grant_types: grantTypes } = document
  if (name !== undefined && typeof name !== 'string')
    throw wrong('has a client_name that is no text')
  const metadata: Record<string, unknown> = {
    client_id: clientId,
    client_name: name,
    redirect_uris: redirectUris,
    grant_types: grantTypes ?? ['authorization_code', 'refresh_token'],
  }
  limit(metadata)
  if (document['dpop_bound_access_tokens'] === true) metadata['dpop_bound_access_tokens'] = true
  return { ...metadata, ...authentication(document) }
}

function authentication({ token_endpoint_auth_method: method = 'none', jwks }: JsonObject): object {
  if (method === 'none') return {}
  if (method !== 'private_key_jwt') {
    throw wrong('has a token_endpoint_auth_method other than none and private_key_jwt')
  }
  const keys = readClientKeys(jwks)
  if ('problem' in keys) throw wrong(`needs its keys in it: ${keys.problem}`)
  return { token_endpoint_auth_method: method, jwks: { keys: [...keys.keys] } }
}
