// Schema version 1: projects, resources and what they refer to, sealed values, secrets, running sidecars.
import type { Migration } from './migration.ts'

export const initial: Migration = {
  version: 1,
  sql: `
    CREATE TABLE state (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      revision INTEGER NOT NULL,
      active_project TEXT,
      key_id TEXT
    ) STRICT;
    INSERT INTO state (id, revision) VALUES (1, 0);

    CREATE TABLE projects (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL UNIQUE,
      created_at INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE resources (
      project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
      kind TEXT NOT NULL,
      name TEXT NOT NULL,
      api_version TEXT NOT NULL,
      manifest TEXT NOT NULL,
      digest TEXT NOT NULL,
      sensitive TEXT NOT NULL,
      links TEXT NOT NULL,
      origin TEXT NOT NULL,
      revision INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      PRIMARY KEY (project_id, kind, name)
    ) STRICT;

    CREATE TABLE targets (
      project_id INTEGER NOT NULL,
      kind TEXT NOT NULL,
      name TEXT NOT NULL,
      target_kind TEXT NOT NULL,
      target_name TEXT NOT NULL,
      target_key TEXT NOT NULL,
      PRIMARY KEY (project_id, kind, name, target_kind, target_name, target_key),
      FOREIGN KEY (project_id, kind, name) REFERENCES resources ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX targets_by_target ON targets (project_id, target_kind, target_name);

    CREATE TABLE sealed (
      project_id INTEGER NOT NULL,
      kind TEXT NOT NULL,
      name TEXT NOT NULL,
      pointer TEXT NOT NULL,
      box BLOB NOT NULL,
      PRIMARY KEY (project_id, kind, name, pointer),
      FOREIGN KEY (project_id, kind, name) REFERENCES resources ON DELETE CASCADE
    ) STRICT;

    CREATE TABLE secrets (
      project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
      name TEXT NOT NULL,
      key TEXT NOT NULL,
      box BLOB NOT NULL,
      updated_at INTEGER NOT NULL,
      PRIMARY KEY (project_id, name, key)
    ) STRICT;

    CREATE TABLE sessions (
      id TEXT PRIMARY KEY,
      project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
      app_id TEXT NOT NULL,
      pid INTEGER NOT NULL,
      process_start TEXT NOT NULL,
      socket_path TEXT NOT NULL,
      http_port INTEGER NOT NULL,
      ingress_port INTEGER,
      started_at INTEGER NOT NULL,
      UNIQUE (project_id, app_id)
    ) STRICT;
  `,
}
