// JSON from another server, when an object is what it should be.
import { isJsonObject, type JsonObject } from '../core/json.ts'

/** Undefined for anything else. The parser's message would quote the text, which may hold a token. */
export function readJsonObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
