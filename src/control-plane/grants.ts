// The grants table: tokens of logins, encrypted at rest, renewed by one process at a time.
import { grantId, type GrantKey, type GrantStore, type GrantTokens } from '../core/grants.ts'
import type { StoredGrant } from '../core/grants.ts'
import { isoTime, type ProjectRow, type StoreContext } from './context.ts'
import { grantText, readGrantText } from './grant-text.ts'
import { oauthClientsOf } from './oauth-clients.ts'
import { requireProject } from './project-table.ts'

/** A grant without its tokens; issuer and client are those that were found, where the key leaves them open. */
export interface GrantView extends GrantKey {
  readonly id: string
  /** That logged in last. */
  readonly component: string
  /** As the authorization server said it. */
  readonly grantedScope: string | undefined
  readonly user: string | undefined
  /** ISO 8601, UTC; undefined when a login is needed. */
  readonly expiresAt: string | undefined
  readonly isRenewable: boolean
  /** ISO 8601, UTC. */
  readonly updatedAt: string
}

export interface Grants {
  /** What a sidecar or a login works with. */
  store(project: string): GrantStore
  /** By component, then id. */
  list(project: string): GrantView[]
  /** The tokens of a grant; undefined when there are none. */
  tokens(project: string, id: string): GrantTokens | undefined
  /** Forgets a grant; unknown ids are ignored. */
  delete(project: string, id: string): void
}

export function grantsOf(context: StoreContext): Grants {
  const { database } = context
  const projectRow = (project: string): ProjectRow => requireProject(context, project)
  return {
    store: (project) => storeOf(context, projectRow(project)),
    list: (project) =>
      database.read(() => {
        const row = projectRow(project)
        return rowsOf(context, row).map((grant) => viewOf(context, row, grant))
      }),
    tokens: (project, id) =>
      database.read(() => {
        const row = projectRow(project)
        const grant = rowOf(context, row, id)
        return grant === undefined ? undefined : tokensOf(context, row, grant)
      }),
    delete: (project, id) => {
      database.write(() => {
        const sql = 'DELETE FROM grants WHERE project_id = ? AND id = ?'
        database.run(sql, projectRow(project).id, id)
      })
      database.truncateLog()
    },
  }
}

interface GrantRow {
  readonly id: string
  readonly component: string
  readonly issuer: string
  readonly client_id: string
  readonly resource: string
  readonly params: string
  readonly scopes: string
  readonly subject: string
  readonly generation: number
  readonly box: Buffer | null
  readonly lease_pid: number | null
  readonly lease_start: string | null
  readonly lease_until: number | null
  readonly updated_at: number
}

function storeOf(context: StoreContext, project: ProjectRow): GrantStore {
  const { database } = context
  return {
    clients: oauthClientsOf(context, project),
    read: (key) =>
      database.read(() => {
        const row = rowOf(context, project, grantId(key))
        return row === undefined ? undefined : storedGrant(context, project, row)
      }),
    save: (key, tokens, component) =>
      database.write(() => save(context, project, { key, tokens, component })),
    lease: (key, generation, milliseconds) =>
      database.write(() => lease(context, project, { id: grantId(key), generation, milliseconds })),
    renew: (key, generation, tokens) =>
      database.write(() => {
        const id = grantId(key)
        const changed = database.run(
          `UPDATE grants SET box = ?, generation = generation + 1, updated_at = ?,
             lease_pid = NULL, lease_start = NULL, lease_until = NULL
           WHERE project_id = ? AND id = ? AND generation = ?`,
          seal(context, project, id, tokens),
          context.clock.now(),
          project.id,
          id,
          generation,
        )
        return changed === 1
      }),
    giveBack: (key, generation, outcome) =>
      void database.write(() =>
        database.run(
          `UPDATE grants SET lease_pid = NULL, lease_start = NULL, lease_until = NULL
             ${outcome === 'refused' ? ', box = NULL' : ''}
           WHERE project_id = ? AND id = ? AND generation = ?`,
          project.id,
          grantId(key),
          generation,
        ),
      ),
  }
}

