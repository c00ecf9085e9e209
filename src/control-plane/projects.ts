// Projects: the isolation boundary of everything stored, and which one a command means.
import { McpAuthError } from '../core/errors.ts'
import { isLabel, labelRule } from '../core/names.ts'
import { isoTime, nextRevision, type ProjectRow, type StoreContext } from './context.ts'
import { activeProject, defaultProject, impliedProject, requireProject } from './project-table.ts'
import { liveSessions } from './sessions.ts'

export interface Project {
  readonly name: string
  /** ISO 8601, UTC. */
  readonly createdAt: string
  /** The one that commands without `--project` mean. */
  readonly active: boolean
  readonly resources: number
}

export interface Projects {
  /** Throws PROJECT_EXISTS, or USAGE for a name that breaks the rule. */
  create(name: string): Project
  /** By name. */
  list(): Project[]
  /** Throws PROJECT_NOT_FOUND. */
  get(name: string): Project
  /** Throws PROJECT_IN_USE while a sidecar runs, or when it holds anything and not `force`. */
  delete(name: string, options?: { readonly force?: boolean }): void
  /** Makes it the active project. Throws PROJECT_NOT_FOUND. */
  use(name: string): void
  /** Undefined when none was chosen with `use`. */
  active(): string | undefined
  /** The named project, else `MCPAUTH_PROJECT`, else the active one, else `default`. Throws PROJECT_NOT_FOUND. */
  resolve(name: string | undefined): Project
}

export function projectsOf(context: StoreContext): Projects {
  const { database } = context
  const get = (name: string, advice?: string): Project => {
    const { id } = requireProject(context, name, advice)
    return describe(context, database.get<Row>('SELECT * FROM projects WHERE id = ?', id), name)
  }
  return {
    get: (name) => get(name, listThem),
    create: (name) => {
      createProject(context, name)
      return get(name)
    },
    list: () =>
      database.read(() =>
        database
          .all<Row>('SELECT * FROM projects ORDER BY name')
          .map((row) => describe(context, row, row.name)),
      ),
    delete: (name, options = {}) => deleteProject(context, name, options.force === true),
    use: (name) =>
      database.write(() => {
        const project = requireProject(context, name)
        database.run('UPDATE state SET active_project = ?', project.name)
      }),
    active: () => activeProject(context),
    resolve: (name) => get(name ?? impliedProject(context)),
  }
}

const listThem = 'List them with: mcpauth project list'

/** Makes the project `default`, which is there from the first use. Only on a database that has none. */
export function ensureDefaultProject(context: StoreContext): void {
  const { database } = context
  if (database.get('SELECT 1 FROM projects WHERE name = ?', defaultProject) !== undefined) return
  database.write(() => insertProject(context, defaultProject))
}

interface Row {
  readonly id: number
  readonly name: string
  readonly created_at: number
}

function describe(context: StoreContext, row: Row | undefined, name: string): Project {
  const counted = context.database.get<{ resources: number }>(
    'SELECT count(*) AS resources FROM resources WHERE project_id = ?',
    row?.id ?? 0,
  )
  return {
    name,
    createdAt: isoTime(row?.created_at ?? 0),
    active: name === (activeProject(context) ?? defaultProject),
    resources: counted?.resources ?? 0,
  }
}

function createProject(context: StoreContext, name: string): void {
  if (!isLabel(name)) {
    throw new McpAuthError('USAGE', `"${name}" cannot be the name of a project.`, {
      hint: `Use ${labelRule}.`,
    })
  }
  context.database.write(() => {
    if (insertProject(context, name) === 0) {
      throw new McpAuthError('PROJECT_EXISTS', `The project "${name}" already exists.`, {
        hint: `mcpauth project use ${name}`,
      })
    }
    nextRevision(context)
  })
}

/** Returns the number of projects made: 0 when it exists. */
function insertProject(context: StoreContext, name: string): number {
  return context.database.run(
    'INSERT INTO projects (name, created_at) VALUES (?, ?) ON CONFLICT DO NOTHING',
    name,
    context.clock.now(),
  )
}

function deleteProject(context: StoreContext, name: string, force: boolean): void {
  const { database } = context
  if (name === defaultProject) {
    throw new McpAuthError('PROJECT_IN_USE', 'The project "default" is always there.', {
      hint: 'Delete its resources instead.',
    })
  }
  database.write(() => {
    const project = requireProject(context, name, listThem)
    refuseWhileRunning(context, project)
    if (!force) refuseWhileFilled(context, project)
    database.run('DELETE FROM projects WHERE id = ?', project.id)
    database.run('UPDATE state SET active_project = NULL WHERE active_project = ?', name)
    nextRevision(context)
  })
  database.truncateLog()
}

function refuseWhileRunning(context: StoreContext, project: ProjectRow): void {
  const [session] = liveSessions(context, project.id)
  if (session === undefined) return
  throw new McpAuthError(
    'PROJECT_IN_USE',
    `A sidecar of App ID "${session.appId}" in project "${project.name}" is running (pid ${session.pid}).`,
    { hint: `Stop process ${session.pid} first.` },
  )
}

function refuseWhileFilled(context: StoreContext, project: ProjectRow): void {
  const row = context.database.get<{ resources: number; secrets: number }>(
    `SELECT (SELECT count(*) FROM resources WHERE project_id = ?) AS resources,
            (SELECT count(*) FROM secrets WHERE project_id = ?) AS secrets`,
    project.id,
    project.id,
  )
  const resources = row?.resources ?? 0
  const secrets = row?.secrets ?? 0
  if (resources + secrets === 0) return
  throw new McpAuthError(
    'PROJECT_IN_USE',
    `The project "${project.name}" holds ${resources} resources and ${secrets} secrets.`,
    { hint: 'Delete them first, or confirm with --yes to delete all of it.' },
  )
}
