// Resources in the database: manifests without their sensitive values, which lie sealed in a table of their own.
import { canonicalJson, type Json, type JsonObject } from '../core/json.ts'
import type { Reference, Resource, ResourceOrigin } from '../core/resource.ts'
import { redacted, type Secret } from '../core/secret.ts'
import type { ProjectRow, StoreContext } from './context.ts'
import { valueAt, withValues } from '../core/pointer.ts'
import { tokenPointer } from './api-token.ts'
import { writeTargets, type ResourceKey } from './targets.ts'

/** What plan and snapshot read of a resource, be it stored or about to be. */
export type KnownResource = Pick<Resource, 'kind' | 'name' | 'manifest' | 'references' | 'origin'>

export interface StoredResource extends KnownResource {
  readonly apiVersion: string
  /** With null at every pointer of `sensitive`. */
  readonly manifest: JsonObject
  readonly sensitive: readonly string[]
  /** Keyed digest of manifest and sensitive pointers, real values included. */
  readonly digest: string
  readonly revision: number
  readonly createdAt: number
  readonly updatedAt: number
}

export function findResource(
  context: StoreContext,
  project: ProjectRow,
  key: ResourceKey,
): StoredResource | undefined {
  const row = context.database.get<Row>(
    'SELECT * FROM resources WHERE project_id = ? AND kind = ? AND name = ?',
    project.id,
    key.kind,
    key.name,
  )
  return row === undefined ? undefined : fromRow(row)
}

/** All resources of a project, or those of one kind, by kind and name. */
export function listResources(
  context: StoreContext,
  project: ProjectRow,
  kind?: string,
): StoredResource[] {
  return context.database
    .all<Row>(
      'SELECT * FROM resources WHERE project_id = ? AND kind = coalesce(?, kind) ORDER BY kind, name',
      project.id,
      kind ?? null,
    )
    .map(fromRow)
}

export function resourceNames(
  context: Pick<StoreContext, 'database'>,
  project: ProjectRow,
  kind: string,
): string[] {
  return context.database
    .all<ResourceKey>(
      'SELECT kind, name FROM resources WHERE project_id = ? AND kind = ?',
      project.id,
      kind,
    )
    .map((row) => row.name)
}

export function digestOf(context: StoreContext, resource: Resource): string {
  return context.vault.digest(
    canonicalJson([resource.apiVersion, resource.manifest, resource.sensitive]),
  )
}

/** Stores `resource` in place of what was there; only inside a write. */
export function writeResource(
  context: StoreContext,
  project: ProjectRow,
  resource: Resource,
  revision: number,
): void {
  const { database } = context
  const now = context.clock.now()
  database.run(
    `INSERT INTO resources VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET api_version = excluded.api_version, manifest = excluded.manifest,
       digest = excluded.digest, sensitive = excluded.sensitive, links = excluded.links,
       origin = excluded.origin, revision = excluded.revision, updated_at = excluded.updated_at`,
    project.id,
    resource.kind,
    resource.name,
    resource.apiVersion,
    JSON.stringify(masked(resource.manifest, resource.sensitive, null)),
    digestOf(context, resource),
    JSON.stringify(resource.sensitive),
    JSON.stringify(resource.references),
    JSON.stringify(resource.origin),
    revision,
    now,
    now,
  )
  writeTargets(context, project, resource)
  sealValues(context, project, resource)
}

/** Takes over where an unchanged resource was read from now; returns whether anything differed. */
export function refreshOrigin(
  context: StoreContext,
  project: ProjectRow,
  resource: Resource,
): boolean {
  const links = JSON.stringify(resource.references)
  const origin = JSON.stringify(resource.origin)
  const { kind, name } = resource
  const changes = context.database.run(
    `UPDATE resources SET links = ?, origin = ?
     WHERE project_id = ? AND kind = ? AND name = ? AND (links, origin) <> (?, ?)`,
    links,
    origin,
    project.id,
    kind,
    name,
    links,
    origin,
  )
  if (changes > 0) writeTargets(context, project, resource)
  return changes > 0
}

