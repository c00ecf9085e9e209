// Why the development authorization server issued no token, for its log: who asked, and what was wrong. Never a secret.
import type { RequestContext } from 'oidc-provider'
import type { LogFields } from '../../core/logger.ts'
import { quote } from '../../core/quote.ts'
import type { IdpClient } from './clients.ts'

/** The fields of a refusal. To the caller a client that is not registered and a wrong secret look alike (RFC 6749 §5.2). */
export function refusalFields(
  ctx: RequestContext,
  error: Error,
  clients: readonly IdpClient[],
): LogFields {
  const clientId = ctx.oidc?.client?.clientId ?? sentClientId(ctx)
  if (
    clientId !== undefined &&
    clients.some(({ clientSecret }) => clientSecret?.reveal() === clientId)
  ) {
    return { error: error.message, reason: 'a client secret was sent as the client id' }
  }
  return {
    ...(clientId === undefined ? {} : { client: quote(clientId) }),
    error: error.message,
    ...(error.message === 'invalid_client' ? { reason: reasonOf(ctx, error) } : {}),
  }
}

/** What oidc-provider keeps from the caller; words of its own, never of the request. */
function detailOf(error: Error): string {
  const detail = 'error_detail' in error ? error.error_detail : undefined
  return typeof detail === 'string' ? `: ${quote(detail)}` : ''
}

function reasonOf(ctx: RequestContext, error: Error): string {
  if (ctx.oidc?.client === undefined) {
    return 'no such client: register it with --client or --clients-file'
  }
  if (ctx.oidc.client.clientAuthMethod === 'private_key_jwt') {
    return `no good client assertion${detailOf(error)}`
  }
  const hasSecret =
    ctx.get('authorization') !== '' || ctx.oidc.body?.['client_secret'] !== undefined
  return hasSecret ? 'the client secret is wrong' : 'no client secret was sent'
}

/** RFC 6749 §2.3.1: in the form, else in the header, where both parts are form-encoded. */
function sentClientId(ctx: RequestContext): string | undefined {
  const inForm = ctx.oidc?.body?.['client_id']
  if (inForm !== undefined) return typeof inForm === 'string' ? inForm : undefined
  const [, credentials = ''] = /^basic +(\S+)$/i.exec(ctx.get('authorization')) ?? []
  const pair = Buffer.from(credentials, 'base64').toString('utf8')
  const end = pair.indexOf(':')
  if (end < 1) return undefined
  try {
    return decodeURIComponent(pair.slice(0, end).replaceAll('+', ' '))
  } catch {
    return undefined
  }
}
