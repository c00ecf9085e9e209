// Looks into JSON that may have any shape: what is not there, or is of another type, reads as undefined or empty.
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts'

/** The member at a path of keys, or undefined. */
export function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>(
    (current, key) =>
      isJsonObject(current) && Object.hasOwn(current, key) ? current[key] : undefined,
    value,
  )
}

export function textAt(value: Json | undefined, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path)
  return typeof found === 'string' ? found : undefined
}

export function listAt(value: Json | undefined, ...path: readonly string[]): readonly Json[] {
  const found = at(value, ...path)
  return Array.isArray(found) ? (found as readonly Json[]) : []
}

export function objectAt(
  value: Json | undefined,
  ...path: readonly string[]
): JsonObject | undefined {
  const found = at(value, ...path)
  return isJsonObject(found) ? found : undefined
}
