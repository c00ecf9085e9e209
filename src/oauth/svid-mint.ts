// Signs JWT-SVIDs with the project's own key (SPIFFE JWT-SVID §3): short-lived, for one audience, by nobody's leave.
import { createPrivateKey } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import { McpAuthError } from '../core/errors.ts'
import { Secret } from '../core/secret.ts'
import type { McpSvidSpec } from '../core/snapshot.ts'
import type { Mint } from './token-request.ts'
import type { MintFailure } from './token-response.ts'

/** Seconds; that of SPIRE. */
const lifetimeSeconds = 300

export interface SvidMintParts {
  readonly clock: Clock
  /** The URL at which the key is published now; may throw McpAuthError. */
  readonly issuer: () => Promise<string>
}

export function createSvidMint(
  { subject, audience, key }: Pick<McpSvidSpec, 'subject' | 'audience' | 'key'>,
  { clock, issuer }: SvidMintParts,
): Mint {
  return async () => {
    try {
      // Loaded when it is needed: most sidecars sign nothing.
      const { SignJWT } = await import('jose')
      const now = Math.floor(clock.now() / 1000)
      const token = await new SignJWT({
        iss: await issuer(),
        sub: subject,
        aud: audience,
        iat: now,
        exp: now + lifetimeSeconds,
      })
        .setProtectedHeader({ alg: 'ES256', kid: key.kid, typ: 'JWT' })
        .sign(createPrivateKey(key.privateKey.reveal()))
      return { ok: true, token: { value: new Secret(token), scope: undefined, lifetimeSeconds } }
    } catch (error) {
      // What node:crypto says of a key is not for other eyes.
      const why = error instanceof McpAuthError ? error.message : 'The key cannot be used.'
      return { ok: false, kind: 'unavailable', problem: why }
    }
  }
}

/** The sentence about a mint that failed. */
export function svidError({ problem }: MintFailure): McpAuthError {
  return new McpAuthError('ERR_MCP_SERVER_UNUSABLE', `No JWT-SVID can be signed. ${problem}`, {
    hint: 'Make new keys with: mcpauth dev idp --rotate-keys',
  })
}
