// middleware.http.oauth2clientcredentials: Dapr's fields.
import { expect, test } from 'vitest'
import { middlewares } from '../../../src/middleware/index.ts'
import { oauth2ClientCredentials } from '../../../src/middleware/http/oauth2clientcredentials.ts'
import { describeClientCredentials } from './client-credentials-suite.ts'

describeClientCredentials(oauth2ClientCredentials, 'headerName')

test('is in the list', () => {
  expect(middlewares).toContain(oauth2ClientCredentials)
})
