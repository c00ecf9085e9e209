// What the checklist says when a reload changes what guards calls: nobody may have looked at this terminal meanwhile.
import type { Pipeline } from '../data-plane/pipeline.ts'
import type { Sidecar } from '../data-plane/sidecar.ts'
import type { Checklist } from './checklist.ts'

const pipelines = ['httpPipeline', 'appHttpPipeline'] as const

/** What a sidecar runs at one time. */
export interface Running {
  readonly configuration: string | undefined
  readonly httpPipeline: PipelineState
  readonly appHttpPipeline: PipelineState
  /** What is asked of the app, and how often; undefined when its health is not checked. */
  readonly health: string | undefined
}

interface PipelineState {
  /** Names in order; empty: it lets everything through. Undefined: it refuses everything. */
  readonly handlers: string | undefined
  readonly problem: string | undefined
}

export function runningNow(sidecar: Sidecar): Running {
  const { configuration, httpPipeline, appHttpPipeline } = sidecar
  return {
    configuration,
    httpPipeline: stateOf(httpPipeline),
    appHttpPipeline: stateOf(appHttpPipeline),
    health: healthOf(sidecar),
  }
}

function healthOf({ health }: Sidecar): string | undefined {
  if (health === undefined) return undefined
  const { spec, app } = health.check
  return `GET ${app.origin}${app.basePath}${spec.path} every ${spec.intervalSeconds} s`
}

function stateOf({ handlers, problem }: Pipeline): PipelineState {
  const names = handlers.map(({ spec }) => spec.name).join(', ')
  return { handlers: problem === undefined ? names : undefined, problem: problem?.message }
}

/** Tells what was attached or detached, and which handlers run now. Returns whether anything was told. */
export function reportChanges(checklist: Checklist, before: Running, after: Running): boolean {
  const lines = [
    ...configurationChange(before.configuration, after.configuration),
    ...pipelines.flatMap((name) => handlerChange(name, before[name], after[name])),
    ...healthChange(before.health, after.health),
  ]
  for (const line of lines) checklist.done('reloaded', line)
  return lines.length > 0
}

/** Whether a pipeline refuses everything now for a reason that is new, or no longer does. */
export function hasOtherProblems(before: Running, after: Running): boolean {
  return pipelines.some((name) => before[name].problem !== after[name].problem)
}

function configurationChange(before: string | undefined, after: string | undefined): string[] {
  if (before === after) return []
  if (after === undefined) return [`configuration ${before} detached`]
  return [`configuration ${after} attached${before === undefined ? '' : ` instead of ${before}`}`]
}

function healthChange(before: string | undefined, after: string | undefined): string[] {
  if (before === after) return []
  return [
    after === undefined ? 'the health of the app is not checked any more' : `health now: ${after}`,
  ]
}

/** A pipeline that refuses says so itself. */
function handlerChange(name: string, before: PipelineState, { handlers }: PipelineState): string[] {
  if (handlers === undefined || handlers === before.handlers) return []
  return [handlers === '' ? `${name} now has no handler` : `${name} now runs ${handlers}`]
}
