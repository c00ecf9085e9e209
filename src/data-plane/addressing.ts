// How a request names its target: two headers and a path (Dapr pkg/api/http/directmessaging.go).
import type { HeaderList } from '../core/header-list.ts'
import { wellKnownPath } from '../oauth/resource-metadata.ts'

/** The target named in headers: `dapr-app-id`, else Basic credentials `dapr-app-id:<id>`. */
export function targetInHeaders(headers: HeaderList): string | undefined {
  return headers.get('dapr-app-id') ?? targetInCredentials(headers)
}

/** Removes what names the target: it is for this sidecar alone. Other Authorization stays. */
export function dropTargetHeaders(headers: HeaderList): void {
  if (targetInCredentials(headers) !== undefined) headers.delete('authorization')
  headers.delete('dapr-app-id')
}

const invokePath = /^\/v1\.0\/invoke\/(.+?)\/method(?:\/(.*))?$/

/**
 * The target named as `/v1.0/invoke/<id>/method/<path>`, and the path there. Takes a normalized path. The metadata of such a
 * URL, which RFC 9728 §3 puts before its path, is that of the path there.
 */
export function targetInPath(
  path: string,
): { readonly id: string; readonly path: string } | undefined {
  const prefix = path.startsWith(`${wellKnownPath}/`) ? wellKnownPath : ''
  const [, id, rest = ''] = invokePath.exec(path.slice(prefix.length)) ?? []
  return id === undefined ? undefined : { id: decodeURIComponent(id), path: `${prefix}/${rest}` }
}

function targetInCredentials(headers: HeaderList): string | undefined {
  const basic = /^basic +([A-Za-z0-9+/=]+)$/i.exec(headers.get('authorization') ?? '')?.[1]
  if (basic === undefined) return undefined
  const [user, ...rest] = Buffer.from(basic, 'base64').toString('latin1').split(':')
  return user === 'dapr-app-id' ? rest.join(':') : undefined
}
