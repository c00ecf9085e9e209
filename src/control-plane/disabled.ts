// What is switched off: kept beside the manifest, so that applying the manifest again does not switch it on.
import type { ProjectRow, StoreContext } from './context.ts'
import type { ResourceKey } from './targets.ts'

export function isDisabled(context: StoreContext, project: ProjectRow, key: ResourceKey): boolean {
  const row = context.database.get(
    'SELECT 1 FROM disabled WHERE project_id = ? AND kind = ? AND name = ?',
    project.id,
    key.kind,
    key.name,
  )
  return row !== undefined
}

/** Only inside a write. Returns whether anything changed. */
export function setDisabled(
  context: StoreContext,
  project: ProjectRow,
  key: ResourceKey,
  disabled: boolean,
): boolean {
  const sql = disabled
    ? 'INSERT INTO disabled VALUES (?, ?, ?) ON CONFLICT DO NOTHING'
    : 'DELETE FROM disabled WHERE project_id = ? AND kind = ? AND name = ?'
  return context.database.run(sql, project.id, key.kind, key.name) > 0
}
