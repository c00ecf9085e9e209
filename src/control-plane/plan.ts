// What an apply would do, and every reason why it must not.
import type { Diagnostic } from '../core/diagnostic.ts'
import { resourceId, type Resource, type ResourceOrigin } from '../core/resource.ts'
import { redacted } from '../core/secret.ts'
import { fieldChanges, type FieldChange } from './changes.ts'
import { componentType, namedItems } from '../core/component.ts'
import type { ProjectRow, StoreContext } from './context.ts'
import { textAt, valueAt } from '../core/pointer.ts'
import { missingCompanions, nameProblems } from './mcp-server-resources.ts'
import { positionAt } from './places.ts'
import { commandIn } from './project-table.ts'
import { ReferenceCheck, type ReferenceProblem } from './references.ts'
import { missingRegoCompiler } from './rego-compiler.ts'
import { digestOf, findResource, revealedManifest, type StoredResource } from './resource-table.ts'
import { isReadableByOthers } from './secrets-file.ts'
import { World, type Batch } from './world.ts'

export interface PlanStep {
  readonly resource: Pick<Resource, 'apiVersion' | 'kind' | 'name'>
  readonly action: 'created' | 'configured' | 'unchanged'
  /** What differs from the stored manifest; empty for `created` and `unchanged`. Sensitive values read `***`. */
  readonly changes: readonly FieldChange[]
}

export interface Plan {
  /** The resources given, and then what the MCP servers among them bring with them. */
  readonly resources: readonly Resource[]
  /** One per resource, in their order. */
  readonly steps: readonly PlanStep[]
  /** Any error among them keeps the whole batch from being applied. */
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * Compares the resources with what is stored and resolves references over both; a reference that a document which could
 * not be used may satisfy is left alone. Writes nothing.
 */
export function planBatch(context: StoreContext, project: ProjectRow, batch: Batch): Plan {
  const resources = [...batch.resources, ...missingCompanions(context, project, batch.resources)]
  const world = new World(context, project, { ...batch, resources })
  const check = new ReferenceCheck(world)
  const storedCheck = new ReferenceCheck(new World(context, project))
  const report = new Report()
  const steps: PlanStep[] = []
  for (const resource of resources) {
    const stored = findResource(context, project, resource)
    steps.push(planStep(context, project, { resource, stored }))
    report.add(placeholderProblems(resource), resource)
    report.add(nameProblems(world, resource), resource)
    report.add(check.problemsOf(resource), resource)
    report.add(openSecretsFile(context, resource), resource)
    report.add(missingRegoCompiler(context.env, resource), resource)
    if (stored === undefined || resource.kind !== 'Component') continue
    const retyped = typeChange(world, resource, stored)
    report.add(retyped, resource)
    if (retyped.length === 0) {
      report.add(brokenReferrers({ world, check, storedCheck }, resource), resource)
    }
  }
  report.add(duplicates(resources), undefined)
  return { resources, steps, diagnostics: report.diagnostics }
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === 'error')
}

interface Comparison {
  readonly resource: Resource
  readonly stored: StoredResource | undefined
}

function planStep(
  context: StoreContext,
  project: ProjectRow,
  { resource, stored }: Comparison,
): PlanStep {
  const { apiVersion, kind, name } = resource
  const step = { resource: { apiVersion, kind, name } }
  if (stored === undefined) return { ...step, action: 'created', changes: [] }
  if (stored.digest === digestOf(context, resource)) {
    return { ...step, action: 'unchanged', changes: [] }
  }
  const before = {
    manifest: revealedManifest(context, project, stored),
    sensitive: stored.sensitive,
  }
  return { ...step, action: 'configured', changes: fieldChanges(before, resource) }
}

type Found = ReferenceProblem & { readonly origin?: ResourceOrigin }

/** Output of `get` must not come back as a secret of three asterisks. */
function placeholderProblems(resource: Resource): Found[] {
  return resource.sensitive
    .filter((pointer) => valueAt(resource.manifest, pointer) === redacted)
    .map((pointer) => ({
      severity: 'error',
      rule: 'redacted-value',
      pointer,
      message: `${resource.kind} "${resource.name}" holds the placeholder ${redacted} where a secret belongs.`,
      hint: 'Write a secretKeyRef or the real value.',
    }))
}

