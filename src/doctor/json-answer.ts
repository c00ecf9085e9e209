// An answer that should be a JSON document.
import { isJsonObject, type JsonObject } from '../core/json.ts'
import type { Answer } from './send.ts'

/** Undefined when it is no JSON object. */
export function documentOf(answer: Answer): JsonObject | undefined {
  return objectOf(answer.text)
}

export function objectOf(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** The strings of a member that is a list; undefined when it is none. */
export function textsOf(document: JsonObject, name: string): readonly string[] | undefined {
  const value = document[name]
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : undefined
}

export function textOf(document: JsonObject, name: string): string | undefined {
  const value = document[name]
  return typeof value === 'string' ? value : undefined
}
