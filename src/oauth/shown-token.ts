// Tokens and assertions that we show to an authorization server: given, or in a file that somebody else keeps fresh.
import { open } from 'node:fs/promises'
import { Secret } from '../core/secret.ts'
import type { MintFailure } from './token-response.ts'

export type ShownToken =
  | { readonly kind: 'value'; readonly value: Secret }
  /** Read anew each time it is shown, as workload tokens are replaced in place. */
  | { readonly kind: 'file'; readonly path: string }

const longest = 64 * 1024

/** The token, or why there is none. Never rejects. */
export async function readShownToken(
  shown: ShownToken,
): Promise<{ readonly ok: true; readonly value: Secret } | MintFailure> {
  if (shown.kind === 'value') return { ok: true, value: shown.value }
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
  return shown.kind === 'file' ? `file ${shown.path}` : digest(shown.value.reveal())
}

async function readRegularFile(path: string): Promise<string> {
  const file = await open(path)
  try {
    // A pipe would be waited for, and a device never ends.
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
