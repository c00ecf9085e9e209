// Applies the corrections of a text, and lets none of them change more than it says.
import { isDeepStrictEqual } from 'node:util'

import type { Edit, Fix, Rename } from '../../core/diagnostic.ts'
import { isJsonObject, type Json } from '../../core/json.ts'
import { withRenamed, withValues } from '../../core/pointer.ts'
import { type ParsedDocument, parseManifest } from '../parse.ts'

export interface FixedText {
  readonly text: string
  /** Those that were made; the others overlap one of these, or would change more than they say. */
  readonly fixes: readonly Fix[]
}

/** The text with as many of `fixes` as go together; every character outside their edits stays as it is. */
export function fixText(text: string, fixes: readonly Fix[]): FixedText {
  const together = withoutOverlaps(fixes)
  const fixed = edited(text, together)
  if (isFaithful(text, fixed, together)) return { text: fixed, fixes: together }
  // One of them changes more than it says, such as a value that an alias repeats elsewhere.
  const faithful = together.filter((fix) => isFaithful(text, edited(text, [fix]), [fix]))
  const rest = edited(text, faithful)
  return isFaithful(text, rest, faithful) ? { text: rest, fixes: faithful } : { text, fixes: [] }
}

function withoutOverlaps(fixes: readonly Fix[]): Fix[] {
  const kept: Fix[] = []
  let taken: readonly Edit[] = []
  for (const fix of fixes) {
    const clash = fix.edits.some((edit) =>
      taken.some((other) => edit.start < other.end && other.start < edit.end),
    )
    if (clash) continue
    kept.push(fix)
    taken = [...taken, ...fix.edits]
  }
  return kept
}

function edited(text: string, fixes: readonly Fix[]): string {
  const edits = fixes.flatMap((fix) => fix.edits).toSorted((a, b) => a.start - b.start)
  const parts: string[] = []
  let at = 0
  for (const { start, end, text: insert } of edits) {
    parts.push(text.slice(at, start), insert)
    at = end
  }
  return parts.join('') + text.slice(at)
}

/** Whether every document reads as before, but for what the fixes say that they change; JSON stays JSON. */
function isFaithful(before: string, after: string, fixes: readonly Fix[]): boolean {
  const old = parseManifest(before)
  const now = parseManifest(after)
  if (old.documents.length !== now.documents.length || old.refused !== now.refused) return false
  if (isJson(before) && !isJson(after)) return false
  return old.documents.every((document, index) => {
    const value = now.documents[index]?.value
    if (value === undefined) return false
    const { renames, changes } = saidOf(document, fixes)
    return isDeepStrictEqual(masked(value, changes), masked(withNames(document, renames), changes))
  })
}

/** What the fixes of one document say that they change. */
function saidOf({ span }: ParsedDocument, fixes: readonly Fix[]) {
  const own = fixes.filter(({ edits }) =>
    edits.some(({ start }) => start >= span.start && start < span.end),
  )
  return {
    renames: own.flatMap(({ renames = [] }) => renames),
    changes: own.flatMap(({ changes }) => changes),
  }
}

/** Inner names first: pointers lead through the old ones. */
function withNames({ value }: ParsedDocument, renames: readonly Rename[]): Json {
  return renames
    .toSorted((a, b) => b.pointer.length - a.pointer.length)
    .reduce<Json>((result, { pointer, to }) => withRenamed(result, pointer, to), value)
}

function masked(value: Json, pointers: readonly string[]): Json {
  if (!isJsonObject(value)) return value
  return withValues(value, new Map(pointers.map((pointer) => [pointer, null])))
}

function isJson(text: string): boolean {
  if (!/^\s*[{[]/.test(text)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
