// middleware.http.oauth2: the guide's headless token attachment, or that of tokens that other grants give.
import type { Oauth2Metadata } from '../../core/generated/types.ts'
import { readMetadata, type MetadataReader } from '../metadata.ts'
import type { Middleware, ProvisionContext, Provisioned } from '../middleware.ts'
import { provisionClientCredentials } from './client-credentials.ts'
import { isDiscovering, provisionDiscovered } from './discovered-client.ts'
import { readGrantType, type GrantName } from './grant-type.ts'
import { provisionIdJag, provisionJwtBearer } from './jwt-bearer.ts'
import { readOauth2Client } from './oauth2-client.ts'
import { provisionTokenExchange } from './token-exchange.ts'
import { provisionUserLogin } from './user-login.ts'

type Provision = (
  reader: MetadataReader<keyof Oauth2Metadata>,
  context: ProvisionContext,
) => Provisioned

const provisions: Readonly<Record<GrantName, Provision>> = {
  client_credentials: (reader, context) =>
    isDiscovering(reader)
      ? provisionDiscovered(reader, context)
      : provisionClientCredentials(reader, readOauth2Client(reader), 'authHeaderName', context),
  authorization_code: provisionUserLogin,
  token_exchange: provisionTokenExchange,
  jwt_bearer: provisionJwtBearer,
  id_jag: provisionIdJag,
}

export const oauth2: Middleware = {
  type: 'middleware.http.oauth2',
  version: 'v1',
  provision(metadata, context) {
    const reader = readMetadata<keyof Oauth2Metadata>(metadata, context)
    return provisions[readGrantType(reader)](reader, context)
  },
}