interface NewGrant {
  readonly key: GrantKey
  readonly tokens: GrantTokens
  readonly component: string
}

function save(context: StoreContext, project: ProjectRow, { key, tokens, component }: NewGrant) {
  const id = grantId(key)
  context.database.run(
    `INSERT INTO grants (project_id, id, component, issuer, client_id, resource, params, scopes, subject, generation, box, updated_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?)
     ON CONFLICT DO UPDATE SET box = excluded.box, component = excluded.component, generation = generation + 1,
       updated_at = excluded.updated_at, lease_pid = NULL, lease_start = NULL, lease_until = NULL`,
    project.id,
    id,
    component,
    key.issuer,
    key.clientId,
    key.resource,
    key.params,
    key.scopes.join(' '),
    key.subject,
    seal(context, project, id, tokens),
    context.clock.now(),
  )
}

interface LeaseRequest {
  readonly id: string
  readonly generation: number
  readonly milliseconds: number
}

function lease(context: StoreContext, project: ProjectRow, request: LeaseRequest): boolean {
  const row = rowOf(context, project, request.id)
  if (row === undefined || row.generation !== request.generation || isLeased(context, row)) {
    return false
  }
  const { pid } = process
  context.database.run(
    'UPDATE grants SET lease_pid = ?, lease_start = ?, lease_until = ? WHERE project_id = ? AND id = ?',
    pid,
    context.processStart(pid) ?? null,
    context.clock.now() + request.milliseconds,
    project.id,
    request.id,
  )
  return true
}

/** A process that was killed while it renewed must not hold up the others until the lease ends. */
function isLeased({ clock, processStart }: StoreContext, row: GrantRow): boolean {
  if (row.lease_pid === null || row.lease_until === null) return false
  return row.lease_until > clock.now() && processStart(row.lease_pid) === row.lease_start
}

function rowsOf({ database }: StoreContext, project: ProjectRow): GrantRow[] {
  const sql = 'SELECT * FROM grants WHERE project_id = ? ORDER BY component, id'
  return database.all<GrantRow>(sql, project.id)
}

function rowOf({ database }: StoreContext, project: ProjectRow, id: string): GrantRow | undefined {
  return database.get<GrantRow>(
    'SELECT * FROM grants WHERE project_id = ? AND id = ?',
    project.id,
    id,
  )
}

function storedGrant(context: StoreContext, project: ProjectRow, row: GrantRow): StoredGrant {
  return {
    id: row.id,
    generation: row.generation,
    tokens: tokensOf(context, project, row),
  }
}

function viewOf(context: StoreContext, project: ProjectRow, row: GrantRow): GrantView {
  const tokens = tokensOf(context, project, row)
  return {
    id: row.id,
    component: row.component,
    issuer: tokens?.found?.issuer ?? row.issuer,
    clientId: tokens?.found?.clientId ?? row.client_id,
    resource: row.resource,
    params: row.params,
    scopes: words(row.scopes),
    subject: row.subject,
    grantedScope: tokens?.scope,
    user: tokens?.user,
    expiresAt: tokens === undefined ? undefined : isoTime(tokens.expiresAt),
    isRenewable: tokens?.refreshToken !== undefined,
    updatedAt: isoTime(row.updated_at),
  }
}

function words(text: string): string[] {
  return text.split(' ').filter((word) => word !== '')
}

function seal(
  { vault }: StoreContext,
  project: ProjectRow,
  id: string,
  tokens: GrantTokens,
): Buffer {
  return vault.seal(['grants', project.name, id], grantText(tokens))
}

function tokensOf(
  { vault }: StoreContext,
  project: ProjectRow,
  row: GrantRow,
): GrantTokens | undefined {
  if (row.box === null) return undefined
  return readGrantText(vault.unseal(['grants', project.name, row.id], row.box))
}
