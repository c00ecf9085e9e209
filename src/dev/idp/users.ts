// Who can sign in at the development authorization server.
import type { Account } from 'oidc-provider'
import type { DevUsers } from '../../core/generated/types.ts'
import type { JsonObject } from '../../core/json.ts'

export interface IdpUser {
  readonly sub: string
  /** Of ID tokens and userinfo, by scope `profile` or `email`. */
  readonly claims: JsonObject
  /** Of access tokens. */
  readonly accessTokenClaims?: JsonObject
}

/** Where nobody is named. */
export const defaultUsers: readonly [IdpUser, ...IdpUser[]] = [
  {
    sub: 'dev-user',
    claims: { name: 'Dev User', email: 'dev-user@example.com', email_verified: true },
  },
]

/** From a file that was read. */
export function usersOf([first, ...others]: DevUsers['users']): readonly [IdpUser, ...IdpUser[]] {
  return [userOf(first), ...others.map((user) => userOf(user))]
}

function userOf({ sub, claims = {}, accessTokenClaims = {} }: DevUsers['users'][0]): IdpUser {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- both were read from YAML
  return { sub, claims: claims as JsonObject, accessTokenClaims: accessTokenClaims as JsonObject }
}

/** Claims that have a scope of their own; all others come with `profile` (OpenID Connect Core §5.4). */
const emailClaims = new Set(['email', 'email_verified'])

/** The scopes of ID tokens, with the claims that the users have. */
export function claimsByScope(users: readonly IdpUser[]): Record<string, string[]> {
  const names = [...new Set(users.flatMap(({ claims }) => Object.keys(claims)))]
  return {
    openid: ['sub'],
    profile: names.filter((name) => !emailClaims.has(name)),
    email: names.filter((name) => emailClaims.has(name)),
  }
}

/** What oidc-provider asks of an account; undefined for nobody. */
export function accountOf(users: readonly IdpUser[], sub: string): Account | undefined {
  const user = users.find((one) => one.sub === sub)
  if (user === undefined) return undefined
  return { accountId: sub, claims: async () => ({ ...user.claims, sub }) }
}

/** What the access token of a user says beyond the standard; nothing of who is no user here. */
export function claimsOfAccessToken(users: readonly IdpUser[], sub: unknown): JsonObject {
  return users.find((one) => one.sub === sub)?.accessTokenClaims ?? {}
}
