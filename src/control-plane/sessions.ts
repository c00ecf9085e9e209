// Running sidecars: how they find each other, and what must not be deleted under them.
import { McpAuthError } from '../core/errors.ts'
import { isoTime, type ProjectRow, type StoreContext } from './context.ts'
import { requireProject } from './project-table.ts'

export interface SessionSpec {
  readonly project: string
  readonly appId: string
  readonly pid: number
  /** The private socket (or named pipe) other sidecars call. */
  readonly socketPath: string
  readonly httpPort: number
  readonly ingressPort?: number
  /** Milliseconds since the epoch. */
  readonly startedAt: number
}

export interface Session extends Omit<SessionSpec, 'startedAt'> {
  readonly id: string
  /** ISO 8601, UTC. */
  readonly startedAt: string
}

export interface SessionRecord extends Session {
  /** False: its process has gone without a word. */
  readonly isLive: boolean
}

export interface Sessions {
  /**
   * Records a running sidecar and returns the id to remove it with. Throws APPID_IN_USE when another live one serves
   * the App ID. Records of processes that are gone are swept.
   */
  register(session: SessionSpec): string
  /** Throws APPID_IN_USE when a live sidecar serves the App ID. */
  refuseSecond(project: string, appId: string): void
  /** Forgets a session; unknown ids are ignored. */
  remove(id: string): void
  /** Live sessions, of all projects or of one, by project and App ID. */
  list(project?: string): Session[]
  /** All that are recorded, dead ones too, of one project, by App ID. */
  records(project: string): SessionRecord[]
  /** Forgets the dead ones of all projects, and returns them. */
  sweep(): Session[]
}

export function sessionsOf(context: StoreContext): Sessions {
  const { database } = context
  return {
    register: (session) => database.write(() => register(context, session)),
    refuseSecond: (project, appId) =>
      database.read(() => refuseSecond(context, requireProject(context, project), appId)),
    remove: (id) =>
      void database.write(() => database.run('DELETE FROM sessions WHERE id = ?', id)),
    list: (project) =>
      database.read(() =>
        liveSessions(
          context,
          project === undefined ? undefined : requireProject(context, project).id,
        ),
      ),
    records: (project) =>
      database.read(() =>
        recorded(context, requireProject(context, project).id).map((row) => ({
          ...toSession(row),
          isLive: isLive(context, row),
        })),
      ),
    sweep: () => database.write(() => sweep(context)),
  }
}

/** Sessions whose process still runs. */
export function liveSessions(context: StoreContext, projectId?: number): Session[] {
  return recorded(context, projectId)
    .filter((row) => isLive(context, row))
    .map(toSession)
}

function recorded({ database }: StoreContext, projectId?: number): Row[] {
  return database.all<Row>(
    `SELECT s.*, p.name AS project FROM sessions s JOIN projects p ON p.id = s.project_id
     WHERE s.project_id = coalesce(?, s.project_id) ORDER BY p.name, s.app_id`,
    projectId ?? null,
  )
}

function isLive(context: StoreContext, row: Pick<Row, 'pid' | 'process_start'>): boolean {
  return context.processStart(row.pid) === row.process_start
}

interface Row {
  readonly id: string
  readonly project: string
  readonly app_id: string
  readonly pid: number
  readonly process_start: string
  readonly socket_path: string
  readonly http_port: number
  readonly ingress_port: number | null
  readonly started_at: number
}

function register(context: StoreContext, spec: SessionSpec): string {
  const project = requireProject(context, spec.project)
  sweep(context)
  refuseSecond(context, project, spec.appId)
  const start = context.processStart(spec.pid)
  if (start === undefined) {
    throw new McpAuthError('INTERNAL', `There is no process ${spec.pid} to register.`)
  }
  const id = context.random(16).toString('hex')
  context.database.run(
    'INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    id,
    project.id,
    spec.appId,
    spec.pid,
    start,
    spec.socketPath,
    spec.httpPort,
    spec.ingressPort ?? null,
    spec.startedAt,
  )
  return id
}

function refuseSecond(context: StoreContext, project: ProjectRow, appId: string): void {
  const rival = liveSessions(context, project.id).find((live) => live.appId === appId)
  if (rival !== undefined) throw alreadyRunning(rival)
}

function sweep(context: StoreContext): Session[] {
  const dead = recorded(context).filter((row) => !isLive(context, row))
  for (const { id } of dead) context.database.run('DELETE FROM sessions WHERE id = ?', id)
  return dead.map((row) => toSession(row))
}

function alreadyRunning(rival: Session): McpAuthError {
  return new McpAuthError(
    'APPID_IN_USE',
    `A sidecar of App ID "${rival.appId}" in project "${rival.project}" is already running (pid ${rival.pid}).`,
    { hint: `Stop process ${rival.pid} first, or use another App ID.` },
  )
}

function toSession(row: Row): Session {
  return {
    id: row.id,
    project: row.project,
    appId: row.app_id,
    pid: row.pid,
    socketPath: row.socket_path,
    httpPort: row.http_port,
    ...(row.ingress_port === null ? {} : { ingressPort: row.ingress_port }),
    startedAt: isoTime(row.started_at),
  }
}
