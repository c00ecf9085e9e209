// How the client of middleware.http.oauth2 authenticates without a secret, at a real authorization server.
import { createHash, X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { decodeJwt } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'
import { Secret } from '../../../src/core/secret.ts'
import { oauth2 } from '../../../src/middleware/http/oauth2.ts'
import { readOauth2Client } from '../../../src/middleware/http/oauth2-client.ts'
import { readUserLogin } from '../../../src/middleware/http/user-login.ts'
import { readMetadata } from '../../../src/middleware/metadata.ts'
import { createControlSender } from '../../../src/oauth/control-request.ts'
import { logIn } from '../../../src/oauth/login.ts'
import { createMint } from '../../../src/oauth/token-request.ts'
import { clientCertificate, clientPrivateKey } from '../../oauth/client-certificate.ts'
import { certificate, privateKey } from '../../oauth/localhost-certificate.ts'
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

test('private_key_jwt names the issuer that was found', async () => {
  const key = createKey('key-1', 'ES256')
  const server = await startOidcServer({ clients: [machineClient(jwtClient(key))] })
  const metadata = {
    clientID: 'machine',
    issuer: server.issuer,
    clientAuthMethod: 'private_key_jwt',
    clientKey: pemOf(key),
  }
  const exchange = createExchange()
  expect(await handlerOf(metadata).onRequest?.(exchange)).toBeUndefined()
  expect(server.outcomes).toEqual(['ok'])
  const login = { ...metadata, grantType: 'authorization_code' }
  expect(() => readUserLogin(login, createContext())).toThrow(/clientAuthMethod needs a tokenURL/)
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

const x5c = clientCertificate.replaceAll(/-----[A-Z ]+-----|\s/g, '')
const certified = {
  clientID: 'machine',
  clientCertificate,
  clientCertificateKey: new Secret(clientPrivateKey),
}

/** An authorization server over TLS that asks for certificates, and whoever trusts it. */
async function tlsWorld(method: string, change: Record<string, string | Secret> = {}) {
  const { publicKey } = new X509Certificate(clientCertificate)
  const registered =
    method === 'tls_client_auth'
      ? { tls_client_auth_subject_dn: 'CN=machine' }
      : { jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), x5c: [x5c] }] } }
  const peer = (ctx: { socket: TLSSocket }) => ctx.socket.getPeerX509Certificate()
  const server = await startOidcServer(
    {
      clients: [
        machineClient({
          token_endpoint_auth_method: method,
          tls_client_certificate_bound_access_tokens: true,
          ...registered,
        }),
      ],
      clientAuthMethods: [method],
      features: {
        mTLS: {
          enabled: true,
          certificateBoundAccessTokens: true,
          tlsClientAuth: true,
          selfSignedTlsClientAuth: true,
          getCertificate: peer,
          certificateAuthorized: (ctx: { socket: TLSSocket }) => ctx.socket.authorized,
          certificateSubjectMatches: (ctx: { socket: TLSSocket }, _: string, expected: string) =>
            peer(ctx)?.subject === expected,
        },
      },
    },
    {
      cert: certificate,
      key: privateKey,
      ca: clientCertificate,
      requestCert: true,
      rejectUnauthorized: false,
    },
  )
  const context = createContext()
  const metadata = {
    ...certified,
    tokenURL: server.tokenUrl,
    clientAuthMethod: method,
    resource: 'https://mcp.example/mcp',
    ...change,
  }
  const client = readOauth2Client(readMetadata(metadata, context))
  const send = createControlSender({ ca: certificate })
  const signal = new AbortController().signal
  return { server, mint: () => createMint(client, { send, clock: systemClock })(signal) }
}

test.for(['tls_client_auth', 'self_signed_tls_client_auth'])(
  '%s shows the certificate, and gets a token that is bound to it',
  async (method) => {
    const { server, mint } = await tlsWorld(method)
    const result = await mint()
    if (!result.ok) throw new Error(result.problem)
    const { raw } = new X509Certificate(clientCertificate)
    expect(decodeJwt(result.token.value.reveal())).toMatchObject({
      client_id: 'machine',
      cnf: { 'x5t#S256': createHash('sha256').update(raw).digest('base64url') },
    })
    expect(server.outcomes).toEqual(['ok'])
  },
)

test('another certificate is refused', async () => {
  const { server, mint } = await tlsWorld('self_signed_tls_client_auth', {
    clientCertificate: certificate,
    clientCertificateKey: new Secret(privateKey),
  })
  expect(await mint()).toMatchObject({ ok: false, kind: 'refused', error: 'invalid_client' })
  expect(server.outcomes).toEqual(['invalid_client'])
})

test.for([
  [{ tokenURL: 'http://127.0.0.1:1/token' }, /tokenURL is not https/],
  [{ clientCertificateKey: new Secret(privateKey) }, /are no certificate and its private key/],
  [{ clientCertificate: 'canary' }, /are no certificate and its private key/],
  [{ clientCertificate: '' }, /clientCertificate is missing/],
  [{ clientSecret: 's' }, /clientSecret contradicts/],
  [{ clientAuthMethod: 'private_key_jwt', clientKey: key }, /clientCertificate is for another/],
] as [Record<string, string | Secret>, RegExp][])(
  'a certificate with %o is refused',
  ([change, message]) => {
    const metadata = { ...settings, ...certified, clientAuthMethod: 'tls_client_auth', ...change }
    expect(() => handlerOf(metadata)).toThrow(message)
    expect(() => handlerOf(metadata)).not.toThrow(/canary/)
  },
)
