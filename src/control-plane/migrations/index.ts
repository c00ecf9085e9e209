// All migrations, oldest first. A released migration is never edited; a change of schema is a new file.
import { initial } from './0001-initial.ts'
import { disabledResources } from './0002-disabled-resources.ts'
import { svidKeys } from './0003-svid-keys.ts'
import { mcpHealth } from './0004-mcp-health.ts'
import { grants } from './0005-grants.ts'
import { appliedBatches } from './0006-applied-batches.ts'
import { oauthClients } from './0007-oauth-clients.ts'
import type { Migration } from './migration.ts'

export const migrations: readonly Migration[] = [
  initial,
  disabledResources,
  svidKeys,
  mcpHealth,
  grants,
  appliedBatches,
  oauthClients,
]

/** The schema version this program writes. */
export const latestVersion = migrations.at(-1)?.version ?? 0
