// What a protected resource tells those who have no token yet: its metadata, and that it is no authorization server.
import type { Exchange, Reply } from '../core/exchange.ts'
import {
  isMetadataPath,
  metadataUrl,
  resourceAskedFor,
  resourceAt,
  resourceMetadata,
  type ProtectedResource,
} from '../oauth/resource-metadata.ts'
import { answer } from './answer.ts'

/** What a handler says of the resource it protects. Without an issuer that is a URL there is nothing to discover. */
export type Protection = Omit<ProtectedResource, 'resource'>

/**
 * The answer to a request that needs no token: GET or HEAD of metadata. Paths are compared as a whole, and nothing else is
 * let through; undefined sends a request on to the token check.
 */
export function metadataReply(exchange: Exchange, protection: Protection): Reply | undefined {
  const { method, path } = exchange
  if (!path.startsWith('/.well-known/') || (method !== 'GET' && method !== 'HEAD')) return undefined
  if (!isMetadataPath(path)) return exchange.headers.has('authorization') ? undefined : unknown
  const { publicBase } = exchange
  if (publicBase === undefined || protection.authorizationServers.length === 0) return unknown
  const resource = resourceAskedFor(publicBase, path)
  return {
    status: 200,
    headers: ['content-type', 'application/json', 'cache-control', 'no-store', ...forEverybody],
    body: JSON.stringify(resourceMetadata({ resource, ...protection })),
    reason: 'resource metadata',
  }
}

/** Where a client finds the metadata of what it called; undefined when that is not published. */
export function metadataOf(
  { path, publicBase }: Exchange,
  { authorizationServers }: Protection,
): string | undefined {
  if (publicBase === undefined || authorizationServers.length === 0) return undefined
  return metadataUrl(resourceAt(publicBase, path))
}

/** It holds nothing that depends on who asks. */
const forEverybody = ['access-control-allow-origin', '*']

/** Clients look for an authorization server here too (MCP 2025-03-26), and give up at a 5xx. */
const unknown = answer({
  status: 404,
  code: 'METADATA_NOT_FOUND',
  message: 'There is no such metadata here.',
  headers: forEverybody,
})
