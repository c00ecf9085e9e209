// The OAuth clients that were made for a project, each at its authorization server. The control plane keeps them.
import type { Secret } from './secret.ts'

/** How a client authenticates at the token endpoint (RFC 7591 §2). */
export type ClientAuthMethod = 'none' | 'client_secret_basic' | 'client_secret_post'

/** One that registered itself (RFC 7591). */
export interface RegisteredClient {
  readonly clientId: string
  readonly clientSecret?: Secret
  readonly authMethod: ClientAuthMethod
  /** The one that it was registered with. */
  readonly redirectUri: string
  /** Wall time in ms since the epoch; absent when its secret lasts. */
  readonly expiresAt?: number
}

/** Those of one project. Calls are synchronous and throw STORE_BUSY or STORE_UNUSABLE. */
export interface OAuthClientStore {
  /** The client that registered itself at this issuer. */
  read(issuer: string): RegisteredClient | undefined
  keep(issuer: string, client: RegisteredClient): void
  /** Its issuer no longer knows it. */
  forget(issuer: string): void
  /**
   * The issuer that a client which a person registered belongs to: the one that it was first used with for this resource,
   * which is `issuer` when there was none yet. Its credentials go nowhere else.
   */
  bind(clientId: string, resource: string, issuer: string): string
}
