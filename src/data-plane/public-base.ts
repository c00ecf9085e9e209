// The URL at which a caller reaches the root of an App ID: configured or the listener's own, never what a Host header makes up.
import type { IncomingMessage } from 'node:http'

import { wellKnownPath } from '../oauth/resource-metadata.ts'
import type { Door } from './access-log.ts'

/** Without a slash at the end; undefined when nothing that can be trusted says it. Made per door, asked when it matters. */
export type PublicBase = (request: IncomingMessage) => string | undefined

/** The header in which a sidecar tells a peer by which URL its own app called; believed at the private socket alone. */
export const callerUrlHeader = 'dapr-caller-url'

/** `publicUrl` is that of the ingress, as it was configured. */
export function publicBaseOf(door: Door, publicUrl: string | undefined): PublicBase {
  if (door === 'sidecar') return invokeBase
  if (door === 'peer') return (request) => toldBase(request) ?? publicUrl
  return publicUrl === undefined ? listenerBase : () => publicUrl
}

/** Its address, or localhost for a caller that said so: strict clients compare the URL that they called. */
function listenerBase(request: IncomingMessage): string {
  const authority = `localhost:${request.socket.localPort}`
  const named = request.headers.host?.toLowerCase() === authority
  return `http://${named ? authority : authority.replace('localhost', '127.0.0.1')}`
}

const invokeTarget = /^\/v1\.0\/invoke\/([A-Za-z0-9.-]+)\/method(?:[/?]|$)/

/** Undefined for a call that names its target in headers: its URL does not. */
function invokeBase(request: IncomingMessage): string | undefined {
  const url = request.url ?? ''
  const path = url.startsWith(wellKnownPath) ? url.slice(wellKnownPath.length) : url
  const id = invokeTarget.exec(path)?.[1]
  return id === undefined ? undefined : `${listenerBase(request)}/v1.0/invoke/${id}/method`
}

const told = /^http:\/\/(?:127\.0\.0\.1|localhost):\d{1,5}\/v1\.0\/invoke\/[A-Za-z0-9.-]+\/method$/

function toldBase(request: IncomingMessage): string | undefined {
  const url = request.headers[callerUrlHeader]
  return typeof url === 'string' && told.test(url) ? url : undefined
}
