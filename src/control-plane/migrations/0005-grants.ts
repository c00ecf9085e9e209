// Schema version 5: what logins leave behind.
import type { Migration } from './migration.ts'

export const grants: Migration = {
  version: 5,
  sql: `
    CREATE TABLE grants (
      project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
      id TEXT NOT NULL,
      component TEXT NOT NULL,
      issuer TEXT NOT NULL,
      client_id TEXT NOT NULL,
      resource TEXT NOT NULL,
      scopes TEXT NOT NULL,
      subject TEXT NOT NULL,
      generation INTEGER NOT NULL,
      box BLOB,
      lease_pid INTEGER,
      lease_start TEXT,
      lease_until INTEGER,
      updated_at INTEGER NOT NULL,
      PRIMARY KEY (project_id, id)
    ) STRICT;
  `,
}
