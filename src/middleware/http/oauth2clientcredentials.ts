// middleware.http.oauth2clientcredentials: Dapr's headless token attachment.
import type { Oauth2ClientCredentialsMetadata } from '../../core/generated/types.ts'
import { readMetadata } from '../metadata.ts'
import type { Middleware } from '../middleware.ts'
import { provisionClientCredentials } from './client-credentials.ts'
import { readOAuthClient } from './oauth-client.ts'

type Field = keyof Oauth2ClientCredentialsMetadata

export const oauth2ClientCredentials: Middleware = {
  type: 'middleware.http.oauth2clientcredentials',
  version: 'v1',
  provision(metadata, context) {
    const reader = readMetadata<Field>(metadata, context)
    return provisionClientCredentials(reader, readOAuthClient(reader), 'headerName', context)
  },
}
