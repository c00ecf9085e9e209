// Deleting stored resources: all of a batch in one transaction, or none of it.
import { McpAuthError } from '../core/errors.ts'
import { resourceId } from '../core/resource.ts'
import { nextRevision, type ProjectRow, type StoreContext } from './context.ts'
import { findResource, removeResource } from './resource-table.ts'
import { withCompanions } from './mcp-server-resources.ts'
import { liveSessions } from './sessions.ts'
import { referrersOf, type ResourceKey } from './targets.ts'

export interface DeleteOptions {
  /** Deletes even what is needed from outside the batch, or runs. */
  readonly force?: boolean
  readonly ignoreNotFound?: boolean
}

export interface DeleteStep extends ResourceKey {
  readonly action: 'deleted' | 'not found'
}

/**
 * What is to be deleted, with an MCP server also its App ID and access policy: what refers to something before what it refers to, and then what does not exist. Throws
 * RESOURCE_NOT_FOUND for the latter unless `ignoreNotFound`; RESOURCE_IN_USE or APPID_IN_USE while a resource outside
 * the batch needs one of it or its sidecar runs, unless `force`. Writes nothing.
 */
export function planDeletion(
  context: StoreContext,
  project: ProjectRow,
  keys: readonly ResourceKey[],
  { force = false, ignoreNotFound = false }: DeleteOptions,
): DeleteStep[] {
  const there: ResourceKey[] = []
  const missing: ResourceKey[] = []
  for (const key of withCompanions(context, project, keys)) {
    const isThere = findResource(context, project, key) !== undefined
    ;(isThere ? there : missing).push({ kind: key.kind, name: key.name })
  }
  if (missing.length > 0 && !ignoreNotFound) throw notFound(project, missing)
  if (!force) refuseWhileNeeded(context, project, there)
  return [
    ...usersFirst(context, project, there).map((key) => ({ ...key, action: 'deleted' as const })),
    ...missing.map((key) => ({ ...key, action: 'not found' as const })),
  ]
}

/** Does what `planDeletion` says; only inside a write. */
export function deleteBatch(
  context: StoreContext,
  project: ProjectRow,
  keys: readonly ResourceKey[],
  options: DeleteOptions,
): DeleteStep[] {
  const steps = planDeletion(context, project, keys, options)
  const doomed = steps.filter(({ action }) => action === 'deleted')
  for (const key of doomed) removeResource(context, project, key)
  if (doomed.length > 0) nextRevision(context)
  return steps
}

/** What is referred to last; where references go round in a circle, in the order given. */
function usersFirst(
  context: StoreContext,
  project: ProjectRow,
  keys: readonly ResourceKey[],
): ResourceKey[] {
  const left = new Map(keys.map((key) => [resourceId(key), key]))
  const users = new Map(
    keys.map((key) => [
      resourceId(key),
      referrersOf(context, project, key).map((user) => resourceId(user)),
    ]),
  )
  const isFree = (id: string): boolean => users.get(id)?.some((user) => left.has(user)) !== true
  const ordered: ResourceKey[] = []
  while (left.size > 0) {
    const ids = [...left.keys()]
    const next = ids.find(isFree) ?? ids[0] ?? ''
    const key = left.get(next)
    if (key !== undefined) ordered.push(key)
    left.delete(next)
  }
  return ordered
}

function refuseWhileNeeded(
  context: StoreContext,
  project: ProjectRow,
  keys: readonly ResourceKey[],
): void {
  const batch = new Set(keys.map((key) => resourceId(key)))
  const sessions = liveSessions(context, project.id)
  const reasons = keys.flatMap((key): Reason[] => {
    const running =
      key.kind === 'AppIdentity'
        ? sessions.find((session) => session.appId === key.name)
        : undefined
    const users = referrersOf(context, project, key).filter((user) => !batch.has(resourceId(user)))
    return [
      ...(running === undefined ? [] : [sidecarRuns(key, running.pid)]),
      ...(users.length === 0 ? [] : [isUsed(key, users)]),
    ]
  })
  const [first] = reasons
  if (first === undefined) return
  throw new McpAuthError(first.code, reasons.map(({ message }) => message).join(' '), {
    hint: first.hint,
  })
}

interface Reason {
  readonly code: 'APPID_IN_USE' | 'RESOURCE_IN_USE'
  readonly message: string
  readonly hint: string
}

function sidecarRuns(key: ResourceKey, pid: number): Reason {
  return {
    code: 'APPID_IN_USE',
    message: `The sidecar of ${label(key)} is running (pid ${pid}).`,
    hint: `Stop process ${pid} first, or confirm with --force.`,
  }
}

function isUsed(key: ResourceKey, users: readonly ResourceKey[]): Reason {
  const names = users.map((user) => `${user.kind} "${user.name}"`).join(', ')
  return {
    code: key.kind === 'AppIdentity' ? 'APPID_IN_USE' : 'RESOURCE_IN_USE',
    message: `${label(key)} is used by ${names}.`,
    hint: 'Change or delete what uses it first, or confirm with --force.',
  }
}

function notFound(project: ProjectRow, missing: readonly ResourceKey[]): McpAuthError {
  const names = missing.map(label).join(', ')
  return new McpAuthError(
    'RESOURCE_NOT_FOUND',
    `There is no ${names} in project "${project.name}". Nothing was deleted.`,
    { hint: 'Leave it out, or pass --ignore-not-found.' },
  )
}

function label({ kind, name }: ResourceKey): string {
  return `${kind === 'AppIdentity' ? 'App ID' : kind} "${name}"`
}
