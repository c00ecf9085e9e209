// The record of everything configured: projects, resources, App IDs, secrets, running sidecars. All calls are synchronous.
import { randomBytes } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import type { Resource, UnreadableResource } from '../core/resource.ts'
import type { AppSnapshot, HandlerSpec } from '../core/snapshot.ts'
import { appIdsOf, withAppId, type AppIds, type WantedAppId } from './app-ids.ts'
import { findApplied, type BatchTexts } from './applied-batches.ts'
import { applyBatch, type ApplyResult } from './apply.ts'
import { configurationsOf, type Configurations } from './configurations.ts'
import { currentRevision, type ProjectRow, type StoreContext } from './context.ts'
import { Database } from './database.ts'
import { describe, type Description } from './describe.ts'
import { grantsOf, type Grants } from './grants.ts'
import { mcpHealthOf, type McpHealth } from './mcp-health.ts'
import { mcpServersOf, type McpServers } from './mcp-servers.ts'
import { planBatch, type Plan, type PlanStep } from './plan.ts'
import { processStart } from './process-start.ts'
import { requireProject } from './project-table.ts'
import { ensureDefaultProject, projectsOf, type Project, type Projects } from './projects.ts'
import { resourcesOf, type Resources } from './resources.ts'
import { secretsOf, type Secrets } from './secrets.ts'
import { sessionsOf, type Sessions } from './sessions.ts'
import { handlerOfComponent, takeSnapshot, type SnapshotOptions } from './snapshot.ts'
import { ensureSvidKey, rotateSvidKeys } from './svid-keys.ts'
import { Vault } from './vault.ts'
import { World } from './world.ts'

export interface ControlPlaneOptions {
  /** Folder of the database and its key; made (0700) when missing. */
  readonly home: string
  readonly clock: Clock
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where relative paths of secret stores start; default: the folder the process runs in. */
  readonly cwd?: string
  readonly random?: (size: number) => Buffer
  /** Tells processes of one pid apart; undefined for a pid that is not running. */
  readonly processStart?: (pid: number) => string | undefined
  /** Upper bound of the database in pages of 4 KiB. */
  readonly maxPages?: number
}

/** One or several. */
type WantedAppIds = WantedAppId | readonly WantedAppId[]

export interface PlanOptions {
  /** App IDs that `apply` is to make as well. */
  readonly wanted?: WantedAppIds
  /** Documents beside the resources that cannot be used: what they may define is not reported as missing. */
  readonly unreadable?: readonly UnreadableResource[]
  /** `name/key` of secrets that will be stored before: they are not reported as missing. */
  readonly expectedSecrets?: ReadonlySet<string>
}

/**
 * Any call may throw STORE_BUSY (another process wrote for more than 5 s) or STORE_UNUSABLE (disk full, damage, lost
 * key), and PROJECT_NOT_FOUND where it takes the name of a project. After a throw nothing of the call is stored.
 */
export interface ControlPlane {
  readonly projects: Projects
  readonly resources: Resources
  readonly appIds: AppIds
  readonly configurations: Configurations
  readonly mcpServers: McpServers
  readonly mcpHealth: McpHealth
  readonly secrets: Secrets
  readonly grants: Grants
  readonly sessions: Sessions
  /** The project a command means: `name`, else `MCPAUTH_PROJECT`, else the active one, else `default`. */
  resolveProject(name: string | undefined): Project
  /** Throws RESOURCE_NOT_FOUND (APPID_NOT_FOUND for an AppIdentity). */
  describe(project: string, kind: string, name: string): Description
  /** What `apply` would do. Writes nothing. */
  plan(project: string, resources: readonly Resource[], options?: PlanOptions): Plan
  /**
   * All of `resources`, and the App IDs that are wanted, or, when any diagnostic is an error, none of them. With the
   * `texts` they were read from, of which nothing was to say, `unchangedSince` knows them afterwards.
   */
  apply(
    project: string,
    resources: readonly Resource[],
    wanted?: WantedAppIds,
    texts?: BatchTexts,
  ): ApplyResult
  /** The steps of applying `texts` again when nothing would change, without reading them; undefined when that is unknown. */
  unchangedSince(project: string, texts: BatchTexts): PlanStep[] | undefined
  /**
   * Throws APPID_NOT_FOUND; anything else that is wrong stands as `problem` in the snapshot. Writes once: the first key
   * for JWT-SVIDs.
   */
  snapshot(project: string, appId: string, options?: SnapshotOptions): AppSnapshot
  /** New keys for the JWT-SVIDs of every project that has one; those before stay published. Returns their ids. */
  rotateSvidKeys(): string[]
  /** A Component as a handler that names it would have it. Throws RESOURCE_NOT_FOUND. */
  handlerOf(project: string, component: string): HandlerSpec
  /** Changes with every commit of any process; cheap enough to poll several times a second. */
  dataVersion(): number
  /** Grows by one with every commit that changes what is configured; running sidecars do not count. */
  revision(): number
  /** How long calls wait for another process's write before STORE_BUSY, in ms; 5,000 at first. */
  setLockWait(ms: number): void
  /** Writes a consistent copy to the new file `path` (0600); the key is not in it. */
  backup(path: string): void
  close(): void
}

