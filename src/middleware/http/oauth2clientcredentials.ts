// middleware.http.oauth2clientcredentials: Dapr's headless token attachment.
import type { Oauth2ClientCredentialsMetadata } from '../../core/generated/types.ts'
import { readMetadata } from '../metadata.ts'
import type { Middleware } from '../middleware.ts'
import { provisionClientCredentials } from './client-credentials.ts'

type Field = keyof Oauth2ClientCredentialsMetadata

export const oauth2ClientCredentials: Middleware = {
  type: 'middleware.http.oauth2clientcredentials',
  version: 'v1',
  provision: (metadata, context) =>
    provisionClientCredentials(readMetadata<Field>(metadata, context), 'headerName', context),
}
