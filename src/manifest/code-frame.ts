// The lines around a place, with the place underlined and secrets masked.
import type { Position } from '../core/diagnostic.ts'
import { redacted } from '../core/secret.ts'
import { indexLines } from './line-index.ts'
import { foreignSpans, suspectSpans } from './mask-lines.ts'
import { secretSpans } from './mask.ts'
import { printable, type Span } from './problem.ts'

export interface Frame {
  readonly number: number
  readonly text: string
  /** What goes under the line, when it is the one in question. */
  readonly underline?: string
}

export interface FrameSource {
  /** Up to two lines before and after the place. */
  frame(start: Position, end: Position | undefined): Frame[]
}

const context = 2
const maxWidth = 120

/** Prepares a text for frames: its lines, and what in them must not be shown; more when its syntax is broken. */
export function frameSource(text: string, isBroken: boolean): FrameSource {
  const lines = indexLines(text)
  const secrets = merged([
    ...foreignSpans(text),
    ...secretSpans(text),
    ...(isBroken ? suspectSpans(text) : []),
  ])
  return {
    frame(start, end) {
      const first = Math.max(1, start.line - context)
      const last = Math.min(lines.count, start.line + context)
      const frames: Frame[] = []
      for (let number = first; number <= last; number += 1) {
        const from = lines.startOf(number)
        const line = text.slice(from, lines.startOf(number + 1)).replace(/\r?\n$/, '')
        // The empty rest after the last line break is no line.
        if (number > start.line && number === lines.count && line === '') break
        const cells = cellsOf(line, from, secrets)
        frames.push(
          number === start.line ? clipAround(cells, number, { start, end }) : clip(cells, number),
        )
      }
      return frames
    },
  }
}

/** One character as it is shown, and the columns (0-based code units) of the line that it stands for. */
interface Cell {
  readonly text: string
  readonly width: number
  readonly column: number
}

function cellsOf(line: string, from: number, secrets: readonly Span[]): Cell[] {
  const hidden = overlapping(secrets, from, from + line.length)
  const cells: Cell[] = []
  let column = 0
  let masked: (typeof hidden)[number] | undefined
  for (const character of line) {
    const offset = from + column
    const secret = hidden.find((span) => offset >= span.start && offset < span.end)
    const indentation =
      secret !== undefined &&
      secret.start < from &&
      line.slice(0, column).trim() === '' &&
      character === ' '
    if (secret === undefined || indentation) {
      const text = character === '\t' ? '  ' : printable(character)
      cells.push({ text, width: widthOf(text), column })
    } else if (masked !== secret) {
      cells.push({ text: redacted, width: redacted.length, column })
      masked = secret
    }
    column += character.length
  }
  return cells
}

/** The same text in spans that are in order and do not overlap. */
function merged(spans: readonly Span[]): Span[] {
  const result: Span[] = []
  for (const span of spans.toSorted((a, b) => a.start - b.start)) {
    const last = result.at(-1)
    if (last === undefined || span.start >= last.end) result.push(span)
    else result[result.length - 1] = { start: last.start, end: Math.max(last.end, span.end) }
  }
  return result
}

/** The spans that overlap a range; `spans` are in order and do not overlap each other. */
function overlapping(spans: readonly Span[], start: number, end: number): Span[] {
  let low = 0
  let high = spans.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((spans[middle]?.end ?? Infinity) > start) high = middle
    else low = middle + 1
  }
  const found: Span[] = []
  for (const span of spans.slice(low, low + end - start + 1)) {
    if (span.start >= end) break
    found.push(span)
  }
  return found
}

function clip(cells: readonly Cell[], number: number): Frame {
  return { number, text: take(cells, 0).text }
}

function clipAround(
  cells: readonly Cell[],
  number: number,
  { start, end }: { readonly start: Position; readonly end: Position | undefined },
): Frame {
  const column = start.column - 1
  const last = end?.line === start.line ? end.column - 1 : end === undefined ? column + 1 : Infinity
  const found = cells.findLastIndex((cell) => cell.column <= column)
  const index = Math.max(0, found)
  const isPastEnd = column > (cells.at(-1)?.column ?? -1) && cells.at(-1)?.text !== redacted
  const before = width(cells.slice(0, isPastEnd ? cells.length : index))
  const skip = before > maxWidth - 40 ? Math.max(0, index - 40) : 0
  const shown = take(cells, skip)
  const marked = isPastEnd
    ? 1
    : width(cells.slice(index).filter((cell) => cell.column < Math.max(last, column + 1)))
  const indent = before - width(cells.slice(0, skip)) + (skip > 0 ? 1 : 0)
  const length = Math.max(1, Math.min(marked, maxWidth - indent))
  return { number, text: shown.text, underline: `${' '.repeat(indent)}${'^'.repeat(length)}` }
}

function take(cells: readonly Cell[], skip: number): { readonly text: string } {
  let text = skip > 0 ? '…' : ''
  let used = skip > 0 ? 1 : 0
  for (const cell of cells.slice(skip)) {
    if (used + cell.width > maxWidth) return { text: `${text}…` }
    text += cell.text
    used += cell.width
  }
  return { text }
}

function width(cells: readonly Cell[]): number {
  return cells.reduce((sum, cell) => sum + cell.width, 0)
}

/** Columns that a terminal gives a character. */
function widthOf(text: string): number {
  if (/^\p{Mark}$/u.test(text)) return 0
  // Hangul, CJK, full-width forms and emoji.
  const wide =
    /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u
  return wide.test(text) ? 2 : text.length > 1 && text.trim() !== '' ? 1 : text.length
}
