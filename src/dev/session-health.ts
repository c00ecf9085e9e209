// Whether the app of a running sidecar is healthy: the sidecar is asked, because it alone knows.
import type { Session } from '../control-plane/sessions.ts'

export type SessionHealth = 'healthy' | 'unhealthy'

/** How long a sidecar may take to answer, in ms. */
const limit = 1_000

/** Undefined when the health is not checked, or the sidecar does not answer in time. */
export async function sessionHealth({
  httpPort,
}: Pick<Session, 'httpPort'>): Promise<SessionHealth | undefined> {
  try {
    const answer = await fetch(`http://127.0.0.1:${httpPort}/v1.0/metadata`, {
      signal: AbortSignal.timeout(limit),
      redirect: 'error',
    })
    return statusIn(await answer.json())
  } catch {
    return undefined
  }
}

function statusIn(metadata: unknown): SessionHealth | undefined {
  const status = member(member(member(metadata, 'appConnectionProperties'), 'health'), 'status')
  return status === 'healthy' || status === 'unhealthy' ? status : undefined
}

function member(value: unknown, name: string): unknown {
  return value instanceof Object ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined
}
