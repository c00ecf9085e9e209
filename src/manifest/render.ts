// Diagnostics → text for people: place, sentence, code frame, hint.
import { type Diagnostic, placeOf } from '../core/diagnostic.ts'
import { type Frame, type FrameSource, frameSource } from './code-frame.ts'
import { printable } from './problem.ts'

/** How parts of the text are coloured; identity functions where there is no colour. */
export interface DiagnosticStyle {
  readonly error: (text: string) => string
  readonly warning: (text: string) => string
  readonly dim: (text: string) => string
}

/**
 * One block for each diagnostic, separated by empty lines. `sources` maps file names to texts, for the code frames;
 * what may be a secret in them is shown as `***`.
 */
export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  sources: ReadonlyMap<string, string>,
  style: DiagnosticStyle,
): string {
  const frames = new Map<string, FrameSource>()
  const broken = new Set(
    diagnostics.filter(({ rule }) => textRules.has(rule)).map(({ file }) => file),
  )
  const sourceOf = (file: string): FrameSource | undefined => {
    const known = frames.get(file)
    const text = sources.get(file)
    if (known !== undefined || text === undefined) return known
    const source = frameSource(text, broken.has(file))
    frames.set(file, source)
    return source
  }
  return diagnostics
    .map((diagnostic) => block(diagnostic, sourceOf(diagnostic.file), style))
    .join('\n')
}

/** Rules about the text itself: where one is broken, what follows may not be what it looks like. */
const textRules = new Set([
  'syntax',
  'duplicate-key',
  'key',
  'alias',
  'tag',
  'merge-key',
  'directive',
  'control-character',
  'too-deep',
  'too-large',
  'not-a-manifest',
])

function block(
  diagnostic: Diagnostic,
  source: FrameSource | undefined,
  style: DiagnosticStyle,
): string {
  const paint = diagnostic.severity === 'error' ? style.error : style.warning
  const place = printable(placeOf(diagnostic))
  const message = printable(diagnostic.message)
  const lines = [
    `${place} ${paint(diagnostic.severity)} ${message} ${style.dim(`[${diagnostic.rule}]`)}`,
    ...(diagnostic.rule === 'not-run'
      ? []
      : frameLines(source?.frame(diagnostic.start, diagnostic.end) ?? [], paint, style)),
    ...(diagnostic.hint === undefined ? [] : [`  hint: ${printable(diagnostic.hint)}`]),
  ]
  return `${lines.join('\n')}\n`
}

function frameLines(
  frames: readonly Frame[],
  paint: (text: string) => string,
  style: DiagnosticStyle,
): string[] {
  const gutter = String(frames.at(-1)?.number ?? 0).length
  return frames.flatMap(({ number, text, underline }) => [
    `  ${style.dim(`${String(number).padStart(gutter)} |`)} ${text}`.trimEnd(),
    ...(underline === undefined
      ? []
      : [
          `  ${style.dim(`${' '.repeat(gutter)} |`)} ${indentOf(underline)}${paint(underline.trim())}`,
        ]),
  ])
}

function indentOf(underline: string): string {
  return ' '.repeat(underline.length - underline.trimStart().length)
}
