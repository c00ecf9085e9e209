// middleware.http.oauth2: the guide's headless token attachment. (Dapr's component of that name is a browser login.)
import type { Oauth2Metadata } from '../../core/generated/types.ts'
import { readMetadata } from '../metadata.ts'
import type { Middleware } from '../middleware.ts'
import { provisionClientCredentials } from './client-credentials.ts'

export const oauth2: Middleware = {
  type: 'middleware.http.oauth2',
  version: 'v1',
  provision(metadata, context) {
    const reader = readMetadata<keyof Oauth2Metadata>(metadata, context)
    const grant = reader.text('grantType') ?? 'client_credentials'
    if (grant !== 'client_credentials') {
      throw reader.complaint(
        'grantType',
        'is not a grant that works without a browser',
        'Set grantType to client_credentials, or leave it out.',
      )
    }
    return provisionClientCredentials(reader, 'authHeaderName', context)
  },
}
