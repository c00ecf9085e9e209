// The manifests that `dev run` was given for its apps, applied to the control plane: at the start, and after every edit.
import type { WantedAppId } from '../control-plane/app-ids.ts'
import type { PlanStep } from '../control-plane/plan.ts'
import { placeOf, type Diagnostic } from '../core/diagnostic.ts'
import { McpAuthError } from '../core/errors.ts'
import { resourceId } from '../core/resource.ts'
import { hasErrors, inOrder, readManifests, type ManifestBatch } from '../manifest/read.ts'
import type { DevConsole } from './console.ts'
import type { DevRunOptions, DevRunWorld } from './run-options.ts'
import { VanishedFiles } from './vanished-files.ts'

export interface AppliedManifests {
  /** `kind/name created|configured`, one per resource that changed; the App IDs themselves are left out. */
  readonly changes: readonly string[]
  readonly unchanged: number
  /** What became of each App ID itself, in the order of the apps. */
  readonly appIds: readonly PlanStep[]
}

export interface ApplyTarget {
  readonly project: string
  readonly report: DevConsole['diagnostics']
  /** Takes a line about a file that is gone, and what it leaves applied. */
  readonly vanished: (line: string) => void
}

/** What names the manifests of one app. */
export type AppManifests = Pick<
  DevRunOptions,
  'project' | 'appId' | 'config' | 'appConfig' | 'resourcesPaths'
>

export class DevManifests {
  readonly #apps: readonly AppManifests[]
  readonly #world: Pick<DevRunWorld, 'controlPlane'>
  readonly #target: ApplyTarget
  readonly #vanished: VanishedFiles
  /** App ID → the `--config` file as it was when its Configuration was attached last. */
  readonly #attached = new Map<string, string>()

  constructor(
    apps: readonly AppManifests[],
    world: Pick<DevRunWorld, 'controlPlane'>,
    target: ApplyTarget,
  ) {
    this.#apps = apps
    this.#world = world
    this.#target = target
    const running = { project: apps[0]?.project, appIds: apps.map(({ appId }) => appId) }
    this.#vanished = new VanishedFiles(running, world.controlPlane, target.project)
  }

  /**
   * Upserts everything in `--resources-path` and `--config` of all apps and creates the App IDs that are missing, in one
   * transaction. A Configuration is attached at the first time, when the App ID had to be created, and after an edit of
   * `--config` itself: any other edit leaves what was attached or detached since. What is wrong or doubtful is reported
   * with its place; after an error nothing is written, and MANIFEST_INVALID is thrown.
   */
  async apply(): Promise<AppliedManifests> {
    const { project } = this.#target
    const batch = await this.#read()
    for (const line of this.#vanished.since(batch)) this.#target.vanished(line)
    this.#checkBatch(batch)
    const wanted = this.#apps.map((app) => this.#wanted(app, batch))
    const result = this.#world.controlPlane.apply(project, batch.resources, wanted)
    this.#check(batch, result.diagnostics)
    for (const app of this.#apps) this.#attached.set(app.appId, attachedText(app, batch))
    this.#vanished.remember(batch)
    return outcome(result.steps, this.#names)
  }

  /** What `apply` would do, and the same reports and errors. Writes nothing. */
  async plan(expectedSecrets: ReadonlySet<string>): Promise<AppliedManifests> {
    const batch = await this.#read()
    this.#checkBatch(batch)
    const wanted = this.#apps.map((app) => this.#wanted(app, batch))
    const options = { wanted, expectedSecrets }
    const result = this.#world.controlPlane.plan(this.#target.project, batch.resources, options)
    this.#check(batch, result.diagnostics)
    return outcome(result.steps, this.#names)
  }

  get #names(): string[] {
    return this.#apps.map(({ appId }) => appId)
  }

  async #read(): Promise<ManifestBatch> {
    const paths = manifestPaths(...this.#apps)
    return paths.length === 0 ? emptyBatch : readManifests(paths, { stdin: noStdin })
  }

  #wanted(app: AppManifests, batch: ManifestBatch): WantedAppId {
    const { appId, appConfig } = app
    const configuration = appConfig ?? configurationIn(app, batch)
    return {
      appId,
      ...(configuration === undefined ? {} : { configuration }),
      keepsAttached: attachedText(app, batch) === this.#attached.get(appId),
    }
  }

  /** With errors in the files, what is wrong between the readable ones is told in the same run. */
  #checkBatch(batch: ManifestBatch): void {
    const { resources, unreadable, diagnostics, sources } = batch
    if (!hasErrors(diagnostics)) {
      this.#check(batch, diagnostics)
      return
    }
    const wanted = this.#apps.map(({ appId }) => ({ appId }))
    const options = { unreadable, wanted }
    const planned = this.#world.controlPlane.plan(this.#target.project, resources, options)
    this.#check(batch, inOrder([...diagnostics, ...planned.diagnostics], sources))
  }

  #check({ sources }: ManifestBatch, diagnostics: readonly Diagnostic[]): void {
    if (diagnostics.length > 0) this.#target.report(diagnostics, sources)
    if (hasErrors(diagnostics)) throw invalid(diagnostics)
  }
}

