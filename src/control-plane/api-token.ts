// The API token of an App ID: what an application shows its sidecar, sealed beside the AppIdentity.
import type { JsonObject } from '../core/json.ts'
import { valueAt } from '../core/pointer.ts'

/** Where the token of an AppIdentity lies among its sealed values; no RFC 6901 pointer starts with '#'. */
export const tokenPointer = '#apiToken'

/** 256 random bits, readable about where it belongs. */
export function newApiToken(
  project: string,
  appId: string,
  random: (size: number) => Buffer,
): string {
  return `mcpauth://v1/${project}/${appId}/${random(32).toString('base64url')}`
}

/** Whether `after` asks for another token than `before`: its `apiTokenRevision` has grown. */
export function asksForNewToken(before: JsonObject, after: JsonObject): boolean {
  return tokenRevision(after) > tokenRevision(before)
}

function tokenRevision(manifest: JsonObject): number {
  const revision = valueAt(manifest, '/spec/apiTokenRevision')
  return typeof revision === 'number' ? revision : 0
}
