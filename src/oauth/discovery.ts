// From an issuer to the URL of its signing keys or of its token endpoint: OpenID Connect Discovery, then RFC 8414.
import { isJsonObject } from '../core/json.ts'
import type { JsonObject } from '../core/json.ts'
import type { ControlSender } from './control-request.ts'
import { isAddress, isLoopback, judgeUrl } from '../core/trusted-url.ts'
import { readJsonObject } from './json-object.ts'

export type Discovered =
  | { readonly ok: true; readonly jwksUrl: string }
  /** `problem` is a sentence without its full stop. */
  | { readonly ok: false; readonly problem: string; readonly retryAfter?: string }

const timeoutMs = 5000
const answerCap = 512 * 1024

/** Finds `jwks_uri` of an issuer. The document must name exactly that issuer (RFC 8414 §3.3). Never rejects. */
export async function discoverJwksUrl(
  issuer: string,
  send: ControlSender,
  signal: AbortSignal,
): Promise<Discovered> {
  const judged = judgeUrl(issuer)
  if (!judged.ok) return fail(`the issuer ${judged.problem}`)
  let last = fail('the issuer publishes no metadata')
  for (const url of metadataUrls(issuer, judged.url)) {
    const answer = await send(
      {
        method: 'GET',
        url,
        headers: { accept: 'application/json' },
        timeoutMs,
        maxBytes: answerCap,
      },
      signal,
    )
    if (!answer.ok) return fail(`${url} ${answer.detail}`)
    if (answer.status === 200) return readMetadata(answer.text, issuer, judged.url)
    const retryAfter = answer.header('retry-after')
    last = {
      ok: false,
      problem: `${url} answered ${answer.status}`,
      ...(retryAfter === undefined ? {} : { retryAfter }),
    }
  }
  return last
}

export type TokenUrlDiscovered =
  /** `url` is undefined when there is no metadata. */
  | { readonly ok: true; readonly url: URL | undefined }
  | { readonly ok: false; readonly kind: 'refused' | 'unavailable'; readonly problem: string }

/** Finds `token_endpoint` of an issuer. The document must name exactly that issuer (RFC 8414 §3.3). Never rejects. */
export async function discoverTokenUrl(
  issuer: string,
  send: ControlSender,
  signal: AbortSignal,
): Promise<TokenUrlDiscovered> {
  const judged = judgeUrl(issuer)
  if (!judged.ok) return { ok: false, kind: 'refused', problem: judged.problem }
  for (const url of metadataUrls(issuer, judged.url)) {
    const answer = await send(
      {
        method: 'GET',
        url,
        headers: { accept: 'application/json' },
        timeoutMs,
        maxBytes: answerCap,
      },
      signal,
    )
    // A site that redirects what it does not know has no metadata.
    const isMissing = answer.ok ? answer.status < 500 : answer.failure === 'redirect'
    if (!isMissing) {
      const problem = answer.ok ? `answered ${answer.status} for its metadata` : answer.detail
      return { ok: false, kind: 'unavailable', problem }
    }
    const document = answer.ok && answer.status === 200 ? readJsonObject(answer.text) : undefined
    if (document?.['token_endpoint'] !== undefined) {
      return readTokenUrl(document, issuer, judged.url)
    }
  }
  return { ok: true, url: undefined }
}

function readTokenUrl(document: JsonObject, issuer: string, issuerUrl: URL): TokenUrlDiscovered {
  if (document['issuer'] !== issuer) return refuse('publishes metadata that names another issuer')
  const endpoint = document['token_endpoint']
  const judged = typeof endpoint === 'string' ? judgeUrl(endpoint) : undefined
  if (judged?.ok !== true || pointsInside(judged.url, issuerUrl)) {
    return refuse('publishes metadata with a token_endpoint that credentials must not be sent to')
  }
  return { ok: true, url: judged.url }
}

function refuse(problem: string): TokenUrlDiscovered {
  return { ok: false, kind: 'refused', problem }
}

/** OpenID Connect appends to the issuer's path, RFC 8414 §3.1 inserts before it. */
function metadataUrls(issuer: string, url: URL): string[] {
  const path = url.pathname.replace(/\/$/, '')
  return [
    `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
    `${url.origin}/.well-known/oauth-authorization-server${path}`,
  ]
}

function readMetadata(text: string, issuer: string, issuerUrl: URL): Discovered {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    return fail('the metadata of the issuer is not JSON')
  }
  if (!isJsonObject(document)) return fail('the metadata of the issuer is no JSON object')
  if (document['issuer'] !== issuer)
    return fail('the metadata names another issuer than the configured one')
  const jwksUri = document['jwks_uri']
  if (typeof jwksUri !== 'string') return fail('the metadata of the issuer has no jwks_uri')
  const judged = judgeUrl(jwksUri)
  if (!judged.ok) return fail(`the jwks_uri of the issuer ${judged.problem}`)
  if (pointsInside(judged.url, issuerUrl)) {
    return fail('the jwks_uri of the issuer points to an address instead of a public name')
  }
  return { ok: true, jwksUrl: jwksUri }
}

/** A document from the network must not aim us at this machine or at an internal address (server-side request forgery). */
function pointsInside(target: URL, issuer: URL): boolean {
  if (target.hostname === issuer.hostname) return false
  if (isLoopback(target.hostname)) return !isLoopback(issuer.hostname)
  return isAddress(target.hostname)
}

function fail(problem: string): Extract<Discovered, { ok: false }> {
  return { ok: false, problem }
}
