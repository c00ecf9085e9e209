// A development authorization server whose clock is wrong: all of its tokens are, and it still knows them.
import { decodeJwt, createRemoteJWKSet, jwtVerify } from 'jose'
import { expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'
import { Secret } from '../../../src/core/secret.ts'
import { shiftedClock } from '../../../src/dev/idp/clock-offset.ts'
import { startAuthorizationServer, verifyToken } from '../../support/authorization-server.ts'
import { authorize, authorizeUrl, pkce, postJson, type Form } from '../../support/code-flow.ts'

const redirectUri = 'http://127.0.0.1:1/callback'
const app: Form = { client_id: 'app', client_secret: 's' }

it.each([7200, -7200])(
  'by %i seconds is in the times of access tokens and ID tokens',
  async (offset) => {
    const clock = shiftedClock(systemClock, offset)
    const client = { clientId: 'app', clientSecret: new Secret('s'), redirectUris: [redirectUri] }
    const server = await startAuthorizationServer({ clients: [client], clock })
    onTestFinished(() => server.close())
    const { verifier, challenge } = pkce()
    const more = { resource: 'https://mcp.example/mcp', scope: 'openid' }
    const url = authorizeUrl(server.issuer, { clientId: 'app', redirectUri, challenge, more })
    const { body } = await postJson(server.tokenUrl, {
      ...app,
      grant_type: 'authorization_code',
      code: (await authorize(url)).searchParams.get('code') ?? '',
      redirect_uri: redirectUri,
      code_verifier: verifier,
    })
    const token = String(body['access_token'])
    const idToken = String(body['id_token'])
    const keys = createRemoteJWKSet(new URL(server.jwksUrl))
    await jwtVerify(idToken, keys, { audience: 'app', currentDate: new Date(clock.now()) })
    await verifyToken(server, token, clock)
    for (const { iat = 0, exp = 0 } of [decodeJwt(token), decodeJwt(idToken)]) {
      expect(Math.abs(iat - clock.now() / 1000)).toBeLessThan(60)
      expect(exp - iat).toBe(600)
    }
    const exchanged = await postJson(server.tokenUrl, {
      ...app,
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: idToken,
      subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
      audience: 'a',
    })
    expect(exchanged.status, JSON.stringify(exchanged.body)).toBe(200)
    const told = await postJson(`${server.issuer}/introspect`, { ...app, token })
    expect(told.body).toMatchObject({ active: true })
  },
)
