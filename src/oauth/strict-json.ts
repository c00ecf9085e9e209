// JSON as JOSE needs it: no duplicate names (RFC 7515 §4, RFC 7519 §4), bounded nesting, honest UTF-8.
import { isJsonObject } from '../core/json.ts'
import type { JsonObject } from '../core/json.ts'

const deepest = 16
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The JSON object in `bytes`, or undefined for anything that two parsers could read differently. */
export function parseStrictObject(bytes: Uint8Array): JsonObject | undefined {
  try {
    const text = utf8.decode(bytes)
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) && isUnambiguous(text) ? value : undefined
  } catch {
    return undefined
  }
}

const tokens = /"(?:[^"\\]|\\.)*"|[{}[\]]/g

/** Takes valid JSON only: there the scan is linear, and a string before a colon is a name of the innermost object. */
function isUnambiguous(text: string): boolean {
  const open: Set<string>[] = []
  const colon = /\s*:/y
  for (const match of text.matchAll(tokens)) {
    const [token] = match
    if (token === '{' || token === '[') {
      if (open.push(new Set()) > deepest) return false
    } else if (token === '}' || token === ']') {
      open.pop()
    } else {
      colon.lastIndex = match.index + token.length
      if (colon.test(text) && !addName(token, open.at(-1))) return false
    }
  }
  return true
}

/** Decoded first: `"alg"` and `"\u0061lg"` are the same name. */
function addName(token: string, names: Set<string> | undefined): boolean {
  const name = token.includes('\\') ? String(JSON.parse(token)) : token.slice(1, -1)
  if (names === undefined || names.has(name)) return false
  names.add(name)
  return true
}
