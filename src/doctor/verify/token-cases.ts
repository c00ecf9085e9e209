// Cases about tokens that look right and are not.
import type { JsonObject } from '../../core/json.ts'
import { bearer, noKey, type Bench, type Case } from './case.ts'
import { unsigned } from './forge.ts'
import { errorOf, paramOf, refusalProblem } from './refusal.ts'

const hour = 3600

/** Claims that a server takes, if its issuer signed them now. */
function right({ claims, now }: Bench): JsonObject {
  return { ...claims, nbf: null, iat: now, exp: now + 600, jti: `verify-${now}` }
}

function refused(id: string, must: string, forge: (bench: Bench) => string | undefined): Case {
  return {
    id,
    must: `${must} gets 401 with error="invalid_token"`,
    run: async (bench) => {
      const token = forge(bench)
      if (token === undefined) return noKey
      return refusalProblem(await bench.call(bearer(token)), 'present')
    },
  }
}

export const tokenCases: readonly Case[] = [
  refused(
    'unsigned',
    'A token without a signature',
    (bench) => `${unsigned(right(bench), { alg: 'ES256' })}.`,
  ),
  refused(
    'alg-none',
    'A token with alg "none"',
    (bench) => `${unsigned(right(bench), { alg: 'none' })}.`,
  ),
  refused(
    'alg-none-case',
    'A token with alg "nOnE"',
    (bench) => `${unsigned(right(bench), { alg: 'nOnE' })}.`,
  ),
  refused('self-signed', 'A token that a stranger signed', (bench) =>
    bench.stranger.token(right(bench)),
  ),
  refused('self-signed-jwk', 'A token that brings its own key', (bench) =>
    bench.stranger.token(right(bench), { jwk: bench.stranger.publicJwk }),
  ),
  refused('missing-kid', 'A token that a stranger signed, without kid', (bench) =>
    bench.stranger.token(right(bench), { kid: null }),
  ),
  refused('wrong-signature', 'A token of the issuer with another signature', ({ token }) =>
    token === undefined || token.split('.').length !== 3 ? undefined : otherSignature(token),
  ),
  ...(
    [
      ['wrong-audience', 'A token for somebody else', () => ({ aud: 'https://else.example/mcp' })],
      ['no-audience', 'A token for nobody', () => ({ aud: null })],
      ['wrong-issuer', 'A token of another issuer', () => ({ iss: 'https://else.example' })],
      [
        'expired',
        'A token that expired an hour ago',
        (now) => ({ iat: now - 2 * hour, exp: now - hour }),
      ],
      [
        'not-yet-valid',
        'A token for in an hour',
        (now) => ({ nbf: now + hour, exp: now + 2 * hour }),
      ],
      ['no-expiry', 'A token that never ends', () => ({ exp: null })],
    ] satisfies readonly [string, string, (now: number) => JsonObject][]
  ).map(([id, must, change]) =>
    refused(id, must, (bench) => bench.issuer?.token({ ...right(bench), ...change(bench.now) })),
  ),
  {
    id: 'signed-token',
    must: 'A token of the signing key is taken, so that the refusals above mean something',
    run: async (bench) => {
      if (bench.issuer === undefined) return noKey
      const answer = await bench.call(bearer(bench.issuer.token(right(bench))))
      return answer.ok && answer.status < 300 ? undefined : 'it was refused'
    },
  },
  {
    id: 'insufficient-scope',
    must: 'A token without scopes gets 403 with error="insufficient_scope", scope and resource_metadata',
    run: async (bench) => {
      if (bench.issuer === undefined) return noKey
      const claims = { ...right(bench), scope: null, scp: null }
      const answer = await bench.call(bearer(bench.issuer.token(claims)))
      if (!answer.ok) return `the server ${answer.detail}`
      if (answer.status < 300) return { why: 'the server requires no scope' }
      if (answer.status !== 403) return `it answered ${answer.status} in place of 403`
      const headers = answer.values('www-authenticate')
      if (errorOf(headers) !== 'insufficient_scope')
        return 'the challenge lacks error="insufficient_scope"'
      const missing = ['scope', 'resource_metadata'].filter(
        (name) => paramOf(headers, name) === undefined,
      )
      return missing.length === 0 ? undefined : `the challenge lacks ${missing.join(' and ')}`
    },
  },
]

function otherSignature(token: string): string {
  const [header = '', claims = '', signature = ''] = token.split('.')
  const bytes = Buffer.from(signature, 'base64url')
  bytes[0] = (bytes[0] ?? 0) ^ 1
  return `${header}.${claims}.${bytes.toString('base64url')}`
}
