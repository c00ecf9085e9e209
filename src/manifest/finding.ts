// One thing wrong with a manifest, by pointer; it becomes a Problem once the places of its document are known.
import type { Fix } from '../core/diagnostic.ts'
import { lastToken, parentPointer } from '../core/pointer.ts'
import type { RuleProblem } from '../core/rule-problem.ts'
import type { ParsedDocument } from './parse.ts'
import type { Problem, Span } from './problem.ts'

export interface Finding {
  readonly severity?: 'error' | 'warning'
  readonly rule: string
  /** RFC 6901 pointer; where nothing stands there, its nearest ancestor is shown. */
  readonly pointer: string
  /** What to point at: the value (default), or the key of the member. */
  readonly at?: 'key' | 'value'
  readonly message: string
  readonly hint?: string
  /** What the key pointed at must be called, where that is certain. */
  readonly replacement?: string
}

export type Report = (finding: Finding) => void

/** What a rule says, as a sentence about `label`. */
export function sentence(
  label: string,
  { problem, hint }: RuleProblem,
): { readonly message: string; readonly hint: string } {
  return { message: `${label} ${problem}.`, hint }
}

export function toProblem(finding: Finding, document: ParsedDocument): Problem {
  const { pointer, at = 'value', replacement, ...rest } = finding
  const span = spanAt(document, pointer, at)
  const fix = replacement === undefined ? undefined : renaming(span, pointer, replacement)
  return { ...rest, span, ...(fix === undefined ? {} : { fix }) }
}

/** Another name for the key at `span`, in the quotes that it has; undefined where it is written with escapes. */
function renaming({ start, end }: Span, pointer: string, to: string): Fix | undefined {
  const name = lastToken(pointer)
  const quote = (end - start - name.length) / 2
  if (quote !== 0 && quote !== 1) return undefined
  return {
    edits: [{ start: start + quote, end: end - quote, text: to }],
    changes: [],
    renames: [{ pointer, to }],
  }
}

function spanAt(document: ParsedDocument, pointer: string, at: 'key' | 'value'): Span {
  const exact =
    at === 'key'
      ? (document.locateKey(pointer) ?? document.locate(pointer))
      : document.locate(pointer)
  if (exact !== undefined) return exact
  if (pointer === '') return document.span
  const parent = parentPointer(pointer)
  // A whole mapping is no place to point at: its key says where it starts.
  return spanAt(document, parent, 'key')
}

/** `/spec/metadata/0/name` as people write it: `spec.metadata[0].name`. */
export function labelOf(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((label, step) => {
      if (/^\d+$/.test(step)) return `${label}[${step}]`
      return label === '' ? step : `${label}.${step}`
    }, '')
}
