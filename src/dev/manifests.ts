// The manifests that `dev run` was given, applied to the control plane: at the start, and again after every edit.
import type { PlanStep } from '../control-plane/plan.ts'
import { placeOf, type Diagnostic } from '../core/diagnostic.ts'
import { McpAuthError } from '../core/errors.ts'
import { resourceId } from '../core/resource.ts'
import { hasErrors, inOrder, readManifests, type ManifestBatch } from '../manifest/read.ts'
import type { DevConsole } from './console.ts'
import type { DevRunOptions, DevRunWorld } from './run-options.ts'

export interface AppliedManifests {
  /** `kind/name created|configured`, one per resource that changed; the App ID itself is left out. */
  readonly changes: readonly string[]
  readonly unchanged: number
  readonly createdAppId: boolean
}

export interface ApplyTarget {
  readonly project: string
  readonly report: DevConsole['diagnostics']
}

/**
 * Upserts everything in `--resources-path` and `--config`, creates the App ID if it is missing and attaches the
 * Configuration, in one transaction. What is wrong or doubtful is reported with its place; after an error nothing is
 * written, and MANIFEST_INVALID is thrown.
 */
export async function applyManifests(
  options: DevRunOptions,
  world: DevRunWorld,
  { project, report }: ApplyTarget,
): Promise<AppliedManifests> {
  const { controlPlane } = world
  const paths = manifestPaths(options)
  const batch = paths.length === 0 ? emptyBatch : await readManifests(paths, { stdin: noStdin })
  const check = (diagnostics: readonly Diagnostic[]): void => {
    if (diagnostics.length > 0) report(diagnostics, batch.sources)
    if (hasErrors(diagnostics)) throw invalid(diagnostics)
  }
  if (hasErrors(batch.diagnostics)) {
    const { resources, unreadable } = batch
    const wanted = { appId: options.appId }
    const planned = controlPlane.plan(project, resources, { unreadable, wanted })
    check(inOrder([...batch.diagnostics, ...planned.diagnostics], batch.sources))
  }
  check(batch.diagnostics)
  const configuration = configurationIn(options, batch)
  const result = controlPlane.apply(project, batch.resources, {
    appId: options.appId,
    ...(configuration === undefined ? {} : { configuration }),
  })
  check(result.diagnostics)
  const isOwn = ({ resource }: PlanStep): boolean =>
    resource.kind === 'AppIdentity' && resource.name === options.appId
  const others = result.steps.filter((step) => !isOwn(step))
  const changed = others.filter(({ action }) => action !== 'unchanged')
  return {
    changes: changed.map(({ resource, action }) => `${resourceId(resource)} ${action}`),
    unchanged: others.length - changed.length,
    createdAppId: result.steps.find((step) => isOwn(step))?.action === 'created',
  }
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
