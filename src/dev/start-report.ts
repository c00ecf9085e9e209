// What the checklist says about pipelines and their handlers.
import type { PlanStep } from '../control-plane/plan.ts'
import type { HandlerSpec } from '../core/snapshot.ts'
import { McpAuthError } from '../core/errors.ts'
import { suggest } from '../core/suggest.ts'
import type { HealthChange } from '../data-plane/app-health.ts'
import { describeHeaders } from '../data-plane/mcp-credentials.ts'
import type { HandlerReport, McpServerReport, Sidecar } from '../data-plane/sidecar.ts'
import type { WarmUpStep } from '../middleware/middleware.ts'
import type { Checklist } from './checklist.ts'
import type { DevRunOptions } from './run-options.ts'

/** The App ID, and what this start made or changed of it. */
export function reportAppId(checklist: Checklist, { resource, action, changes }: PlanStep): void {
  const attached = changes.find(({ pointer }) => pointer === '/spec/appConfig')?.after
  const configured =
    typeof attached === 'string' ? `configuration ${attached} attached` : 'configured'
  const notes = {
    created: ' (did not exist: created)',
    configured: ` (${configured})`,
    unchanged: '',
  }
  checklist.done('App ID', `${resource.name}${notes[action]}`)
}

/** A pipeline that refuses everything says why, with the manifest line that caused it. */
export function reportPipelineProblems(checklist: Checklist, sidecar: Sidecar): void {
  for (const name of ['httpPipeline', 'appHttpPipeline'] as const) {
    const { problem } = sidecar[name]
    if (problem === undefined) continue
    checklist.failed(name, `${problem.message} Every request through it gets 503.`, {
      ...(problem.hint === undefined ? {} : { hint: problem.hint }),
      ...(problem.place === undefined ? {} : { place: problem.place }),
    })
  }
}

function placeOfField(spec: HandlerSpec, field: string | undefined): string | undefined {
  if (spec.problem !== undefined) return spec.place
  return (field === undefined ? undefined : spec.fieldPlaces[field]) ?? spec.componentPlace
}

/** Each handler with what it does, then its first token or keys; of one that got none, only that is said. */
export function reportHandlers(checklist: Checklist, reports: readonly HandlerReport[]): void {
  for (const { pipeline, handler, steps } of reports) {
    const { spec, provisioned } = handler
    if (steps.every(({ ok }) => ok)) {
      checklist.done(spec.name, `${pipeline}: ${provisioned.summary}`)
    }
    for (const step of steps) {
      if (step.ok) checklist.done(step.what, step.detail)
      else {
        const place = placeOfField(spec, step.field)
        checklist.failed(step.what, `${spec.name} in ${pipeline}: ${step.detail}`, {
          ...(step.hint === undefined ? {} : { hint: step.hint }),
          ...(place === undefined ? {} : { place }),
        })
      }
    }
  }
}

/** Each MCP server that the App ID may use, with the credential it is called with, then the first token of it. */
export function reportMcpServers(checklist: Checklist, reports: readonly McpServerReport[]): void {
  for (const { server, steps } of reports) {
    const { spec, access } = server
    const failed = (step: string, { detail, hint }: Pick<WarmUpStep, 'detail' | 'hint'>): void => {
      const hinted = hint === undefined ? {} : { hint }
      checklist.failed(step, detail, { ...hinted, place: spec.problem?.place ?? spec.place })
    }
    if (access instanceof McpAuthError) {
      const { message: detail, hint } = access
      // Somebody wanted that.
      if (!spec.isEnabled) checklist.warned(spec.name, detail, hint ?? '')
      else failed(spec.name, hint === undefined ? { detail } : { detail, hint })
      continue
    }
    if (steps.every(({ ok }) => ok)) {
      const credential = access.credential?.summary ?? describeHeaders(spec)
      checklist.done(spec.name, `MCP server: ${credential}`)
    }
    for (const step of steps) {
      if (step.ok) checklist.done(step.what, step.detail)
      else failed(step.what, { ...step, detail: `MCP server ${spec.name}: ${step.detail}` })
    }
  }
}

/** Shorter names are near to each other by chance, in characters. */
const shortest = 4

/** Names that differ only by a number at the end are a series. */
function unnumbered(name: string): string {
  return name.replace(/-?\d+$/, '')
}

/** A new App ID whose name is close to another one's may be a slip, and then runs without what guards the other. */
export function warnOfTypo(checklist: Checklist, appId: string, all: readonly string[]): void {
  const mayBeMeant = (name: string): boolean =>
    name.length >= shortest && unnumbered(name) !== unnumbered(appId)
  const near = appId.length < shortest ? undefined : suggest(appId, all.filter(mayBeMeant))
  if (near === undefined) return
  const hint = `If ${near} was meant: mcpauth appid delete ${appId}`
  checklist.warned('App ID', `there is also an App ID ${near}`, hint)
}

/** What is asked of the app, or that what was said about it has no effect. */
export function reportHealth(
  checklist: Checklist,
  asked: string | undefined,
  { health }: Pick<DevRunOptions, 'health'>,
): void {
  const { enabled, ...settings } = health
  if (asked !== undefined) {
    checklist.done('health', `${asked}; until it answers with 2xx, calls to the app get 503`)
  } else if (enabled === true) {
    checklist.warned('health', 'not checked: there is no app to ask', 'Give its port.')
  } else if (enabled === undefined && Object.keys(settings).length > 0) {
    const hint = 'Set --enable-app-health-check, or enableAppHealthCheck: true in the run file.'
    checklist.warned('health', 'not checked: how is said, but not that', hint)
  }
}

export function reportHealthChange(
  checklist: Checklist,
  { isHealthy, detail }: HealthChange,
): void {
  if (isHealthy) checklist.done('health', `the app is healthy: ${detail}`)
  else checklist.failed('health', `the app is not healthy, calls to it get 503: ${detail}`)
}

/** A front door that checks nobody is allowed, and said. */
export function warnOfOpenDoor(checklist: Checklist, appId: string, sidecar: Sidecar): void {
  const { handlers, problem } = sidecar.appHttpPipeline
  if (sidecar.ingressPort === undefined || handlers.length > 0 || problem !== undefined) return
  checklist.warned(
    'ingress',
    `open to everybody: no appHttpPipeline handler stands before ${appId}`,
    `mcpauth appid update ${appId} --app-config <Configuration with middleware.http.bearer>`,
  )
}