/** Secrets that other users of the machine can read are none. */
function openSecretsFile(context: StoreContext, resource: Resource): Found[] {
  if (componentType(resource.manifest) !== 'secretstores.local.file') return []
  const setting = namedItems(resource.manifest, '/spec/metadata').find(
    ({ name }) => name.toLowerCase() === 'secretsfile',
  )
  const path = setting === undefined ? undefined : textAt(setting.item, '/value')
  if (setting === undefined || path === undefined) return []
  if (!isReadableByOthers(path, context.cwd)) return []
  return [
    {
      severity: 'warning',
      rule: 'secrets-file-open',
      pointer: `${setting.pointer}/value`,
      message: `The secrets file ${path} can be read by other users of this machine.`,
      hint: `Run: chmod 600 '${path}'`,
    },
  ]
}

/** As in Catalyst: what uses a Component was written for its type. */
function typeChange(world: World, resource: Resource, stored: StoredResource): Found[] {
  const before = componentType(stored.manifest)
  const after = componentType(resource.manifest)
  if (before === after) return []
  const users = world
    .storedReferrers(resource)
    .map((user) => `${user.kind} "${user.name}"`)
    .join(', ')
  return [
    {
      severity: 'error',
      rule: 'component-type-changed',
      pointer: '/spec/type',
      message:
        `Component "${resource.name}" has type ${before}, which cannot change to ${after}` +
        (users === '' ? '.' : `; ${users} uses it.`),
      hint: `Delete it first: ${commandIn(world.context, world.project, `mcpauth component delete ${resource.name}`)}`,
    },
  ]
}

interface Checks {
  readonly world: World
  readonly check: ReferenceCheck
  readonly storedCheck: ReferenceCheck
}

/** References of stored resources to `component` that resolve now and would not any more. */
function brokenReferrers({ world, check, storedCheck }: Checks, component: Resource): Found[] {
  const about = (problem: ReferenceProblem): boolean =>
    problem.component === component.name && problem.severity === 'error'
  return world.storedReferrers(component).flatMap((referrer) => {
    const broken = new Set(storedCheck.problemsOf(referrer).filter(about).map(identity))
    return check
      .problemsOf(referrer)
      .filter((problem) => about(problem) && !broken.has(identity(problem)))
      .map((problem) => ({
        ...problem,
        pointer: causes[problem.rule] ?? '/spec',
        message: `${referrer.kind} "${referrer.name}" would break: ${problem.message}`,
      }))
  })
}

/** The field of a Component that makes its referrers fail in this way. */
const causes: Readonly<Record<string, string>> = {
  'handler-out-of-scope': '/scopes',
  'handler-version-mismatch': '/spec/version',
}

function identity(problem: ReferenceProblem): string {
  const appId = problem.rule === 'handler-out-of-scope' ? problem.message : ''
  return `${problem.rule} ${problem.pointer} ${appId}`
}

function duplicates(resources: readonly Resource[]): Found[] {
  const seen = new Set<string>()
  return resources.flatMap((resource) => {
    const id = resourceId(resource)
    if (!seen.has(id)) {
      seen.add(id)
      return []
    }
    return [
      {
        severity: 'error' as const,
        rule: 'duplicate-resource',
        pointer: '/metadata/name',
        message: `${resource.kind} "${resource.name}" is there twice.`,
        hint: 'Keep one of them, or rename one.',
        origin: resource.origin,
      },
    ]
  })
}

/** Collects problems as diagnostics, each at its place. */
class Report {
  readonly diagnostics: Diagnostic[] = []

  add(problems: readonly Found[], resource: Resource | undefined): void {
    for (const problem of problems) {
      const origin = problem.origin ?? resource?.origin
      if (origin === undefined) continue
      this.diagnostics.push({
        severity: problem.severity,
        rule: problem.rule,
        file: origin.file,
        start: positionAt(origin, problem.pointer),
        message: problem.message,
        ...(problem.hint === undefined ? {} : { hint: problem.hint }),
      })
    }
  }
}
