// Who refers to whom among stored resources, looked up from the side of the one referred to.
import type { Reference, Resource } from '../core/resource.ts'
import type { ProjectRow, StoreContext } from './context.ts'

export interface ResourceKey {
  readonly kind: string
  readonly name: string
}

/** Stored resources that refer to the target; `targetKind` is a kind, or `Secret` for the built-in store. */
export function referrersOf(
  context: StoreContext,
  project: ProjectRow,
  target: ResourceKey & { readonly key?: string },
): ResourceKey[] {
  return context.database.all<ResourceKey>(
    `SELECT DISTINCT kind, name FROM targets
     WHERE project_id = ? AND target_kind = ? AND target_name = ? AND target_key = coalesce(?, target_key)
     ORDER BY kind, name`,
    project.id,
    target.kind,
    target.name,
    target.key ?? null,
  )
}

/** Notes what `resource` refers to, in place of what was noted before; only inside a write. */
export function writeTargets(context: StoreContext, project: ProjectRow, resource: Resource): void {
  const { database } = context
  const { kind, name } = resource
  database.run(
    'DELETE FROM targets WHERE project_id = ? AND kind = ? AND name = ?',
    project.id,
    kind,
    name,
  )
  for (const reference of resource.references) {
    const [targetKind, targetName, targetKey] = targetOf(reference)
    if (targetKind === kind && targetName === name) continue
    database.run(
      'INSERT INTO targets VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
      project.id,
      kind,
      name,
      targetKind,
      targetName,
      targetKey,
    )
  }
}

const targetKinds = {
  handler: 'Component',
  'secret-store': 'Component',
  configuration: 'Configuration',
  'app-id': 'AppIdentity',
  'mcp-server': 'MCPServer',
} as const

function targetOf(reference: Reference): readonly [kind: string, name: string, key: string] {
  if (reference.to !== 'secret') return [targetKinds[reference.to], reference.name, '']
  return reference.store === undefined
    ? ['Secret', reference.name, reference.key]
    : ['Component', reference.store, '']
}
