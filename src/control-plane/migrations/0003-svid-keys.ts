// Schema version 3: the keys that sign the JWT-SVIDs of a project.
import type { Migration } from './migration.ts'

export const svidKeys: Migration = {
  version: 3,
  sql: `
    CREATE TABLE svid_keys (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
      kid TEXT NOT NULL,
      public_jwk TEXT NOT NULL,
      box BLOB NOT NULL,
      UNIQUE (project_id, kid)
    ) STRICT;
  `,
}
