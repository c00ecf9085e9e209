// Schema version 7: clients that registered themselves, whom configured clients belong to, and what else a login asked for.
import type { Migration } from './migration.ts'

export const oauthClients: Migration = {
  version: 7,
  sql: `
    CREATE TABLE oauth_clients (
      project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
      issuer TEXT NOT NULL,
      box BLOB NOT NULL,
      updated_at INTEGER NOT NULL,
      PRIMARY KEY (project_id, issuer)
    ) STRICT;
    CREATE TABLE oauth_client_issuers (
      project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
      client_id TEXT NOT NULL,
      resource TEXT NOT NULL,
      issuer TEXT NOT NULL,
      PRIMARY KEY (project_id, client_id, resource)
    ) STRICT;
    ALTER TABLE grants ADD COLUMN params TEXT NOT NULL DEFAULT '';
  `,
}
