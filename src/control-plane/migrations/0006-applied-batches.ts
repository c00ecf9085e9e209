// Schema version 6: which batches of manifests are known to be stored as they are; nothing is lost with them.
import type { Migration } from './migration.ts'

export const appliedBatches: Migration = {
  version: 6,
  sql: `
    CREATE TABLE applied_batches (
      project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
      digest TEXT NOT NULL,
      revision INTEGER NOT NULL,
      resources TEXT NOT NULL,
      UNIQUE (project_id, digest)
    ) STRICT;
  `,
}
