// Corrections of a manifest's text that leave everything around them as it was.
import type { Edit, Fix } from '../../core/diagnostic.ts'
import type { LintedResource } from './lint-set.ts'

/** Another plain text in place of the scalar at `pointer`, quoted as it was; nothing where it is not one scalar on one line. */
export function replaceValue(
  { document, source }: LintedResource,
  pointer: string,
  value: string,
): { readonly fix?: Fix } {
  const span = document.locate(pointer)
  if (span === undefined || !/^[\w.:/-]+$/.test(value)) return {}
  const [quote = ''] = /^["']/.exec(source.text.slice(span.start, span.end)) ?? []
  if (/[\n*&|>]/.test(source.text.slice(span.start, span.end))) return {}
  return { fix: { edits: [{ ...span, text: `${quote}${value}${quote}` }], changes: [pointer] } }
}

/** `text` with the edits of all fixes that do not overlap an earlier one. */
export function applyFixes(text: string, fixes: readonly Fix[]): string {
  const edits: Edit[] = []
  for (const fix of fixes) {
    const clash = fix.edits.some((edit) =>
      edits.some((other) => edit.start < other.end && other.start < edit.end),
    )
    if (!clash) edits.push(...fix.edits)
  }
  return edits
    .toSorted((a, b) => b.start - a.start)
    .reduce(
      (result, { start, end, text: insert }) => result.slice(0, start) + insert + result.slice(end),
      text,
    )
}
