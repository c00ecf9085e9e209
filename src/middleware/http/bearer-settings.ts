// From metadata to what middleware.http.bearer checks, and where it finds the keys for it.
import type { BearerMetadata } from '../../core/generated/types.ts'
import { judgeUrl } from '../../core/trusted-url.ts'
import type { AccessTokenRules } from '../../oauth/access-token.ts'
import { splitScopes } from '../../oauth/client.ts'
import type { KeyLocation } from '../../oauth/load-keys.ts'
import type { MetadataReader } from '../metadata.ts'
import type { Protection } from '../resource-front.ts'
import { readUrl } from './oauth-client.ts'

export type BearerField = keyof BearerMetadata
type Reader = MetadataReader<BearerField>

/** Dapr's allowance (bearer_middleware.go, allowedClockSkew), and the most that clockSkew may ask for. */
const defaultSkewSeconds = 300
const year = 365 * 24 * 60 * 60

export function readRules(reader: Reader): AccessTokenRules {
  const maxLifetime = reader.seconds('maxLifetime', { min: 1, max: year })
  const requireTyp = reader.text('requireTyp')
  return {
    issuer: reader.requiredText('issuer'),
    audience: reader.requiredText('audience'),
    clockSkew:
      reader.seconds('clockSkew', { min: 0, max: defaultSkewSeconds }) ?? defaultSkewSeconds,
    ...(maxLifetime === undefined ? {} : { maxLifetime }),
    ...(requireTyp === undefined ? {} : { requireTyp }),
  }
}

/** An issuer only has to be a URL when its keys are found through it. */
export function readKeyLocation(reader: Reader, issuer: string): KeyLocation {
  if (reader.text('jwksURL') !== undefined) return { jwksUrl: readUrl(reader, 'jwksURL').href }
  readUrl(reader, 'issuer')
  return { issuer }
}

export function readProtection(reader: Reader, issuer: string): Protection {
  return {
    authorizationServers: [issuer].filter((name) => judgeUrl(name).ok),
    scopes: splitScopes(reader.text('scopes') ?? ''),
  }
}
