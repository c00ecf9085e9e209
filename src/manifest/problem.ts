// One thing wrong with a text, at offsets; it becomes a Diagnostic once the file is known.
import type { Diagnostic, Fix } from '../core/diagnostic.ts'
import type { LineIndex } from './line-index.ts'

export { printable, quote } from '../core/quote.ts'

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
