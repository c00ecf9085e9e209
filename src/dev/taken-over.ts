// Waits until the running sidecars of a project work by what the control plane holds.
import { setTimeout as delay } from 'node:timers/promises'

import type { ControlPlane } from '../control-plane/control-plane.ts'
import type { Session } from '../control-plane/sessions.ts'
import { McpAuthError } from '../core/errors.ts'
import { memberAt, sidecarMetadata } from './sidecar-metadata.ts'

/** In ms: sidecars look for changes five times a second, and ask for keys and tokens before they take one over. */
const limit = 30_000
const interval = 50

/**
 * Resolves when every sidecar of the project that still runs has taken over the present revision. Throws SIDECAR_BEHIND
 * when one has not within `limitMs`: what it was handed may be invalid, or it hangs.
 */
export async function takenOver(
  plane: ControlPlane,
  project: string,
  limitMs = limit,
): Promise<void> {
  const revision = plane.revision()
  const deadline = performance.now() + limitMs
  for (;;) {
    const behind = await sidecarsBehind(plane.sessions.list(project), revision)
    if (behind.length === 0) return
    if (performance.now() >= deadline) throw sidecarBehind(behind, limitMs)
    await delay(interval)
  }
}

async function sidecarsBehind(
  sessions: readonly Session[],
  revision: number,
): Promise<readonly Session[]> {
  const revisions = await Promise.all(
    sessions.map(async (session) => memberAt(await sidecarMetadata(session), 'revision')),
  )
  return sessions.filter((_, index) => !(Number(revisions[index]) >= revision))
}

function sidecarBehind(behind: readonly Session[], limitMs: number): McpAuthError {
  const names = behind.map(({ appId }) => appId).join(', ')
  return new McpAuthError(
    'SIDECAR_BEHIND',
    `The change is stored, but not taken over within ${limitMs / 1_000} s by the sidecar of: ${names}.`,
    { hint: 'Its own output says why.' },
  )
}
