// The jwt_bearer and id_jag grants of middleware.http.oauth2: an assertion for a token, given or vouched for by a login.
import type { Oauth2Metadata } from '../../core/generated/types.ts'
import { printableUrl } from '../../core/trusted-url.ts'
import { tokenKey, type OAuthClient } from '../../oauth/client.ts'
import { createIdJagMint, createJwtBearerMint, idJagType } from '../../oauth/jwt-bearer.ts'
import { shownTokenId, type ShownToken } from '../../oauth/shown-token.ts'
import { readSigningKey } from '../../oauth/signing-key.ts'
import { digestOf, tokenTypeUrn } from '../../oauth/token-exchange.ts'
import { acquireShowingSource, askingParts } from '../../oauth/token-sources.ts'
import type { MetadataReader } from '../metadata.ts'
import type { ProvisionContext, Provisioned } from '../middleware.ts'
import { readUrl } from './oauth-client.ts'
import { readOauth2Client } from './oauth2-client.ts'
import { readShownSetting } from './shown-setting.ts'
import { provisionLeased, provisionShowing, readTokenType } from './token-exchange.ts'

type Field = keyof Oauth2Metadata

export function provisionJwtBearer(
  reader: MetadataReader<Field>,
  context: ProvisionContext,
): Provisioned {
  const client = readOauth2Client(reader, { isSecretOptional: true })
  const assertion = readAssertion(reader, client)
  const grant = {
    id: `jwt_bearer ${shownTokenId(assertion, digestOf)}`,
    mintOf: (parts: Parameters<typeof createJwtBearerMint>[2]) =>
      createJwtBearerMint(client, assertion, parts),
  }
  const lease = acquireShowingSource(client, grant, context)
  const summary = `jwt_bearer at ${printableUrl(client.tokenUrl)}`
  return provisionLeased(reader, { lease, summary, dpop: client.dpop }, context)
}

/** Enterprise-managed authorization of MCP: the company's login server vouches for a user at the server of the resource. */
export function provisionIdJag(
  reader: MetadataReader<Field>,
  context: ProvisionContext,
): Provisioned {
  const client = readOauth2Client(reader, { isSecretOptional: true })
  // Both are claims of the ID-JAG: without one it would be good for more than is meant.
  const audience = reader.requiredText('issuer')
  reader.requiredText('resource')
  const idp = readIdpClient(reader, client)
  const subjectType = readTokenType(reader, 'subjectTokenType') ?? tokenTypeUrn('id_token')
  const endpoint = printableUrl(idp.tokenUrl)
  return provisionShowing(
    reader,
    {
      client,
      subject: readShownSetting(reader, 'subjectToken', 'subjectTokenFile'),
      summary: `id_jag of ${endpoint} at ${printableUrl(client.tokenUrl)}`,
      id: JSON.stringify(['id_jag', tokenKey(idp), audience, subjectType]),
      mintOf: (server) => {
        const vouching = { ...askingParts(idp, server, idJagType), endpoint, audience, subjectType }
        return (subject) => createIdJagMint(client, subject, vouching, server)
      },
    },
    context,
  )
}

/** The client at the identity provider: with a secret of its own, with the key of the other, or public. */
function readIdpClient(reader: MetadataReader<Field>, client: OAuthClient): OAuthClient {
  const tokenUrl = readUrl(reader, 'idpTokenURL')
  const hasSecret = reader.text('idpClientSecret') !== undefined
  const { authentication } = client
  return {
    tokenUrl,
    clientId: reader.text('idpClientID') ?? client.clientId,
    authStyle: 0,
    scopes: [],
    params: [],
    ...(hasSecret ? { clientSecret: reader.requiredSecret('idpClientSecret') } : {}),
    ...(hasSecret || authentication === undefined
      ? {}
      : { authentication: { key: authentication.key, audience: tokenUrl.href } }),
  }
}

function readAssertion(reader: MetadataReader<Field>, client: OAuthClient): ShownToken {
  const given = readShownSetting(reader, 'assertion', 'assertionFile')
  const keyText = reader.text('assertionKey')
  const ofKey = (
    ['assertionKeyID', 'assertionIssuer', 'assertionSubject', 'assertionAudience'] as const
  ).find((field) => reader.text(field) !== undefined)
  const rival = keyText === undefined ? ofKey : 'assertionKey'
  if (given !== undefined && rival !== undefined) {
    throw reader.complaint(rival, 'stands beside an assertion that is given', 'Remove one of them.')
  }
  if (given !== undefined) return given
  if (keyText === undefined) {
    const hint = 'Give assertion, assertionFile or assertionKey.'
    throw reader.complaint('assertion', 'is missing', hint)
  }
  const key = readSigningKey(keyText, reader.text('assertionKeyID'))
  if ('problem' in key) throw reader.complaint('assertionKey', key.problem, key.hint)
  const claims = {
    iss: reader.text('assertionIssuer') ?? client.clientId,
    sub: reader.requiredText('assertionSubject'),
    aud: reader.text('assertionAudience') ?? reader.text('issuer') ?? client.tokenUrl.href,
  }
  return { kind: 'signed', key, claims }
}
