// Schema version 4: what running sidecars found of MCP servers; it goes with the sidecar.
import type { Migration } from './migration.ts'

export const mcpHealth: Migration = {
  version: 4,
  sql: `
    CREATE TABLE mcp_health (
      session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
      server TEXT NOT NULL,
      problem TEXT,
      since INTEGER NOT NULL,
      PRIMARY KEY (session_id, server)
    ) STRICT, WITHOUT ROWID;
  `,
}
