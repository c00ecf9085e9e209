// Corrections of a manifest's text that leave everything around them as it was.
import type { Fix } from '../../core/diagnostic.ts'
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
