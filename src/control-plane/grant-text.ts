// The tokens of a grant as the text that is sealed, and back.
import type { FoundLogin, GrantTokens } from '../core/grants.ts'
import { isJsonObject, type JsonObject } from '../core/json.ts'
import { Secret } from '../core/secret.ts'

/** Holds the tokens: to be sealed. */
export function grantText({ accessToken, refreshToken, found, ...rest }: GrantTokens): string {
  return JSON.stringify({
    ...rest,
    accessToken: accessToken.reveal(),
    refreshToken: refreshToken?.reveal(),
    found:
      found === undefined ? undefined : { ...found, clientSecret: found.clientSecret?.reveal() },
  })
}

/** Undefined for what another version wrote in another form: then a login is needed. */
export function readGrantText(text: Secret): GrantTokens | undefined {
  const plain: unknown = JSON.parse(text.reveal())
  if (!isJsonObject(plain)) return undefined
  const accessToken = secretIn(plain, 'accessToken')
  const { expiresAt, lifetimeMs, tokenUrl } = plain
  if (accessToken === undefined || typeof tokenUrl !== 'string') return undefined
  if (typeof expiresAt !== 'number' || typeof lifetimeMs !== 'number') return undefined
  const refreshToken = secretIn(plain, 'refreshToken')
  const found = foundIn(plain['found'])
  return {
    accessToken,
    expiresAt,
    lifetimeMs,
    tokenUrl,
    ...(refreshToken === undefined ? {} : { refreshToken }),
    ...textIn(plain, 'scope'),
    ...textIn(plain, 'user'),
    ...(found === undefined ? {} : { found }),
  }
}

function foundIn(plain: unknown): FoundLogin | undefined {
  if (!isJsonObject(plain)) return undefined
  const { issuer, clientId, authStyle } = plain
  if (typeof issuer !== 'string' || typeof clientId !== 'string') return undefined
  const clientSecret = secretIn(plain, 'clientSecret')
  return {
    issuer,
    clientId,
    authStyle: authStyle === 1 ? 1 : authStyle === 2 ? 2 : 0,
    ...(clientSecret === undefined ? {} : { clientSecret }),
    ...textIn(plain, 'resource'),
  }
}

function secretIn(plain: JsonObject, name: string): Secret | undefined {
  const value = plain[name]
  return typeof value === 'string' ? new Secret(value) : undefined
}

function textIn<Name extends string>(
  plain: JsonObject,
  name: Name,
): { readonly [name in Name]?: string } {
  const value = plain[name]
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a computed name is not tracked
  return (typeof value === 'string' ? { [name]: value } : {}) as { [name in Name]?: string }
}
