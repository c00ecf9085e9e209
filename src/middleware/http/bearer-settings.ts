// From metadata to what middleware.http.bearer checks, and where it finds the keys for it.
import type { BearerMetadata } from '../../core/generated/types.ts'
import {
  readClaimHeaders,
  readIssuers,
  readList,
  readRequiredClaims,
  readScopeHierarchy,
  readScopes,
  type Read,
  type ScopeHierarchy,
} from '../../core/token-settings.ts'
import { readToolScopes, type ToolScopes } from '../../core/tool-scopes.ts'
import { judgeUrl } from '../../core/trusted-url.ts'
import type { IntrospectionEndpoint } from '../../oauth/introspection.ts'
import type { KeyLocation } from '../../oauth/load-keys.ts'
import type { VerifierParts } from '../../oauth/verifier.ts'
import { ClaimHeaders } from '../claim-headers.ts'
import { readMetadata } from '../metadata.ts'
import type { MetadataReader } from '../metadata.ts'
import type { Metadata, ProvisionContext } from '../middleware.ts'
import type { Protection } from '../resource-front.ts'
import { readUrl } from './oauth-client.ts'

export type BearerField = keyof BearerMetadata
type Reader = MetadataReader<BearerField>

/** Dapr's allowance (bearer_middleware.go, allowedClockSkew), and the most that clockSkew may ask for. */
const defaultSkewSeconds = 300
const year = 365 * 24 * 60 * 60

interface Introspection {
  readonly endpoint: IntrospectionEndpoint
  readonly rememberSeconds: number
}

export interface BearerSettings {
  /** By issuer; the first is the one of the setting `issuer`. */
  readonly keys: ReadonlyMap<string, KeyLocation>
  readonly rules: VerifierParts<unknown>['rules']
  /** For tokens that are no JWT. */
  readonly introspection: Introspection | undefined
  readonly dpop: Protection['dpop']
  readonly dpopNonce: boolean
  readonly requiredScopes: readonly string[]
  readonly scopeHierarchy: ScopeHierarchy
  /** Of an MCP server; undefined where no body is read. */
  readonly toolScopes: readonly ToolScopes[] | undefined
  readonly protection: Protection
  readonly claimHeaders: ClaimHeaders
  readonly forwardToken: boolean
}

/** Throws HANDLER_UNUSABLE. */
export function readBearerSettings(metadata: Metadata, context: ProvisionContext): BearerSettings {
  const reader = readMetadata<BearerField>(metadata, context)
  const keys = readKeyLocations(reader)
  const dpop = readDpop(reader)
  const requiredScopes = parsed(reader, 'requiredScopes', readScopes) ?? []
  return {
    keys,
    rules: { ...readRules(reader), takesKeyBound: dpop !== 'off' },
    dpop,
    dpopNonce: reader.flag('dpopNonce', false),
    introspection: readIntrospection(reader),
    requiredScopes,
    scopeHierarchy: parsed(reader, 'scopeHierarchy', readScopeHierarchy) ?? new Map(),
    toolScopes: parsed(reader, 'toolScopes', readToolScopes),
    protection: {
      authorizationServers: [...keys.keys()].filter((issuer) => judgeUrl(issuer).ok),
      // A client that asked for nothing else would come back with a token that is refused.
      scopes: parsed(reader, 'scopes', readScopes) ?? requiredScopes,
      dpop,
    },
    claimHeaders: new ClaimHeaders(parsed(reader, 'claimHeaders', readClaimHeaders) ?? []),
    forwardToken: reader.flag('forwardToken', true),
  }
}

function readDpop(reader: Reader): Protection['dpop'] {
  const mode = reader.text('dpop') ?? 'off'
  if (mode === 'off' || mode === 'allowed' || mode === 'required') return mode
  throw reader.complaint('dpop', 'is none of off, allowed and required')
}

function readRules(reader: Reader): BearerSettings['rules'] {
  const maxLifetime = reader.seconds('maxLifetime', { min: 1, max: year })
  const requireTyp = reader.text('requireTyp')
  const requiredClaims = parsed(reader, 'requiredClaims', readRequiredClaims)
  const further = parsed(reader, 'audiences', readList) ?? []
  return {
    audiences: [...new Set([reader.requiredText('audience'), ...further])],
    clockSkew:
      reader.seconds('clockSkew', { min: 0, max: defaultSkewSeconds }) ?? defaultSkewSeconds,
    ...(maxLifetime === undefined ? {} : { maxLifetime }),
    ...(requireTyp === undefined ? {} : { requireTyp }),
    ...(requiredClaims === undefined ? {} : { requiredClaims }),
  }
}

function readIntrospection(reader: Reader): Introspection | undefined {
  const rememberSeconds = reader.seconds('introspectionCache', { min: 0, max: 3600 }) ?? 60
  if (reader.text('introspectionURL') === undefined) return undefined
  return {
    endpoint: {
      url: readUrl(reader, 'introspectionURL'),
      client: {
        clientId: reader.requiredText('introspectionClientID'),
        clientSecret: reader.requiredSecret('introspectionClientSecret'),
      },
    },
    rememberSeconds,
  }
}

/** The keys of further issuers are found through them. */
function readKeyLocations(reader: Reader): Map<string, KeyLocation> {
  const issuer = reader.requiredText('issuer')
  const locations = new Map([[issuer, readKeyLocation(reader, issuer)]])
  for (const further of parsed(reader, 'issuers', readIssuers) ?? []) {
    if (!locations.has(further)) locations.set(further, { issuer: further })
  }
  return locations
}

/** An issuer only has to be a URL when its keys are found through it. */
function readKeyLocation(reader: Reader, issuer: string): KeyLocation {
  if (reader.text('jwksURL') !== undefined) return { jwksUrl: readUrl(reader, 'jwksURL').href }
  readUrl(reader, 'issuer')
  return { issuer }
}

function parsed<T>(
  reader: Reader,
  field: BearerField,
  parse: (text: string) => Read<T>,
): T | undefined {
  const text = reader.text(field)
  if (text === undefined) return undefined
  const read = parse(text)
  if ('value' in read) return read.value
  throw reader.complaint(field, read.problem, read.hint)
}
