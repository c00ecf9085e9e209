// The authorization server of a benchmark: one token, two keys, served from the process that measures, where it stays idle.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { createKey, jwksOf, signToken, type SigningKey } from '../test/oauth/token-fixtures.ts'

export const audience = 'mcp-server'
export const keys = { RS256: createKey('rs', 'RS256'), ES256: createKey('es', 'ES256') } as const

export interface Issuer {
  /** Origin and issuer identifier. */
  readonly origin: string
  readonly token: string
  close(): void
}

export async function startIssuer(): Promise<Issuer> {
  let token = ''
  const server = createServer((request, response) => {
    request.resume()
    const body = request.url === '/jwks' ? jwksOf(keys.RS256, keys.ES256) : tokenAnswer(token)
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  token = accessToken(keys.RS256, origin, 'shared')
  return { origin, token, close: () => server.close() }
}

/** A token as large as those of common authorization servers; `id` makes it one of its kind. */
export function accessToken(key: SigningKey, issuer: string, id: string): string {
  const now = Math.floor(Date.now() / 1000)
  return signToken(key, {
    iss: issuer,
    aud: audience,
    sub: '5f0c9a86-7d0b-4a3a-b1f0-6c1f3ad0a9be',
    client_id: '5f0c9a86-7d0b-4a3a-b1f0-6c1f3ad0a9be',
    jti: id,
    iat: now,
    exp: now + 3600,
    scope: 'mcp:read mcp:write documents:search documents:read',
  })
}

/** The public half of the RS256 key, as the file that other servers read. */
export function rsaPublicKeyPem(): string {
  return keys.RS256.publicKey.export({ type: 'spki', format: 'pem' }).toString()
}

function tokenAnswer(token: string): object {
  return { access_token: token, token_type: 'Bearer', expires_in: 3600 }
}
