// A step of a plan as JSON.
import type { Json, JsonObject } from '../../core/json.ts'
import type { PlanStep } from '../../control-plane/plan.ts'

/** The envelope of the resource, with the action and `more` as its status. */
export function stepJson({ resource, action }: PlanStep, more: JsonObject = {}): Json {
  const { apiVersion, kind, name } = resource
  return { apiVersion, kind, metadata: { name }, status: { action, ...more } }
}

export function changesJson({ changes }: PlanStep): Json {
  return changes.map((change) => ({ ...change }))
}