/** What stands for the file, or the name, of the Configuration that is attached. */
function attachedText({ config, appConfig }: AppManifests, batch: ManifestBatch): string {
  return appConfig ?? (config === undefined ? '' : (batch.sources.get(config) ?? ''))
}

function outcome(steps: readonly PlanStep[], names: readonly string[]): AppliedManifests {
  const isOwn = ({ resource }: PlanStep): boolean =>
    resource.kind === 'AppIdentity' && names.includes(resource.name)
  const appIds = names.map((name) => {
    const step = steps.find((one) => isOwn(one) && one.resource.name === name)
    if (step === undefined) throw new McpAuthError('INTERNAL', 'An apply left out its App ID.')
    return step
  })
  const others = steps.filter((step) => !isOwn(step))
  const changed = others.filter(({ action }) => action !== 'unchanged')
  return {
    changes: changed.map((step) => changeLine(step)),
    unchanged: others.length - changed.length,
    appIds,
  }
}

/** `kind/name created|configured` */
export function changeLine({ resource, action }: PlanStep): string {
  return `${resourceId(resource)} ${action}`
}

/** What is read, and watched for edits. */
export function manifestPaths(...apps: readonly AppManifests[]): string[] {
  // A file is read once, under its first name, by which the Configuration is found again.
  const configs = apps.flatMap(({ config }) => (config === undefined ? [] : [config]))
  return [...new Set([...configs, ...apps.flatMap(({ resourcesPaths }) => resourcesPaths)])]
}

const emptyBatch: ManifestBatch = {
  resources: [],
  unreadable: [],
  diagnostics: [],
  sources: new Map(),
}

/** The name of the one Configuration in the file given with `--config`. */
function configurationIn(options: AppManifests, batch: ManifestBatch): string | undefined {
  const { config } = options
  if (config === undefined) return undefined
  const found = batch.resources.filter(
    ({ kind, origin }) => kind === 'Configuration' && origin.file === config,
  )
  const [only, second] = found
  if (only !== undefined && second === undefined) return only.name
  throw new McpAuthError(
    'MANIFEST_INVALID',
    `${config} holds ${found.length === 0 ? 'no Configuration' : 'more than one Configuration'}, but --config attaches one.`,
    {
      hint: 'Name a file with exactly one document of kind Configuration; put the rest below --resources-path.',
      ...(second === undefined ? {} : { place: placeOf(second.origin) }),
    },
  )
}

function invalid(diagnostics: readonly Diagnostic[]): McpAuthError {
  const count = diagnostics.filter(({ severity }) => severity === 'error').length
  const problems = count === 1 ? '1 problem' : `${count} problems`
  return new McpAuthError(
    'MANIFEST_INVALID',
    `${problems} in the manifests. Nothing was applied.`,
    {
      diagnostics,
    },
  )
}

async function noStdin(): Promise<Uint8Array> {
  throw new McpAuthError('USAGE', 'dev run reads no manifests from standard input.', {
    hint: 'Name files and folders.',
  })
}
