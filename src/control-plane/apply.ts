// Applying a batch: planned and written in one transaction, all of it or nothing.
import type { Diagnostic } from '../core/diagnostic.ts'
import type { Resource } from '../core/resource.ts'
import { forgetApplied, rememberApplied, type BatchTexts } from './applied-batches.ts'
import { asksForNewToken, newApiToken, tokenPointer } from './api-token.ts'
import { currentRevision, nextRevision, type ProjectRow, type StoreContext } from './context.ts'
import { hasErrors, planBatch, type Plan, type PlanStep } from './plan.ts'
import { findResource, refreshOrigin, sealValue, writeResource } from './resource-table.ts'

export interface ApplyResult {
  /** False when an error diagnostic kept everything from being written. */
  readonly applied: boolean
  /** The revision of the control plane afterwards; it grows only when something changed. */
  readonly revision: number
  readonly steps: readonly PlanStep[]
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * Additive: what the batch does not name stays. Each named resource is replaced as a whole. An MCP server brings its App
 * ID and policy. `texts` are what the resources were read from; without them the batch is not remembered.
 */
export function applyBatch(
  context: StoreContext,
  project: ProjectRow,
  resources: readonly Resource[],
  texts?: BatchTexts,
): ApplyResult {
  return context.database.write(() => {
    const plan = planBatch(context, project, { resources, unreadable: [] })
    const { steps, diagnostics } = plan
    const applied = !hasErrors(diagnostics)
    if (applied) writeBatch(context, project, plan)
    if (diagnostics.length === 0 && texts !== undefined) {
      rememberApplied(context, project, texts, resources)
    }
    return { applied, revision: currentRevision(context), steps, diagnostics }
  })
}

function writeBatch(context: StoreContext, project: ProjectRow, { resources, steps }: Plan): void {
  const changed = steps.some((step) => step.action !== 'unchanged')
  const revision = changed ? nextRevision(context) : currentRevision(context)
  let hasMoved = false
  for (const [index, resource] of resources.entries()) {
    if (steps[index]?.action === 'unchanged') {
      if (refreshOrigin(context, project, resource)) hasMoved = true
    } else if (resource.kind === 'AppIdentity') {
      writeAppIdentity(context, project, { resource, revision })
    } else {
      writeResource(context, project, resource, revision)
    }
  }
  if (hasMoved) forgetApplied(context, project)
}

interface Write {
  readonly resource: Resource
  readonly revision: number
}

function writeAppIdentity(
  context: StoreContext,
  project: ProjectRow,
  { resource, revision }: Write,
): void {
  const before = findResource(context, project, resource)
  writeResource(context, project, resource, revision)
  if (before !== undefined && !asksForNewToken(before.manifest, resource.manifest)) return
  sealValue(context, project, {
    kind: resource.kind,
    name: resource.name,
    pointer: tokenPointer,
    plain: newApiToken(project.name, resource.name, context.random),
  })
}
