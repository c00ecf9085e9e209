// How the client of middleware.http.oauth2 authenticates without a secret, at a real authorization server.
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'
import { Secret } from '../../../src/core/secret.ts'
import { oauth2 } from '../../../src/middleware/http/oauth2.ts'
import { readUserLogin } from '../../../src/middleware/http/user-login.ts'
import { createControlSender } from '../../../src/oauth/control-request.ts'
import { logIn } from '../../../src/oauth/login.ts'
import { createKey } from '../../oauth/token-fixtures.ts'
import { startLoginServer } from '../../support/login-server.ts'
import { machineClient, startOidcServer } from '../../support/oidc-server.ts'
import { createContext, createExchange } from '../exchange-fixture.ts'

const pemOf = (key: ReturnType<typeof createKey>) =>
  new Secret(key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())

const jwtClient = (key: ReturnType<typeof createKey>) => ({
  token_endpoint_auth_method: 'private_key_jwt',
  jwks: { keys: [key.jwk] },
})

function handlerOf(metadata: Record<string, string | Secret>) {
  const handler = oauth2.provision(metadata, { ...createContext(), clock: systemClock })
  onTestFinished(() => handler.close?.())
  return handler
}

test.for(['RS256', 'ES256', 'EdDSA'])('private_key_jwt with %s gets tokens', async (alg) => {
  const key = createKey('key-1', alg)
  const client = machineClient({
    ...jwtClient(key),
    token_endpoint_auth_signing_alg: alg,
  })
  const server = await startOidcServer({
    clients: [client],
    enabledJWA: { clientAuthSigningAlgValues: ['RS256', 'ES256', 'EdDSA'] },
  })
  const metadata = {
    clientID: 'machine',
    tokenURL: server.tokenUrl,
    clientAuthMethod: 'private_key_jwt',
    clientKey: pemOf(key),
    clientKeyID: 'key-1',
    resource: 'https://mcp.example/mcp',
  }
  for (const issuer of ['', server.issuer]) {
    const exchange = createExchange()
    expect(await handlerOf({ ...metadata, issuer }).onRequest?.(exchange)).toBeUndefined()
    expect(exchange.headers.values('authorization')).toEqual([expect.stringMatching(/^Bearer eyJ/)])
  }
  expect(server.outcomes).toEqual(['ok', 'ok'])
})

test('a wrong key or audience is refused, without any other way being tried', async () => {
  const server = await startOidcServer({
    clients: [machineClient(jwtClient(createKey('key-1', 'ES256')))],
  })
  const metadata = {
    clientID: 'machine',
    tokenURL: server.tokenUrl,
    clientAuthMethod: 'private_key_jwt',
    clientKey: pemOf(createKey('key-1', 'ES256')),
  }
  const elsewhere = { clientAssertionAudience: 'https://elsewhere.example' }
  for (const change of [{}, elsewhere]) {
    const handler = handlerOf({ ...metadata, ...change })
    const answer = await handler.onRequest?.(createExchange({ headers: ['authorization', 'own'] }))
    expect(answer).toMatchObject({
      status: 502,
      reason: 'TOKEN_ENDPOINT_REFUSED: invalid_client',
    })
    expect(answer?.body).toContain('Check clientID, its secret or key')
  }
  expect(server.outcomes).toEqual(['invalid_client', 'invalid_client'])
})

test('a login authenticates with the key too', async () => {
  const key = createKey('key-1', 'ES256')
  const server = await startLoginServer(3600, jwtClient(key))
  const login = readUserLogin(
    {
      grantType: 'authorization_code',
      clientID: 'native',
      authURL: server.authUrl,
      tokenURL: server.tokenUrl,
      issuer: server.issuer,
      scopes: 'openid',
      clientAuthMethod: 'private_key_jwt',
      clientKey: pemOf(key),
    },
    createContext(),
  )
  if (login === undefined) throw new Error('no login')
  const tokens = await logIn(login, {
    send: createControlSender(),
    clock: systemClock,
    show: (url) => void browse(url),
    signal: new AbortController().signal,
  })
  expect(tokens).toMatchObject({ user: 'alice' })
})

/** Follows redirects with cookies, as a browser does, until the callback has answered. */
async function browse(start: URL): Promise<void> {
  const cookies = new Map<string, string>()
  let url: URL | undefined = start
  while (url !== undefined) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer: Response = await fetch(url, { redirect: 'manual', headers: { cookie } })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
    const location: string | null = answer.headers.get('location')
    url = location === null ? undefined : new URL(location, url)
  }
}

const settings = {
  clientID: 'machine',
  tokenURL: 'https://auth.example.com/token',
}
const key = pemOf(createKey('key-1', 'ES256'))

test.for([
  [{ clientAuthMethod: 'password' }, /clientAuthMethod is no way/],
  [{ clientAuthMethod: 'private_key_jwt' }, /clientKey is missing/],
  [{ clientAuthMethod: 'private_key_jwt', clientKey: 'canary' }, /clientKey is no private key/],
  [
    { clientAuthMethod: 'private_key_jwt', clientKey: key, clientSecret: 's' },
    /clientSecret contradicts/,
  ],
  [{ clientSecret: 's', clientKey: key }, /clientKey is for another/],
  [{ clientSecret: 's', clientAuthMethod: 'client_secret_post', authStyle: '2' }, /authStyle/],
  [{ clientAuthMethod: 'client_secret_basic' }, /clientSecret is missing/],
] as [Record<string, string | Secret>, RegExp][])('%o is refused', ([change, message]) => {
  expect(() => handlerOf({ ...settings, ...change })).toThrow(message)
  expect(() => handlerOf({ ...settings, ...change })).not.toThrow(/canary/)
})
