// Results as JSON.
import type { Json } from '../../core/json.ts'

export function toJson(value: Json): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
