// A path pattern of access control read plainly: what it says by itself, whatever stands beside it.
import { matchesWildcard } from './mcp-access.ts'

/** `**` stands for any segments, `*` in a segment for any characters; what a pattern fits, it also fits with more below. */
export class PathPattern {
  readonly #segments: readonly string[]

  constructor(pattern: string) {
    this.#segments = segmentsOf(pattern)
  }

  /** Takes the segments of a path. Linear in both lengths. */
  fits(path: readonly string[]): boolean {
    const end = this.#segments.length
    if (end === 0) return path.length === 0
    let reached = this.#withRest(new Set([0]))
    for (const segment of path) {
      // Above what a path ends with nothing is left to fit; a lone star at the end takes one segment and no more.
      if (reached.has(end) && this.#segments[end - 1] !== '*') return true
      const next = new Set<number>()
      for (const at of reached) {
        const pattern = this.#segments[at]
        if (pattern === '**') next.add(at)
        else if (pattern !== undefined && matchesWildcard(pattern, segment)) next.add(at + 1)
      }
      if (next.size === 0) return false
      reached = this.#withRest(next)
    }
    return reached.has(end) || (reached.has(end - 1) && this.#segments[end - 1] === '*')
  }

  /** Whether it fits all that the other one names, what lies below left out. */
  includes(other: PathPattern): boolean {
    return other.#examples().every((path) => this.fits(path))
  }

  /** Paths that stand for all others: a pattern that takes a text no manifest has takes any. */
  #examples(): string[][] {
    const [last = '', ...before] = this.#segments
      .map((one) => one.replaceAll(/\*+/g, any))
      .toReversed()
    const start = before.toReversed()
    const written = this.#segments.at(-1)
    if (written === undefined) return [[]]
    if (written === '*') return [start, [...start, any]]
    if (written === '**') return [start, [...start, any], [...start, any, any]]
    return [[...start, last]]
  }

  /** `**` also stands for nothing. */
  #withRest(positions: Set<number>): Set<number> {
    // A set that grows is walked to its new end.
    for (const at of positions) if (this.#segments[at] === '**') positions.add(at + 1)
    return positions
  }
}

const any = '\u{f8ff}'

/** The segments of a path or pattern, as they are compared: without regard to case and to slashes too many. */
export function segmentsOf(path: string): string[] {
  return path
    .toLowerCase()
    .split('/')
    .filter((segment) => segment !== '')
}
