// Tokens and assertions that we show to an authorization server: given, in a file that others keep fresh, or signed by us.
import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Clock } from '../core/clock.ts'
import { Secret } from '../core/secret.ts'
import { signJwt, type SigningKey } from './signing-key.ts'
import type { MintFailure } from './token-response.ts'

export type ShownToken =
  | { readonly kind: 'value'; readonly value: Secret }
  /** Read anew each time it is shown, as workload tokens are replaced in place. */
  | { readonly kind: 'file'; readonly path: string }
  /** Signed anew each time, good for a minute. */
  | {
      readonly kind: 'signed'
      readonly key: SigningKey
      readonly claims: { readonly iss: string; readonly sub: string; readonly aud: string }
    }

const longest = 64 * 1024
/** Seconds. */
const signedLifetime = 60

/** The token, or why there is none. Never rejects. */
export async function readShownToken(
  shown: ShownToken,
  clock: Clock,
): Promise<{ readonly ok: true; readonly value: Secret } | MintFailure> {
  if (shown.kind === 'value') return { ok: true, value: shown.value }
  if (shown.kind === 'signed') return { ok: true, value: sign(shown, clock) }
  try {
    const text = (await readRegularFile(shown.path)).trim()
    if (/^[\x21-\x7e]+$/.test(text)) return { ok: true, value: new Secret(text) }
    return notAsked(`the file ${shown.path} holds no token`)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no file'
    return notAsked(`the file ${shown.path} cannot be read (${code})`)
  }
}

/** Identifies what is shown; no secret. */
export function shownTokenId(shown: ShownToken, digest: (text: string) => string): string {
  if (shown.kind === 'file') return `file ${shown.path}`
  if (shown.kind === 'value') return digest(shown.value.reveal())
  const { thumbprint, algorithm, kid = '' } = shown.key
  return JSON.stringify([thumbprint, algorithm, kid, shown.claims])
}

function sign({ key, claims }: Extract<ShownToken, { kind: 'signed' }>, clock: Clock): Secret {
  const iat = Math.floor(clock.now() / 1000)
  const own = { jti: randomUUID(), iat, exp: iat + signedLifetime }
  return new Secret(signJwt(key, { ...claims, ...own }, { typ: 'JWT' }))
}

async function readRegularFile(path: string): Promise<string> {
  // A pipe would be waited for, by one of the few threads that look up names as well.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    // A device never ends.
    if (!(await file.stat()).isFile()) throw new Error('no file')
    const { buffer, bytesRead } = await file.read(Buffer.alloc(longest), 0, longest)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}

function notAsked(why: string): MintFailure {
  return {
    ok: false,
    kind: 'unavailable',
    problem: `was not asked: ${why}`,
    hint: 'Check that the file is there, can be read, and holds a token and nothing else.',
  }
}
