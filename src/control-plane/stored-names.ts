// Names of what is stored, read without changing anything: for shells that complete a word.
import { randomBytes } from 'node:crypto'

import type { StoreContext } from './context.ts'
import { Database } from './database.ts'
import { impliedProject, requireProject } from './project-table.ts'
import { resourceNames } from './resource-table.ts'

/** Where `project` is undefined, the one that a command without `--project` means. */
export interface StoredNames {
  projects(): string[]
  resources(project: string | undefined, kind: string): string[]
  secrets(project: string | undefined): string[]
  secretKeys(project: string | undefined, secret: string): string[]
  close(): void
}

/** Waiting longer would be felt with every key. */
const lockWaitMs = 100

/**
 * Opens the store of `home` for reading. Every call throws where there is no store, no such project, or the store cannot
 * be read at once; nothing is made or migrated.
 */
export function openStoredNames(home: string, env: StoreContext['env']): StoredNames {
  const database = new Database({
    home,
    random: randomBytes,
    readOnly: true,
    busyTimeoutMs: lockWaitMs,
  })
  const context = { database, env }
  const row = (project: string | undefined) =>
    requireProject(context, project ?? impliedProject(context))
  const secrets = (project: string | undefined) =>
    database.all<{ name: string; key: string }>(
      'SELECT name, key FROM secrets WHERE project_id = ? ORDER BY name, key',
      row(project).id,
    )
  return {
    projects: () =>
      database
        .all<{ name: string }>('SELECT name FROM projects ORDER BY name')
        .map(({ name }) => name),
    resources: (project, kind) => resourceNames(context, row(project), kind).toSorted(),
    secrets: (project) => [...new Set(secrets(project).map(({ name }) => name))],
    secretKeys: (project, secret) =>
      secrets(project)
        .filter(({ name }) => name === secret)
        .map(({ key }) => key),
    close: () => {
      database.close()
    },
  }
}
