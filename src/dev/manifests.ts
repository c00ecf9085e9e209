// The manifests that `dev run` was given, applied to the control plane: at the start, and again after every edit.
import type { PlanStep } from '../control-plane/plan.ts'
import { placeOf, type Diagnostic } from '../core/diagnostic.ts'
import { McpAuthError } from '../core/errors.ts'
import { resourceId } from '../core/resource.ts'
import { hasErrors, inOrder, readManifests, type ManifestBatch } from '../manifest/read.ts'
import type { DevConsole } from './console.ts'
import type { DevRunOptions, DevRunWorld } from './run-options.ts'
import { VanishedFiles } from './vanished-files.ts'

export interface AppliedManifests {
  /** `kind/name created|configured`, one per resource that changed; the App ID itself is left out. */
  readonly changes: readonly string[]
  readonly unchanged: number
  /** What became of the App ID itself. */
  readonly appId: PlanStep
}

export interface ApplyTarget {
  readonly project: string
  readonly report: DevConsole['diagnostics']
  /** Takes a line about a file that is gone, and what it leaves applied. */
  readonly vanished: (line: string) => void
}

export class DevManifests {
  readonly #options: DevRunOptions
  readonly #world: DevRunWorld
  readonly #target: ApplyTarget
  readonly #vanished: VanishedFiles
  /** The `--config` file as it was when its Configuration was attached last. */
  #attached: string | undefined

  constructor(options: DevRunOptions, world: DevRunWorld, target: ApplyTarget) {
    this.#options = options
    this.#world = world
    this.#target = target
    this.#vanished = new VanishedFiles(options, world.controlPlane, target.project)
  }

  /**
   * Upserts everything in `--resources-path` and `--config` and creates the App ID if it is missing, in one transaction. The
   * Configuration is attached at the first time, when the App ID had to be created, and after an edit of `--config` itself:
   * any other edit leaves what was attached or detached since. What is wrong or doubtful is reported with its place; after
   * an error nothing is written, and MANIFEST_INVALID is thrown.
   */
  async apply(): Promise<AppliedManifests> {
    const { project } = this.#target
    const { config, appId } = this.#options
    const paths = manifestPaths(this.#options)
    const batch = paths.length === 0 ? emptyBatch : await readManifests(paths, { stdin: noStdin })
    for (const line of this.#vanished.since(batch)) this.#target.vanished(line)
    this.#checkBatch(batch)
    const configuration = configurationIn(this.#options, batch)
    const text = config === undefined ? undefined : batch.sources.get(config)
    const result = this.#world.controlPlane.apply(project, batch.resources, {
      appId,
      ...(configuration === undefined ? {} : { configuration }),
      keepsAttached: text === this.#attached,
    })
    this.#check(batch, result.diagnostics)
    this.#attached = text
    this.#vanished.remember(batch)
    return outcome(result.steps, appId)
  }

  /** With errors in the files, what is wrong between the readable ones is told in the same run. */
  #checkBatch(batch: ManifestBatch): void {
    const { resources, unreadable, diagnostics, sources } = batch
    if (!hasErrors(diagnostics)) {
      this.#check(batch, diagnostics)
      return
    }
    const wanted = { appId: this.#options.appId }
    const options = { unreadable, wanted }
    const planned = this.#world.controlPlane.plan(this.#target.project, resources, options)
    this.#check(batch, inOrder([...diagnostics, ...planned.diagnostics], sources))
  }

  #check({ sources }: ManifestBatch, diagnostics: readonly Diagnostic[]): void {
    if (diagnostics.length > 0) this.#target.report(diagnostics, sources)
    if (hasErrors(diagnostics)) throw invalid(diagnostics)
  }
}

function outcome(steps: readonly PlanStep[], name: string): AppliedManifests {
  const isOwn = ({ resource }: PlanStep): boolean =>
    resource.kind === 'AppIdentity' && resource.name === name
  const appId = steps.find((step) => isOwn(step))
  if (appId === undefined) throw new McpAuthError('INTERNAL', 'An apply left out its App ID.')
  const others = steps.filter((step) => !isOwn(step))
  const changed = others.filter(({ action }) => action !== 'unchanged')
  return {
    changes: changed.map((step) => changeLine(step)),
    unchanged: others.length - changed.length,
    appId,
  }
}

/** `kind/name created|configured` */
export function changeLine({ resource, action }: PlanStep): string {
  return `${resourceId(resource)} ${action}`
}
/** What is read, and watched for edits. */
export function manifestPaths(options: DevRunOptions): string[] {
  // A file is read once, under its first name, by which the Configuration is found again.
  return [...(options.config === undefined ? [] : [options.config]), ...options.resourcesPaths]
}

const emptyBatch: ManifestBatch = {
  resources: [],
  unreadable: [],
  diagnostics: [],
  sources: new Map(),
}

/** The name of the one Configuration in the file given with `--config`. */
function configurationIn(options: DevRunOptions, batch: ManifestBatch): string | undefined {
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
