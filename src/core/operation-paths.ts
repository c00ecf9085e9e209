// Which operation of a policy decides about a path, as Dapr looks it up (pkg/config/acl_trie.go), and which never does.

class PathNode {
  /** Position of the operation whose pattern ends here. */
  operation: number | undefined
  readonly segment: string
  /** Position among the nodes beside it. */
  readonly rank: number
  readonly #below = new Map<string, PathNode>()
  readonly #withStars: PathNode[] = []

  constructor(segment: string, rank: number) {
    this.segment = segment
    this.rank = rank
  }

  /** The node of a pattern's next segment. */
  grow(segment: string): PathNode {
    const known = this.#below.get(segment)
    if (known !== undefined) return known
    const node = new PathNode(segment, this.#below.size)
    this.#below.set(segment, node)
    if (segment.includes('*')) this.#withStars.push(node)
    return node
  }

  /** The first node that fits the next segment of a path. */
  next(segment: string, isLast: boolean): PathNode | undefined {
    const equal = this.#below.get(segment)
    const fitting = this.#withStars.find((node) => fits(node.segment, segment, isLast))
    if (equal === undefined || fitting === undefined) return equal ?? fitting
    return equal.rank < fitting.rank ? equal : fitting
  }

  /** The node of a pattern that goes on with nothing but stars, and so also ends here. */
  get rest(): PathNode | undefined {
    return this.#withStars.find(({ segment }) => isStars(segment))
  }
}

/** The operations of a policy by their patterns; of equal patterns the first counts. */
export class OperationPaths {
  readonly #root = new PathNode('', 0)
  readonly #patterns: readonly string[]

  /** `patterns` in the order of the manifest. */
  constructor(patterns: readonly string[]) {
    this.#patterns = patterns
    for (const [operation, pattern] of patterns.entries()) {
      this.#add(segmentsOf(pattern), operation)
    }
  }

  /** The position of the operation that decides about a path. */
  find(path: string): number | undefined {
    const segments = segmentsOf(path)
    let node: PathNode | undefined = this.#root
    for (const [index, segment] of segments.entries()) {
      const isLast = index === segments.length - 1
      // Greedy: the first that fits is taken, and nothing comes back when it leads nowhere.
      node = node.next(segment, isLast)
      if (node === undefined) return undefined
      // A pattern also covers what lies below what it matches.
      if (node.operation !== undefined) return node.operation
      if (isLast) return node.rest?.operation
    }
    return undefined
  }

  /** What decides about the paths that the pattern at `position` matches: nothing, itself, others. */
  deciders(position: number): ReadonlySet<number | undefined> {
    return new Set(examplesOf(this.#patterns[position] ?? '').map((path) => this.find(path)))
  }

  #add(segments: readonly string[], operation: number): void {
    let node = this.#root
    for (const segment of segments) node = node.grow(segment)
    node.operation ??= operation
  }
}

/** The paths that a pattern without a wildcard at its start passes through: `/a` and `/a/b` of `/a/b/c`. */
export function prefixesOf(pattern: string): string[] {
  const segments = segmentsOf(pattern)
  const literal = segments.findIndex((segment) => segment.includes('*'))
  const count = literal === -1 ? segments.length - 1 : literal
  return Array.from({ length: count }, (_, index) => `/${segments.slice(0, index + 1).join('/')}`)
}

/** Whether a pattern matches no path at all. */
export function isDead(pattern: string): boolean {
  return !new OperationPaths([pattern]).deciders(0).has(0)
}

/**
 * Paths that stand for all that a pattern can match. What a `*` stands for is a text that no manifest has: a pattern that
 * takes this one takes every other.
 */
function examplesOf(pattern: string): string[] {
  const segments = segmentsOf(pattern)
  const before = segments.slice(0, -1).map(example)
  const last = segments.at(-1) ?? ''
  const ends = isStars(last) ? [[], [any], [any, any]] : [[example(last)], [example(last), any]]
  return ends.map((end) => `/${[...before, ...end].join('/')}`).filter(isPossible)
}

/** Paths are cleaned before a policy sees them, and those with these characters refused. */
function isPossible(path: string): boolean {
  if (/[?#]/.test(path)) return false
  return path === '/' || !segmentsOf(path).some((segment) => unclean.has(segment))
}

const unclean: ReadonlySet<string> = new Set(['', '.', '..'])

const any = '\u{f8ff}'

function example(segment: string): string {
  return segment.replaceAll(/\*+/g, any)
}

function isStars(segment: string): boolean {
  return segment === '*' || segment === '**'
}

/** HTTP paths are compared without regard to case, and as if they began with a slash. */
function segmentsOf(path: string): string[] {
  return path.toLowerCase().replace(/^\//, '').split('/')
}

/** Whether a segment of a pattern, one with a star in it, fits one of a path. */
function fits(pattern: string, segment: string, isLast: boolean): boolean {
  if (pattern === '**') return true
  // In the middle of a path a lone star is passed over.
  if (pattern === '*') return isLast
  return matchesStars(segment, pattern.split(/\*+/))
}

/** Whether `text` consists of `parts` in this order, with anything between them. */
function matchesStars(text: string, parts: readonly string[]): boolean {
  const first = parts[0] ?? ''
  const last = parts.at(-1) ?? ''
  if (!text.startsWith(first) || !text.endsWith(last)) return false
  const end = text.length - last.length
  let at = first.length
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return at <= end
}
