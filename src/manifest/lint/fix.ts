// Applies the corrections of a text, and lets none of them change more than it says.
import { isDeepStrictEqual } from 'node:util'

import type { Edit, Fix } from '../../core/diagnostic.ts'
import type { Json, JsonObject } from '../../core/json.ts'
import { isJsonObject } from '../../core/json.ts'
import { withValues } from '../../core/pointer.ts'
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

/** Whether every document reads as before, but for what the fixes say that they change. */
function isFaithful(before: string, after: string, fixes: readonly Fix[]): boolean {
  const old = parseManifest(before)
  const now = parseManifest(after)
  if (old.documents.length !== now.documents.length || old.refused !== now.refused) return false
  return old.documents.every((document, index) => {
    const value = now.documents[index]?.value
    const changes = changesOf(document, fixes)
    if (changes.length === 0) return isDeepStrictEqual(value, document.value)
    return (
      value !== undefined &&
      isDeepStrictEqual(masked(value, changes), masked(document.value, changes))
    )
  })
}

function changesOf({ span }: ParsedDocument, fixes: readonly Fix[]): string[] {
  return fixes
    .filter(({ edits }) => edits.some(({ start }) => start >= span.start && start < span.end))
    .flatMap(({ changes }) => changes)
}

function masked(value: Json, pointers: readonly string[]): Json {
  if (pointers.includes('') || !isJsonObject(value)) return null
  const document: JsonObject = value
  return withValues(document, new Map(pointers.map((pointer) => [pointer, null])))
}
