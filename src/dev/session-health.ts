// Whether the app of a running sidecar is healthy.
import type { Session } from '../control-plane/sessions.ts'
import { memberAt, sidecarMetadata } from './sidecar-metadata.ts'

export type SessionHealth = 'healthy' | 'unhealthy'

/** Undefined when the health is not checked, or the sidecar does not answer in time. */
export async function sessionHealth(
  session: Pick<Session, 'httpPort'>,
): Promise<SessionHealth | undefined> {
  const metadata = await sidecarMetadata(session)
  const status = memberAt(metadata, 'appConnectionProperties', 'health', 'status')
  return status === 'healthy' || status === 'unhealthy' ? status : undefined
}
