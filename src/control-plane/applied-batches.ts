// Batches of manifests that were applied and left nothing to say: the same texts again, at the same revision, change nothing.
import type { Resource } from '../core/resource.ts'
import { currentRevision, type ProjectRow, type StoreContext } from './context.ts'
import type { PlanStep } from './plan.ts'

/** Everything that the outcome of an apply depends on, beside what is stored: the program, and each file with its text. */
export type BatchTexts = readonly string[]

type Identity = PlanStep['resource']

/** Batches remembered for a project. */
const maxBatches = 16

/**
 * The steps of applying `texts` once more, all of them `unchanged`; undefined when that is not known. Every change of
 * what is configured makes all batches unknown.
 */
export function findApplied(
  context: StoreContext,
  project: ProjectRow,
  texts: BatchTexts,
): PlanStep[] | undefined {
  const row = context.database.get<{ resources: string }>(
    'SELECT resources FROM applied_batches WHERE project_id = ? AND digest = ? AND revision = ?',
    project.id,
    digestOfTexts(context, texts),
    currentRevision(context),
  )
  if (row === undefined) return undefined
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written below
  const identities = JSON.parse(row.resources) as Identity[]
  return identities.map((resource) => ({ resource, action: 'unchanged', changes: [] }))
}

/**
 * Only inside the write that applied them, without any diagnostic. Nothing is remembered of a project with secret stores
 * outside, or with Rego that a program of this machine compiles: what these are changes without a trace here.
 */
export function rememberApplied(
  context: StoreContext,
  project: ProjectRow,
  texts: BatchTexts,
  resources: readonly Resource[],
): void {
  if (dependsOnOutside(context, project)) return
  const { database } = context
  const revision = currentRevision(context)
  const identities = resources.map(({ apiVersion, kind, name }): Identity => ({
    apiVersion,
    kind,
    name,
  }))
  database.run('DELETE FROM applied_batches WHERE revision <> ?', revision)
  database.run(
    'INSERT OR REPLACE INTO applied_batches VALUES (?, ?, ?, ?)',
    project.id,
    digestOfTexts(context, texts),
    revision,
    JSON.stringify(identities),
  )
  database.run(
    `DELETE FROM applied_batches WHERE project_id = ? AND rowid NOT IN (
       SELECT rowid FROM applied_batches WHERE project_id = ? ORDER BY rowid DESC LIMIT ?)`,
    project.id,
    project.id,
    maxBatches,
  )
}

/** For an apply that noted other places of unchanged resources: an earlier batch would have to note its own again. */
export function forgetApplied(context: StoreContext, project: ProjectRow): void {
  context.database.run('DELETE FROM applied_batches WHERE project_id = ?', project.id)
}

function dependsOnOutside({ database }: StoreContext, project: ProjectRow): boolean {
  const sql = `SELECT 1 FROM resources WHERE project_id = ? AND kind = 'Component'
    AND (manifest LIKE '%"secretstores.%' OR manifest LIKE '%"middleware.http.opa"%') LIMIT 1`
  return database.get(sql, project.id) !== undefined
}

/** Keyed, because manifests may hold secrets. The length before each text keeps two lists from reading alike. */
function digestOfTexts({ vault }: StoreContext, texts: BatchTexts): string {
  return vault.digest(texts.map((text) => `${text.length}:${text}`).join(''))
}
