// A client whose authorization server is found on the way: what its Component says, and what follows from what was found.
import type { OAuthClientStore } from '../core/oauth-clients.ts'
import type { Secret } from '../core/secret.ts'
import { judgeUrl } from '../core/trusted-url.ts'
import type { AuthorizationServer } from './authorization-server.ts'
import type { AuthStyle, OAuthClient } from './client.ts'
import type { Found } from './discover.ts'
import { createGuardedSender } from './guarded-sender.ts'
import type { ControlSender } from './control-request.ts'
import type { SigningKey } from './signing-key.ts'

export interface SoughtClient {
  /** Exactly as its metadata write it; undefined when the resource is asked. */
  readonly issuer: string | undefined
  /** A URL of http or https when there is no issuer. */
  readonly resource: string | undefined
  /** Undefined for a client that has none yet. */
  readonly clientId: string | undefined
  readonly clientSecret?: Secret
  /** Takes the place of a secret; without an audience it is the issuer that is found. */
  readonly authentication?: {
    readonly key: SigningKey
    readonly audience: string | undefined
  }
  /** The URL of the document that describes the client, for servers that read it. */
  readonly metadataUrl: URL | undefined
  readonly authStyle: AuthStyle
  /** When empty, those that the resource asks for. */
  readonly scopes: readonly string[]
  /** Without `resource`. */
  readonly params: OAuthClient['params']
  readonly defaultExpiresIn?: number
}

/** Sends to what the Component names, and to public addresses: all that is found is asked through it. */
export function senderOf(
  { issuer, resource }: Pick<SoughtClient, 'issuer' | 'resource'>,
  send?: ControlSender,
): ControlSender {
  const urls = [issuer, resource].flatMap((text) => {
    const judged = text === undefined ? undefined : judgeUrl(text)
    return judged?.ok === true ? [judged.url] : []
  })
  return createGuardedSender(urls, send)
}

/** What the Component and the resource say of the parameters of every request. */
export function paramsOf(
  { params }: SoughtClient,
  resource: string | undefined,
): OAuthClient['params'] {
  return [...params, ...(resource === undefined ? [] : [['resource', resource] as const])]
}

/** As the Component says, else as the server does (RFC 8414 §2). */
export function authStyleOf(authStyle: AuthStyle, { authMethods }: AuthorizationServer): AuthStyle {
  if (authStyle !== 0 || authMethods === undefined) return authStyle
  if (authMethods.includes('client_secret_basic')) return 2
  return authMethods.includes('client_secret_post') ? 1 : 0
}

/**
 * What is wrong with using a client that a person registered at the server that was found: its credentials belong to one
 * issuer, and a resource may name another one any day. Undefined when nothing is.
 */
export function bindingProblem(
  { clientId, issuer, resource }: SoughtClient,
  found: Found,
  clients: OAuthClientStore | undefined,
): { readonly problem: string; readonly hint: string } | undefined {
  if (issuer !== undefined || clientId === undefined || clients === undefined) return undefined
  if (clients.bind(clientId, resource ?? '', found.issuer) === found.issuer) return undefined
  return {
    problem:
      'the resource names another authorization server than the one that the client belongs to',
    hint: 'If that is right, set issuer to the new one, and clientID to a client that is registered there.',
  }
}