/** Only inside a write. Returns whether it was there. */
export function removeResource(
  context: StoreContext,
  project: ProjectRow,
  key: ResourceKey,
): boolean {
  return (
    context.database.run(
      'DELETE FROM resources WHERE project_id = ? AND kind = ? AND name = ?',
      project.id,
      key.kind,
      key.name,
    ) > 0
  )
}

/** Opens the sealed value at one pointer; undefined when nothing is sealed there. */
export function sealedValue(
  context: StoreContext,
  project: ProjectRow,
  key: ResourceKey & { readonly pointer: string },
): Secret | undefined {
  const row = context.database.get<{ box: Buffer }>(
    'SELECT box FROM sealed WHERE project_id = ? AND kind = ? AND name = ? AND pointer = ?',
    project.id,
    key.kind,
    key.name,
    key.pointer,
  )
  if (row === undefined) return undefined
  return context.vault.unseal(['sealed', project.name, key.kind, key.name, key.pointer], row.box)
}

/** Seals `plain` at one place of a stored resource; only inside a write. */
export function sealValue(
  context: StoreContext,
  project: ProjectRow,
  key: ResourceKey & { readonly pointer: string; readonly plain: string },
): void {
  context.database.run(
    'INSERT INTO sealed VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET box = excluded.box',
    project.id,
    key.kind,
    key.name,
    key.pointer,
    context.vault.seal(['sealed', project.name, key.kind, key.name, key.pointer], key.plain),
  )
}

/** The manifest with its real values. It must not leave the control plane. */
export function revealedManifest(
  context: StoreContext,
  project: ProjectRow,
  stored: StoredResource,
): JsonObject {
  const values = new Map<string, Json>()
  for (const pointer of stored.sensitive) {
    const sealed = sealedValue(context, project, { ...stored, pointer })
    if (sealed !== undefined) values.set(pointer, sealed.reveal())
  }
  return withValues(stored.manifest, values)
}

/** The manifest as it may be shown. */
export function redactedManifest(
  resource: Pick<StoredResource, 'manifest' | 'sensitive'>,
): JsonObject {
  return masked(resource.manifest, resource.sensitive, redacted)
}

interface Row {
  readonly kind: string
  readonly name: string
  readonly api_version: string
  readonly manifest: string
  readonly digest: string
  readonly sensitive: string
  readonly links: string
  readonly origin: string
  readonly revision: number
  readonly created_at: number
  readonly updated_at: number
}

function fromRow(row: Row): StoredResource {
  return {
    apiVersion: row.api_version,
    kind: row.kind,
    name: row.name,
    manifest: fromColumn<JsonObject>(row.manifest),
    sensitive: fromColumn<string[]>(row.sensitive),
    references: fromColumn<Reference[]>(row.links),
    origin: fromColumn<ResourceOrigin>(row.origin),
    digest: row.digest,
    revision: row.revision,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

/** A column that this file wrote. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- it types the column
function fromColumn<Value>(text: string): Value {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by writeResource, in a table of ours
  return JSON.parse(text) as Value
}

function masked(manifest: JsonObject, sensitive: readonly string[], mask: Json): JsonObject {
  if (sensitive.length === 0) return manifest
  return withValues(manifest, new Map(sensitive.map((pointer) => [pointer, mask])))
}

function sealValues(context: StoreContext, project: ProjectRow, resource: Resource): void {
  context.database.run(
    'DELETE FROM sealed WHERE project_id = ? AND kind = ? AND name = ? AND pointer <> ?',
    project.id,
    resource.kind,
    resource.name,
    tokenPointer,
  )
  for (const pointer of resource.sensitive) {
    const value = valueAt(resource.manifest, pointer)
    if (value === undefined) continue
    const plain = typeof value === 'string' ? value : JSON.stringify(value)
    sealValue(context, project, { kind: resource.kind, name: resource.name, pointer, plain })
  }
}
