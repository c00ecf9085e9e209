// One changed field as a line of a diff.
import type { FieldChange } from '../../control-plane/changes.ts'
import type { Json } from '../../core/json.ts'
import { redacted } from '../../core/secret.ts'
import type { Style } from './style.ts'
import { singleLine } from './table.ts'

/** `  ~ /spec/baseUrl: "https://a" → "https://b"`; + is a new field, - one that goes; secrets only say that they changed. */
export function fieldChangeLine({ pointer, before, after }: FieldChange, style: Style): string {
  const path = singleLine(pointer)
  if (before === undefined) return `  ${style.good(`+ ${path}: ${shown(after)}`)}\n`
  if (after === undefined) return `  ${style.bad(`- ${path}: ${shown(before)}`)}\n`
  // What differs is hidden on both sides.
  if (before === redacted && after === redacted) return `  ~ ${path}: changed (hidden)\n`
  return `  ~ ${path}: ${style.bad(shown(before))} → ${style.good(shown(after))}\n`
}

function shown(value: Json | undefined): string {
  return singleLine(JSON.stringify(value ?? null))
}
