// What logins leave behind: the tokens of users. The control plane keeps them.
import { createHash } from 'node:crypto'
import type { OAuthClientStore } from './oauth-clients.ts'
import type { Secret } from './secret.ts'

/** What a grant is for. Tokens of one are never used for another. */
export interface GrantKey {
  /** Of the authorization server; its token endpoint where no issuer is known, empty where the resource names it. */
  readonly issuer: string
  /** Empty for a client that registers itself. */
  readonly clientId: string
  /** The resource asked for, or the audience where there is none; empty when neither is. */
  readonly resource: string
  /** Everything else that is asked for, as a query string. */
  readonly params: string
  /** Those that the Component asks for. */
  readonly scopes: readonly string[]
  /** Whose login it is, in the words of the Component; empty unless it says. */
  readonly subject: string
}

export interface GrantTokens {
  readonly accessToken: Secret
  /** Wall time in ms since the epoch. */
  readonly expiresAt: number
  /** Of the access token when it was new, in ms. */
  readonly lifetimeMs: number
  /** Without one, the end of the access token asks for another login. */
  readonly refreshToken?: Secret
  /** As the authorization server says it. */
  readonly scope?: string
  /** `sub` of the ID token, where there was one: who logged in. */
  readonly user?: string
  /** Of the endpoint that issued them: they are renewed there and nowhere else. */
  readonly tokenUrl: string
  /** What was found out for the login, where the Component does not say it. */
  readonly found?: FoundLogin
}

/** Whose tokens they are: what a renewal has to say again. */
export interface FoundLogin {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret?: Secret
  /** As `authStyle` of a Component. */
  readonly authStyle: 0 | 1 | 2
  /** As the metadata of the resource name it (RFC 8707). */
  readonly resource?: string
}

export interface StoredGrant {
  readonly id: string
  /** Grows with every renewal, so that a late writer cannot put an older token back. */
  readonly generation: number
  /** Undefined once the authorization server has refused to renew them. */
  readonly tokens: GrantTokens | undefined
}

/** The grants of one project. Calls are synchronous and throw STORE_BUSY or STORE_UNUSABLE. */
export interface GrantStore {
  readonly clients: OAuthClientStore
  read(key: GrantKey): StoredGrant | undefined
  /** Keeps the tokens of a new login, whatever was there. `component` is for people. */
  save(key: GrantKey, tokens: GrantTokens, component: string): void
  /**
   * Takes the right to renew a grant of this generation, for `milliseconds` or until this process ends. False while
   * another one has it, and when the generation has passed.
   */
  lease(key: GrantKey, generation: number, milliseconds: number): boolean
  /** Replaces the tokens of this generation and gives the lease back. False when a later one is there already. */
  renew(key: GrantKey, generation: number, tokens: GrantTokens): boolean
  /** Gives the lease back without new tokens; `refused` for good, so that a login is needed. */
  giveBack(key: GrantKey, generation: number, outcome: 'failed' | 'refused'): void
}

/** Equal for equal keys; each part is prefixed by its length, so that no two keys run together. */
export function grantId({ issuer, clientId, resource, params, scopes, subject }: GrantKey): string {
  const hash = createHash('sha256')
  const sorted = [...new Set(scopes)].toSorted()
  for (const part of [issuer, clientId, resource, params, subject, ...sorted]) {
    hash.update(`${Buffer.byteLength(part)}:`).update(part)
  }
  return hash.digest('base64url').slice(0, 22)
}
