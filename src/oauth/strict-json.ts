// JSON as JOSE needs it: no duplicate names (RFC 7515 §4, RFC 7519 §4), bounded nesting, honest UTF-8.
import { isJsonObject } from '../core/json.ts'
import type { JsonObject } from '../core/json.ts'
import { parseStrictJson } from '../core/strict-json.ts'

const deepest = 16

/** The JSON object in `bytes`, or undefined for anything that two parsers could read differently. */
export function parseStrictObject(bytes: Uint8Array): JsonObject | undefined {
  const value = parseStrictJson(bytes, deepest)?.value
  return isJsonObject(value) ? value : undefined
}
