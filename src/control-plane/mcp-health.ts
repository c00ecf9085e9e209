// Whether MCP servers can be reached, as running sidecars see it: each tells of its own, and only of changes.
import { isoTime, type StoreContext } from './context.ts'
import { requireProject } from './project-table.ts'
import { liveSessions } from './sessions.ts'

/** What one running sidecar sees. */
export interface McpSighting {
  readonly appId: string
  /** Why the server cannot be reached; undefined when it can. */
  readonly problem: string | undefined
  /** ISO 8601, UTC. */
  readonly since: string
}

export interface McpHealth {
  /** What the sidecar of a session sees from now on. A session that is gone is ignored. */
  record(session: string, server: string, problem: string | undefined): void
  /** The sidecar looks at the server no longer. */
  forget(session: string, server: string): void
  /** Of live sidecars, by App ID. */
  sightings(project: string, server: string): McpSighting[]
}

export function mcpHealthOf(context: StoreContext): McpHealth {
  const { database, clock } = context
  return {
    record: (session, server, problem) =>
      void database.write(() =>
        database.run(
          `INSERT INTO mcp_health SELECT id, ?, ?, ? FROM sessions WHERE id = ?
           ON CONFLICT DO UPDATE SET problem = excluded.problem, since = excluded.since`,
          server,
          problem ?? null,
          clock.now(),
          session,
        ),
      ),
    forget: (session, server) =>
      void database.write(() =>
        database.run('DELETE FROM mcp_health WHERE session_id = ? AND server = ?', session, server),
      ),
    sightings: (project, server) =>
      database.read(() =>
        liveSessions(context, requireProject(context, project).id).flatMap(({ id, appId }) => {
          const row = database.get<Row>(
            'SELECT problem, since FROM mcp_health WHERE session_id = ? AND server = ?',
            id,
            server,
          )
          if (row === undefined) return []
          return [{ appId, problem: row.problem ?? undefined, since: isoTime(row.since) }]
        }),
      ),
  }
}

interface Row {
  readonly problem: string | null
  readonly since: number
}
