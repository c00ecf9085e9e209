// Offsets of a text as lines and columns, and back.
import type { Position } from '../core/diagnostic.ts'

export interface LineIndex {
  /** The place of a UTF-16 offset, in O(log lines). */
  position(offset: number): Position
  /** Offset of the first character of a 1-based line. */
  startOf(line: number): number
  readonly count: number
}

export function indexLines(text: string): LineIndex {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return {
    position(offset) {
      let low = 0
      let high = starts.length - 1
      while (low < high) {
        const middle = (low + high + 1) >> 1
        if ((starts[middle] ?? 0) <= offset) low = middle
        else high = middle - 1
      }
      return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 }
    },
    startOf: (line) => starts[line - 1] ?? text.length,
    count: starts.length,
  }
}
