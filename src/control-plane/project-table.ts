// Finding a project by the name a user gave.
import { McpAuthError } from '../core/errors.ts'
import { hintWith, suggest } from '../core/suggest.ts'
import { type ProjectRow, type StoreContext } from './context.ts'

export const defaultProject = 'default'

/** Throws PROJECT_NOT_FOUND, with the closest name there is, or `advice`: what to run instead. */
export function requireProject(
  context: Pick<StoreContext, 'database'>,
  name: string,
  advice = `mcpauth project create ${name}`,
): ProjectRow {
  const row = context.database.get<ProjectRow>('SELECT id, name FROM projects WHERE name = ?', name)
  if (row !== undefined) return row
  const names = context.database.all<ProjectRow>('SELECT id, name FROM projects')
  const closest = suggest(
    name,
    names.map((project) => project.name),
  )
  throw new McpAuthError('PROJECT_NOT_FOUND', `There is no project "${name}".`, {
    hint: hintWith(closest, advice),
  })
}

/** The project chosen with `project use`; undefined when none was. */
export function activeProject(context: Pick<StoreContext, 'database'>): string | undefined {
  const row = context.database.get<{ active_project: string | null }>(
    'SELECT active_project FROM state',
  )
  return row?.active_project ?? undefined
}

/** The project of a command without `--project`: `MCPAUTH_PROJECT`, else the active one, else `default`. */
export function impliedProject(context: Pick<StoreContext, 'database' | 'env'>): string {
  const fromEnv = context.env['MCPAUTH_PROJECT']
  if (fromEnv !== undefined && fromEnv !== '') return fromEnv
  return activeProject(context) ?? defaultProject
}

/** `command` as it has to be typed to mean `project`. */
export function commandIn(
  context: StoreContext,
  project: Pick<ProjectRow, 'name'>,
  command: string,
): string {
  return project.name === impliedProject(context) ? command : `${command} --project ${project.name}`
}
