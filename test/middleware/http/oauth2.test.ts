// middleware.http.oauth2: the guide's fields, headless.
import { expect, test } from 'vitest'
import { middlewares } from '../../../src/middleware/index.ts'
import { grantId } from '../../../src/core/grants.ts'
import { oauth2 } from '../../../src/middleware/http/oauth2.ts'
import { readUserLogin } from '../../../src/middleware/http/user-login.ts'
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

test('refuses a grant that it does not know', () => {
  const metadata = { ...guide, grantType: 'password' }
  expect(() => oauth2.provision(metadata, createContext())).toThrow(/its grantType is not a grant/)
})

test('is in the list', () => {
  expect(middlewares.map(({ type }) => type)).toContain('middleware.http.oauth2')
})

const loginMetadata = { ...guide, grantType: 'authorization_code' }
const nobody = { issuer: '', clientId: '', resource: '', params: '', scopes: [], subject: '' }

test('refuses a login whose redirect leads to another machine, or that has nowhere to be kept', () => {
  const redirected = { ...loginMetadata, redirectURL: 'https://elsewhere.example/callback' }
  expect(() => readUserLogin(redirected, createContext())).toThrow(/its redirectURL is not/)
  expect(() => oauth2.provision(loginMetadata, createContext())).toThrow(/a store of logins/)
})

test('keeps the logins of different servers, resources, scopes and people apart', () => {
  const idOf = (change: Record<string, string>) =>
    grantId(readUserLogin({ ...loginMetadata, ...change }, createContext())?.key ?? nobody)
  const changes = [
    {},
    { issuer: 'https://auth.example.com' },
    { clientID: 'other' },
    { resource: 'https://mcp.example.com/mcp' },
    { scopes: 'mcp:read' },
    { subject: 'alice' },
    { resource: 'https://mcp.example.com/mcp', audience: 'mcp' },
    { endpointParamsQuery: 'organization=acme' },
  ]
  expect(new Set(changes.map((change) => idOf(change))).size).toBe(changes.length)
  expect(idOf({ scopes: 'mcp:write mcp:read' })).toBe(idOf({}))
})
