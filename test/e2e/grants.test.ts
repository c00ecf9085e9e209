// Every grant of `middleware.http.oauth2`, from a client app's sidecar to an app that wants a token, with the built binary.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { confirmDevice } from '../support/browser.ts'
import { authorize, authorizeUrl, pkce, postJson } from '../support/code-flow.ts'
import { startGrantWorld, type GrantWorld, type Settings } from '../support/grant-world.ts'

let world: GrantWorld
beforeAll(async () => {
  world = await startGrantWorld()
})
afterAll(() => world.close())

const front = { clientID: 'front', clientSecret: 'secret:front/secret' }
const worker = {
  clientID: 'worker',
  clientAuthMethod: 'private_key_jwt',
  clientKey: 'secret:worker/key',
}

const settings = (own: Settings): Settings => ({ tokenURL: `${world.issuer}/token`, ...own })

/** Runs the client app, and counts what arrived at the other one. */
async function call(name: string, caller?: string) {
  const before = await world.reached()
  const { exitCode, replies, stderr } = await world.call(name, caller)
  return { exitCode, replies, stderr, arrived: (await world.reached()) - before }
}

/** The request with a token arrives with these claims, in this scheme; the one without is refused before the app. */
const goesOut = (claims: object, scheme = 'Bearer') => ({
  exitCode: 0,
  replies: [{ status: 200, scheme, claims }, { status: 401 }],
  arrived: 1,
})

test.each<[string, () => Settings, object]>([
  [
    'basic',
    () => ({ ...front, clientAuthMethod: 'client_secret_basic' }),
    { sub: 'front', client_id: 'front' },
  ],
  [
    'post',
    () => ({ ...front, clientAuthMethod: 'client_secret_post' }),
    { sub: 'front', client_id: 'front' },
  ],
  ['key', () => ({ ...worker, issuer: world.issuer }), { sub: 'worker', client_id: 'worker' }],
  [
    'assertion',
    () => ({
      ...worker,
      grantType: 'jwt_bearer',
      issuer: world.issuer,
      assertionKey: 'secret:worker/key',
      assertionSubject: 'alice',
      resource: world.ingress,
    }),
    { sub: 'alice', client_id: 'worker' },
  ],
])('the client speaks for itself, or for whom it may: %s', async (name, own, claims) => {
  world.write(name, settings(own()))
  expect(await call(name)).toMatchObject(goesOut(claims))
})

test('a token that is bound to a key goes out with its proof', async () => {
  world.write('bound', settings({ ...front, dpop: 'required' }))
  const claims = { sub: 'front', cnf: { jkt: expect.any(String) } }
  expect(await call('bound')).toMatchObject(goesOut(claims, 'DPoP'))
})

test("the caller's token is exchanged, and nothing goes out without one", async () => {
  world.write('exchange', settings({ ...front, grantType: 'token_exchange', audience: 'orders' }))
  const issue = ['dev', 'token', '--aud', 'front', '--sub', 'alice']
  const caller = world.mcpauth(issue).stdout.trim()
  const claims = { sub: 'alice', client_id: 'front', aud: 'orders' }
  expect(await call('exchange', caller)).toMatchObject(goesOut(claims))
  expect(await call('exchange')).toMatchObject({
    replies: [
      { status: 401, body: expect.stringContaining('SUBJECT_TOKEN_MISSING') },
      { status: 401 },
    ],
    arrived: 0,
  })
})

test("the login at the company's identity provider counts at the server of the app (ID-JAG)", async () => {
  const idp = { idpTokenURL: `${world.issuer}/token`, idpClientSecret: 'secret:front/secret' }
  const target = { issuer: world.issuer, resource: world.ingress }
  world.write('company', settings({ ...front, grantType: 'id_jag', ...target, ...idp }))
  const claims = { sub: 'dev-user', client_id: 'front', aud: world.ingress }
  expect(await call('company', await idToken())).toMatchObject(goesOut(claims))
})

test.each([
  ['browser', []],
  ['device', ['--device']],
])('a user logs in by %s, and nothing starts before', async (name, flags) => {
  const login = {
    grantType: 'authorization_code',
    authURL: `${world.issuer}/authorize`,
    issuer: world.issuer,
    resource: world.ingress,
    // Keeps the logins of the two apart.
    subject: name,
  }
  const { resources } = world.write(name, settings({ ...front, ...login }))
  expect(await call(name)).toMatchObject({
    exitCode: 1,
    replies: [],
    stderr: expect.stringContaining(`mcpauth login ${name}`),
    arrived: 0,
  })

  expect(world.mcpauth(['apply', '-f', resources]).exitCode).toBe(0)
  const run = world.start(['login', name, ...flags])
  if (flags.length > 0) {
    const [userCode] = await run.readUntil(/\b[A-Z]{4}-[A-Z]{4}\b/)
    await confirmDevice(new URL(`${world.issuer}/device`), userCode)
  }
  expect(await run.end(), run.stderr).toBe(0)
  const claims = { sub: 'dev-user', client_id: 'front', aud: world.ingress }
  expect(await call(name)).toMatchObject(goesOut(claims))
})

/** What the company's own login page leaves with the client. */
async function idToken(): Promise<string> {
  const { verifier, challenge } = pkce()
  const redirectUri = 'http://127.0.0.1:1/callback'
  const more = { scope: 'openid' }
  const url = authorizeUrl(world.issuer, { clientId: 'front', redirectUri, challenge, more })
  const code = (await authorize(url)).searchParams.get('code') ?? ''
  const { body } = await postJson(`${world.issuer}/token`, {
    grant_type: 'authorization_code',
    client_id: 'front',
    client_secret: world.clientSecret,
    redirect_uri: redirectUri,
    code_verifier: verifier,
    code,
  })
  return String(body['id_token'])
}
