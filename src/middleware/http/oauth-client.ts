// From metadata to an OAuth client: the fields that oauth2 and oauth2clientcredentials have in common.
import type { Oauth2ClientCredentialsMetadata, Oauth2Metadata } from '../../core/generated/types.ts'
import { readTokenParameters, uriProblem, type QueryParameters } from '../../core/setting-values.ts'
import { judgeUrl } from '../../core/trusted-url.ts'
import { splitScopes } from '../../oauth/client.ts'
import type { AuthStyle, OAuthClient } from '../../oauth/client.ts'
import type { MetadataReader } from '../metadata.ts'

/** The fields that both component types have. */
export type ClientField = keyof Oauth2Metadata & keyof Oauth2ClientCredentialsMetadata

/** `isSecretOptional`: a native app has none (RFC 8252 §8.4). */
export function readOAuthClient(
  reader: MetadataReader<ClientField>,
  { isSecretOptional = false } = {},
): OAuthClient {
  const isPublic = isSecretOptional && reader.text('clientSecret') === undefined
  return {
    tokenUrl: readUrl(reader, 'tokenURL'),
    clientId: reader.requiredText('clientID'),
    ...(isPublic ? {} : { clientSecret: reader.requiredSecret('clientSecret') }),
    ...readClientSettings(reader),
  }
}

/** What a client says whatever its server is. */
export function readClientSettings(
  reader: MetadataReader<ClientField>,
): Pick<OAuthClient, 'authStyle' | 'scopes' | 'params' | 'defaultExpiresIn'> {
  const defaultExpiresIn = reader.integer('defaultExpiresIn', { min: 1, max: 86_400 })
  return {
    authStyle: readAuthStyle(reader),
    scopes: splitScopes(reader.text('scopes') ?? ''),
    params: [...readTargets(reader), ...readExtraParams(reader)],
    ...(defaultExpiresIn === undefined ? {} : { defaultExpiresIn }),
  }
}

/** A required URL that credentials may be sent to, or keys fetched from. */
export function readUrl<Field extends string>(reader: MetadataReader<Field>, field: Field): URL {
  const judged = judgeUrl(reader.requiredText(field))
  if (judged.ok) return judged.url
  throw reader.complaint(field, judged.problem, judged.hint)
}

function readAuthStyle(reader: MetadataReader<ClientField>): AuthStyle {
  const style = reader.text('authStyle') ?? '0'
  if (!/^[012]$/.test(style)) {
    throw reader.complaint('authStyle', 'is none of 0, 1 and 2', 'Use 0 to find out.')
  }
  return style === '1' ? 1 : style === '2' ? 2 : 0
}

/** `audience` is what most authorization servers know, `resource` is the standard (RFC 8707 §2). */
function readTargets(reader: MetadataReader<ClientField>): QueryParameters {
  const audience = reader.text('audience')
  const resource = reader.text('resource')
  const problem = resource === undefined ? undefined : uriProblem(resource)
  if (problem !== undefined) throw reader.complaint('resource', problem.problem, problem.hint)
  return [
    ...(audience === undefined ? [] : [['audience', audience] as const]),
    ...(resource === undefined ? [] : [['resource', resource] as const]),
  ]
}

function readExtraParams(reader: MetadataReader<ClientField>): QueryParameters {
  const text = reader.text('endpointParamsQuery')
  if (text === undefined) return []
  const read = readTokenParameters(text)
  if ('parameters' in read) return read.parameters
  throw reader.complaint('endpointParamsQuery', read.problem, read.hint)
}
