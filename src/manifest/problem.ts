// One thing wrong with a text, at offsets; it becomes a Diagnostic once the file is known.
import type { Diagnostic, Fix } from '../core/diagnostic.ts'
import type { LineIndex } from './line-index.ts'

/** UTF-16 offsets into the text, `end` exclusive. */
export interface Span {
  readonly start: number
  readonly end: number
}

export interface Problem {
  readonly severity?: 'error' | 'warning'
  readonly rule: string
  readonly span: Span
  readonly message: string
  readonly hint?: string
  readonly fix?: Fix
}

/** The problem as a Diagnostic; the severity is `error` unless it says otherwise. */
export function toDiagnostic(problem: Problem, file: string, lines: LineIndex): Diagnostic {
  const { start, end } = problem.span
  return {
    severity: problem.severity ?? 'error',
    rule: problem.rule,
    file,
    start: lines.position(start),
    ...(end > start ? { end: lines.position(end) } : {}),
    message: problem.message,
    ...(problem.hint === undefined ? {} : { hint: problem.hint }),
    ...(problem.fix === undefined ? {} : { fix: problem.fix }),
  }
}

/** A name or value from a manifest as it may appear in a sentence: quoted, clipped, without control characters. */
export function quote(text: string): string {
  const clipped = text.length > 80 ? `${text.slice(0, 79)}…` : text
  return `"${printable(clipped)}"`
}

/** The text with everything that could move a terminal's cursor or reorder it replaced. */
export function printable(text: string): string {
  // Control characters, bidirectional overrides, line separators, lone surrogates.
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu, '\ufffd')
}
