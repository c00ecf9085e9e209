// Metadata that no OAuth client may start with: refused at once, by field, without its value.
import { expect, test } from 'vitest'
import { McpAuthError } from '../../../src/core/errors.ts'
import { Secret } from '../../../src/core/secret.ts'
import { oauth2ClientCredentials } from '../../../src/middleware/http/oauth2clientcredentials.ts'
import type { Metadata } from '../../../src/middleware/middleware.ts'
import { createContext } from '../exchange-fixture.ts'

const good = {
  clientID: 'client',
  clientSecret: new Secret('canary'),
  tokenURL: 'https://as.example/token',
}

function provision(metadata: Metadata): unknown {
  try {
    oauth2ClientCredentials.provision({ ...good, ...metadata }, createContext()).close?.()
    return undefined
  } catch (error) {
    return error
  }
}

test('starts with the required fields alone', () => {
  expect(provision({})).toBeUndefined()
})

test.each<[string, Metadata]>([
  ['clientID', { clientID: '' }],
  ['clientSecret', { clientSecret: new Secret('') }],
  ['tokenURL', { tokenURL: '' }],
  ['tokenURL', { tokenURL: 'http://as.example/canary' }],
  ['tokenURL', { tokenURL: new Secret('https://canary:canary@as.example/') }],
  ['tokenURL', { tokenURL: 'https://as.example/#canary' }],
  ['pathFilter', { pathFilter: '(canary' }],
  ['pathFilter', { pathFilter: '(?=canary)' }],
  ['pathFilter', { pathFilter: 'x'.repeat(1025) }],
  ['authStyle', { authStyle: '3' }],
  ['resource', { resource: 'canary' }],
  ['endpointParamsQuery', { endpointParamsQuery: 'a=%zz' }],
  ['endpointParamsQuery', { endpointParamsQuery: 'a=1;b=2' }],
  ['endpointParamsQuery', { endpointParamsQuery: '=canary' }],
  ['endpointParamsQuery', { endpointParamsQuery: 'grant_type=password' }],
  ['endpointParamsQuery', { endpointParamsQuery: 'client%5Fsecret=canary' }],
  ['defaultExpiresIn', { defaultExpiresIn: 'soon' }],
  ['headerName', { headerName: 'Host' }],
  ['headerName', { headerName: 'a b' }],
  ['headerName', { headerName: 'Transfer-Encoding' }],
  ['headerName', { headerName: 'dapr-api-token' }],
])('refuses a wrong %s', (field, metadata) => {
  const error = provision(metadata)
  expect(error).toBeInstanceOf(McpAuthError)
  expect(error).toMatchObject({
    code: 'HANDLER_UNUSABLE',
    place: 'component.yaml:7:3',
    message: expect.stringContaining(`component-name cannot be used: its ${field} `) as string,
  })
  expect(JSON.stringify(error) + String(error)).not.toContain('canary')
})
