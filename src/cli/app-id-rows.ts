// What tables show of an App ID. Never its API token.
import { textAt } from '../core/pointer.ts'
import type { AppId } from '../control-plane/app-ids.ts'

export function appConfigOf({ manifest }: AppId): string {
  return textAt(manifest, '/spec/appConfig') ?? ''
}

export function appEndpointOf({ manifest }: AppId): string {
  return textAt(manifest, '/spec/appEndpoint/url') ?? ''
}

/** Where its sidecar listens, or `ready` when none runs. */
export function statusOf({ session }: AppId): string {
  if (session === undefined) return 'ready'
  return `running on http://127.0.0.1:${session.httpPort} (pid ${session.pid})`
}
