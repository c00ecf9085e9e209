// middleware.http.oauth2 without endpoints: the client finds its authorization server by its resource or issuer.
import type { Oauth2Metadata } from '../../core/generated/types.ts'
import { judgeUrl, printableUrl } from '../../core/trusted-url.ts'
import type { SoughtClient } from '../../oauth/sought-client.ts'
import { acquireDiscoveredSource } from '../../oauth/token-sources.ts'
import { WideningTokens } from '../../oauth/widening-tokens.ts'
import type { MetadataReader } from '../metadata.ts'
import type { ProvisionContext, Provisioned } from '../middleware.ts'
import { provisionAttachment, widening } from './client-credentials.ts'
import { readClientSettings } from './oauth-client.ts'
import { readSoughtAuthentication } from './oauth2-client.ts'

type Field = keyof Oauth2Metadata

/** Whether a Component names no endpoint, but what leads to one. */
export function isDiscovering(reader: MetadataReader<Field>): boolean {
  const names = (field: Field): boolean => reader.text(field) !== undefined
  return !names('tokenURL') && !names('authURL') && (names('issuer') || names('resource'))
}

export function readSoughtClient(reader: MetadataReader<Field>): SoughtClient {
  const { params, ...settings } = readClientSettings(reader)
  const issuer = readIssuer(reader)
  const hasSecret = reader.text('clientSecret') !== undefined
  return {
    ...settings,
    ...readSoughtAuthentication(reader),
    issuer,
    resource: readResource(reader, issuer),
    clientId: reader.text('clientID'),
    ...(hasSecret ? { clientSecret: reader.requiredSecret('clientSecret') } : {}),
    metadataUrl: readMetadataUrl(reader),
    params: params.filter(([name]) => name !== 'resource'),
  }
}

/** For the client credentials grant. */
export function provisionDiscovered(
  reader: MetadataReader<Field>,
  context: ProvisionContext,
): Provisioned {
  const sought = readSoughtClient(reader)
  const clientId = reader.requiredText('clientID')
  if (sought.authentication === undefined) reader.requiredText('clientSecret')
  const { clients } = context.grants ?? {}
  const tokens = new WideningTokens({
    scopes: sought.scopes,
    acquire: (scopes) => acquireDiscoveredSource({ ...sought, clientId, scopes }, clients, context),
  })
  const summary = `client_credentials, found by ${startOf(sought)}`
  const attached = { ...widening(tokens), summary, headerField: 'authHeaderName' } as const
  return provisionAttachment(reader, attached, context)
}

/** Where the search begins; safe to print. */
export function startOf({ issuer, resource }: SoughtClient): string {
  const url = URL.parse(issuer ?? resource ?? '')
  return url === null ? '' : printableUrl(url)
}

function readIssuer(reader: MetadataReader<Field>): string | undefined {
  const issuer = reader.text('issuer')
  const judged = issuer === undefined ? undefined : judgeUrl(issuer)
  if (judged?.ok === false) throw reader.complaint('issuer', judged.problem, judged.hint)
  return issuer
}

/** One that is asked for its metadata has to be a URL; beside an issuer it is only a name. */
function readResource(
  reader: MetadataReader<Field>,
  issuer: string | undefined,
): string | undefined {
  const resource = reader.text('resource')
  const judged = resource === undefined || issuer !== undefined ? undefined : judgeUrl(resource)
  if (judged?.ok === false) throw reader.complaint('resource', judged.problem, judged.hint)
  return resource
}

/** It is a name as well, so that its spelling counts (draft-ietf-oauth-client-id-metadata-document §3). */
function readMetadataUrl(reader: MetadataReader<Field>): URL | undefined {
  const text = reader.text('clientMetadataURL')
  if (text === undefined) return undefined
  const judged = judgeUrl(text)
  const { ok } = judged
  if (ok && judged.url.href === text && judged.url.pathname !== '/' && judged.url.search === '') {
    return judged.url
  }
  const hint = 'Write the https URL of the document, with a path, exactly as its client_id.'
  throw reader.complaint('clientMetadataURL', 'is not the URL of a client metadata document', hint)
}
