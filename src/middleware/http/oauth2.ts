// middleware.http.oauth2: the guide's headless token attachment, or that of a user's token after `mcpauth login`.
import type { Oauth2Metadata } from '../../core/generated/types.ts'
import { readMetadata } from '../metadata.ts'
import type { Middleware } from '../middleware.ts'
import { provisionClientCredentials } from './client-credentials.ts'
import { readOauth2Client } from './oauth2-client.ts'
import { loginGrant, provisionUserLogin } from './user-login.ts'

export const oauth2: Middleware = {
  type: 'middleware.http.oauth2',
  version: 'v1',
  provision(metadata, context) {
    const reader = readMetadata<keyof Oauth2Metadata>(metadata, context)
    const grant = reader.text('grantType') ?? 'client_credentials'
    if (grant === loginGrant) return provisionUserLogin(reader, context)
    if (grant !== 'client_credentials') {
      throw reader.complaint(
        'grantType',
        'is not a grant that is known here',
        'Set grantType to client_credentials or authorization_code.',
      )
    }
    return provisionClientCredentials(reader, readOauth2Client(reader), 'authHeaderName', context)
  },
}