/** Opens the control plane of `home`. Throws STORE_UNUSABLE or STORE_NEWER and leaves a file it cannot use untouched. */
export function openControlPlane(options: ControlPlaneOptions): ControlPlane {
  const random = options.random ?? randomBytes
  const { home, maxPages } = options
  const database = new Database({ home, random, ...(maxPages === undefined ? {} : { maxPages }) })
  const context: StoreContext = {
    database,
    vault: new Vault(home, database, random),
    clock: options.clock,
    random,
    env: options.env,
    cwd: options.cwd ?? process.cwd(),
    processStart: options.processStart ?? processStart,
  }
  try {
    ensureDefaultProject(context)
  } catch (error) {
    database.close()
    throw error
  }
  return assemble(context)
}

function assemble(context: StoreContext): ControlPlane {
  const { database } = context
  const projects = projectsOf(context)
  return {
    projects,
    resources: resourcesOf(context),
    appIds: appIdsOf(context),
    configurations: configurationsOf(context),
    mcpServers: mcpServersOf(context),
    mcpHealth: mcpHealthOf(context),
    secrets: secretsOf(context),
    grants: grantsOf(context),
    sessions: sessionsOf(context),
    resolveProject: (name) => projects.resolve(name),
    describe: (project, kind, name) =>
      database.read(() => describe(context, requireProject(context, project), { kind, name })),
    plan: (project, resources, options) =>
      database.read(() => planBatchOf(context, project, resources, options)),
    apply: (project, resources, wanted = [], texts) =>
      database.write(() => {
        const row = requireProject(context, project)
        return applyBatch(context, row, withAppIds(context, row, resources, wanted), texts)
      }),
    unchangedSince: (project, texts) =>
      database.read(() => findApplied(context, requireProject(context, project), texts)),
    snapshot: (project, appId, options = {}) => {
      database.read(() => ensureSvidKey(new World(context, requireProject(context, project))))
      return database.read(() =>
        takeSnapshot(context, requireProject(context, project), { ...options, appId }),
      )
    },
    rotateSvidKeys: () => rotateSvidKeys(context),
    handlerOf: (project, component) =>
      database.read(() => handlerOfComponent(context, requireProject(context, project), component)),
    dataVersion: () => database.dataVersion(),
    revision: () => currentRevision(context),
    setLockWait: (ms) => {
      database.setBusyTimeout(ms)
    },
    backup: (path) => {
      database.backup(path)
    },
    close: () => {
      database.close()
    },
  }
}

function planBatchOf(
  context: StoreContext,
  project: string,
  resources: readonly Resource[],
  { wanted = [], unreadable = [], expectedSecrets = new Set() }: PlanOptions = {},
): Plan {
  const row = requireProject(context, project)
  const all = withAppIds(context, row, resources, wanted)
  return planBatch(context, row, { resources: all, unreadable, expectedSecrets })
}

function withAppIds(
  context: StoreContext,
  row: ProjectRow,
  resources: readonly Resource[],
  wanted: WantedAppIds,
): readonly Resource[] {
  return [wanted]
    .flat()
    .reduce<readonly Resource[]>((batch, one) => withAppId(context, row, batch, one), resources)
}
