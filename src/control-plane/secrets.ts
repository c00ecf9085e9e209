// The built-in secret store: named values, encrypted at rest, that `secretKeyRef` reads.
import { McpAuthError } from '../core/errors.ts'
import { isSecretName, secretNameRule } from '../core/names.ts'
import type { Secret } from '../core/secret.ts'
import { hintWith, suggest } from '../core/suggest.ts'
import { isoTime, nextRevision, type ProjectRow, type StoreContext } from './context.ts'
import { commandIn, requireProject } from './project-table.ts'
import { referrersOf } from './targets.ts'

export interface SecretView {
  readonly name: string
  readonly key: string
  /** ISO 8601, UTC. */
  readonly updatedAt: string
}

export interface Secrets {
  /** Stores or replaces a value of 1 byte to 64 KiB. Throws PROJECT_NOT_FOUND, or USAGE for an unfit name or value. */
  set(
    project: string,
    name: string,
    key: string,
    value: Secret,
  ): 'created' | 'configured' | 'unchanged'
  /** Names and keys, never values; by name and key. */
  list(project: string): SecretView[]
  /** One key, or all keys of a name. Throws SECRET_NOT_FOUND, and RESOURCE_IN_USE while referenced unless `force`. */
  delete(
    project: string,
    name: string,
    options?: { readonly key?: string; readonly force?: boolean },
  ): void
}

export function secretsOf(context: StoreContext): Secrets {
  const { database } = context
  return {
    set: (project, name, key, value) => {
      const secret = { name, key, value }
      requireFit(secret)
      return database.write(() => setSecret(context, requireProject(context, project), secret))
    },
    list: (project) =>
      database.read(() =>
        secretRows(context, requireProject(context, project)).map((row) => ({
          name: row.name,
          key: row.key,
          updatedAt: isoTime(row.updated_at),
        })),
      ),
    delete: (project, name, options = {}) => {
      database.write(() => {
        const row = requireProject(context, project)
        deleteSecret(context, row, { name, key: options.key, force: options.force === true })
      })
      database.truncateLog()
    },
  }
}

interface NewSecret {
  readonly name: string
  readonly key: string
  readonly value: Secret
}

interface Row {
  readonly name: string
  readonly key: string
  readonly updated_at: number
}

const maxValueBytes = 64 * 1024

function secretRows(context: StoreContext, project: ProjectRow): Row[] {
  return context.database.all<Row>(
    'SELECT name, key, updated_at FROM secrets WHERE project_id = ? ORDER BY name, key',
    project.id,
  )
}

function requireFit({ name, key, value }: NewSecret): void {
  for (const text of [name, key]) {
    if (isSecretName(text)) continue
    throw new McpAuthError('USAGE', `${JSON.stringify(text)} cannot name a secret or its key.`, {
      hint: `Use ${secretNameRule}.`,
    })
  }
  if (value.reveal().includes('\0')) {
    throw new McpAuthError('USAGE', `The value of secret "${name}/${key}" holds a NUL character.`, {
      hint: 'Encode binary secrets, for example as base64.',
    })
  }
  const size = Buffer.byteLength(value.reveal())
  if (size > 0 && size <= maxValueBytes) return
  throw new McpAuthError(
    'USAGE',
    `The value of secret "${name}/${key}" is ${size === 0 ? 'empty' : 'longer than 64 KiB'}.`,
    { hint: 'Give a value of 1 byte to 64 KiB.' },
  )
}

function setSecret(
  context: StoreContext,
  project: ProjectRow,
  { name, key, value }: NewSecret,
): 'created' | 'configured' | 'unchanged' {
  const { database, vault, clock } = context
  const existed = secretRows(context, project).some((row) => row.name === name && row.key === key)
  if (existed && storedSecret(context, project, { name, key }) === value.reveal())
    return 'unchanged'
  database.run(
    `INSERT INTO secrets VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET box = excluded.box, updated_at = excluded.updated_at`,
    project.id,
    name,
    key,
    vault.seal(['secrets', project.name, name, key], value.reveal()),
    clock.now(),
  )
  nextRevision(context)
  return existed ? 'configured' : 'created'
}

/** Undefined when there is none, or none that can be opened: then setting it again is the remedy. */
export function storedSecret(
  context: StoreContext,
  project: ProjectRow,
  { name, key }: Pick<NewSecret, 'name' | 'key'>,
): string | undefined {
  const row = context.database.get<{ box: Buffer }>(
    'SELECT box FROM secrets WHERE project_id = ? AND name = ? AND key = ?',
    project.id,
    name,
    key,
  )
  if (row === undefined) return undefined
  try {
    return context.vault.unseal(['secrets', project.name, name, key], row.box).reveal()
  } catch (error) {
    if (error instanceof McpAuthError) return undefined
    throw error
  }
}

interface Deletion {
  readonly name: string
  readonly key: string | undefined
  readonly force: boolean
}

function deleteSecret(context: StoreContext, project: ProjectRow, deletion: Deletion): void {
  const { name, key, force } = deletion
  const label = key === undefined ? name : `${name}/${key}`
  const rows = secretRows(context, project)
  const chosen = rows.filter((row) => row.name === name && (key === undefined || row.key === key))
  if (chosen.length === 0) {
    throw notFound(label, rows, commandIn(context, project, 'mcpauth secret list'))
  }
  if (!force) {
    const users = referrersOf(context, project, {
      kind: 'Secret',
      name,
      ...(key === undefined ? {} : { key }),
    })
    if (users.length > 0) {
      const names = users.map((user) => `${user.kind} "${user.name}"`).join(', ')
      throw new McpAuthError('RESOURCE_IN_USE', `The secret "${label}" is used by ${names}.`, {
        hint: 'Change or delete what uses it first, or confirm with --force.',
      })
    }
  }
  for (const row of chosen) {
    context.database.run(
      'DELETE FROM secrets WHERE project_id = ? AND name = ? AND key = ?',
      project.id,
      row.name,
      row.key,
    )
  }
  nextRevision(context)
}

function notFound(label: string, rows: readonly Row[], listCommand: string): McpAuthError {
  const known = rows.flatMap((row) => [row.name, `${row.name}/${row.key}`])
  return new McpAuthError('SECRET_NOT_FOUND', `There is no secret "${label}".`, {
    hint: hintWith(suggest(label, known), `List them with: ${listCommand}`),
  })
}
