// middleware.http.oauth2: the guide's fields, headless.
import { expect, test } from 'vitest'
import { middlewares } from '../../../src/middleware/index.ts'
import { oauth2 } from '../../../src/middleware/http/oauth2.ts'
import { createContext } from '../exchange-fixture.ts'
import { describeClientCredentials } from './client-credentials-suite.ts'

describeClientCredentials(oauth2, 'authHeaderName')

const guide = {
  clientID: 'client',
  clientSecret: 'secret',
  authURL: 'https://auth.example.com/authorize',
  tokenURL: 'https://auth.example.com/token',
  scopes: 'mcp:read,mcp:write',
}

test("takes the guide's fields", () => {
  const handler = oauth2.provision(guide, createContext())
  expect(handler.summary).toBe('client_credentials at https://auth.example.com/token')
  handler.close?.()
})

test('refuses a grant that needs a browser', () => {
  const metadata = { ...guide, grantType: 'authorization_code' }
  expect(() => oauth2.provision(metadata, createContext())).toThrow(/its grantType is not a grant/)
})

test('is in the list', () => {
  expect(middlewares.map(({ type }) => type)).toContain('middleware.http.oauth2')
})
