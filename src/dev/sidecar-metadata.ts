// What a running sidecar says of itself, asked on its own port: only it knows.
import type { Session } from '../control-plane/sessions.ts'

/** How long a sidecar may take to answer, in ms. */
const limit = 1_000

/** The answer of `GET /v1.0/metadata`; undefined when there is none in time. */
export async function sidecarMetadata({ httpPort }: Pick<Session, 'httpPort'>): Promise<unknown> {
  try {
    const answer = await fetch(`http://127.0.0.1:${httpPort}/v1.0/metadata`, {
      signal: AbortSignal.timeout(limit),
      redirect: 'error',
    })
    return await answer.json()
  } catch {
    return undefined
  }
}

/** The value at the end of a path of member names. */
export function memberAt(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (held, name) =>
      held instanceof Object ? Object.getOwnPropertyDescriptor(held, name)?.value : undefined,
    value,
  )
}
