// Reading a Component's manifest: type, version, scopes, metadata.
import { isJsonObject, type JsonObject } from '../core/json.ts'
import { joinPointer, listAt, textAt } from '../core/pointer.ts'

export function componentType(manifest: JsonObject): string {
  return textAt(manifest, '/spec/type') ?? ''
}

/** Dapr treats an absent version, `v0` and `v1` as the same (pkg/components/versioning). */
export function normalVersion(version: string | undefined): string {
  return version === undefined || version === '' || version === 'v0' ? 'v1' : version
}

export function componentVersion(manifest: JsonObject): string {
  return normalVersion(textAt(manifest, '/spec/version'))
}

/** No scopes means every App ID of the project. */
export function inScope(manifest: JsonObject, appId: string): boolean {
  const scopes = listAt(manifest, '/scopes')
  return scopes.length === 0 || scopes.includes(appId)
}

/** `{name, value | secretKeyRef | envRef}` items: a Component's metadata, an HTTPEndpoint's headers. */
export interface NamedItem {
  readonly name: string
  readonly item: JsonObject
  readonly pointer: string
}

export function namedItems(manifest: JsonObject, pointer: string): NamedItem[] {
  return listAt(manifest, pointer).flatMap((item, index) => {
    const name = isJsonObject(item) ? item['name'] : undefined
    if (!isJsonObject(item) || typeof name !== 'string') return []
    return [{ name, item, pointer: joinPointer(pointer, index) }]
  })
}
