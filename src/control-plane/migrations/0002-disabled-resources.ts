// Schema version 2: what was switched off by a command, and stays off however often its manifest is applied.
import type { Migration } from './migration.ts'

export const disabledResources: Migration = {
  version: 2,
  sql: `
    CREATE TABLE disabled (
      project_id INTEGER NOT NULL,
      kind TEXT NOT NULL,
      name TEXT NOT NULL,
      PRIMARY KEY (project_id, kind, name),
      FOREIGN KEY (project_id, kind, name) REFERENCES resources ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
  `,
}
