// Refuses by its tokens what a YAML parser must never see: nesting bombs, directives, tags, floods of aliases.
// It runs before the parser because deep nesting can abort the process inside it (no exception to catch).

import type { Problem, Span } from './problem.ts'
import { yaml } from './yaml-package.ts'

export const limits = {
  depth: 64,
  documents: 20_000,
  anchors: 100,
  documentBytes: 1024 * 1024,
  /** Tags and directives that are reported of one document. */
  forbidden: 100,
} as const

/** All violations, of excesses the first in each document; empty means the text is safe to parse. */
export function prescan(text: string): Problem[] {
  const { CST, Lexer } = yaml()
  const problems: Problem[] = []
  const scan = new DocumentScan()
  let offset = 0
  let documents = 0
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token)
    if (type === 'doc-mode' || type === 'flow-error-end' || token === CST.SCALAR) {
      scan.scalarFollows = token === CST.SCALAR
      continue
    }
    const effective = scan.scalarFollows ? 'scalar' : type
    scan.scalarFollows = false
    if (effective === 'doc-start') {
      documents += 1
      scan.reset(offset)
    }
    scan.token(effective, token, offset, problems)
    offset += token.length
    if (documents > limits.documents) {
      problems.push({
        rule: 'too-many-documents',
        span: { start: offset, end: offset },
        message: `The file has more than ${limits.documents} documents.`,
        hint: 'Split it.',
      })
      break
    }
  }
  return problems
}

const coreTags = new Set(
  ['str', 'int', 'bool', 'null', 'float', 'map', 'seq'].map((tag) => `!!${tag}`),
)

class DocumentScan {
  scalarFollows = false
  #start = 0
  #columns: number[] = []
  #flow = 0
  #anchors = 0
  #lineStart = 0
  /** True until the first token that opens a node, on a line or after an indicator such as `- `. */
  #opening = true
  readonly #reported = new Set<string>()
  #forbidden = 0

  reset(offset: number): void {
    this.#start = offset
    this.#columns = []
    this.#flow = 0
    this.#anchors = 0
    this.#reported.clear()
    this.#forbidden = 0
  }

  /** Adds what this token violates. */
  token(type: string | null, token: string, offset: number, problems: Problem[]): void {
    this.#measure(type, token, offset)
    const span = { start: offset, end: offset + token.length }
    if (type === 'anchor' || type === 'alias') this.#anchors += 1
    // These are looked for to the end, whatever else was found: they decide whether the text is parsed at all.
    if (this.#columns.length + this.#flow > limits.depth) this.#once(tooDeep(span), problems)
    if (span.end - this.#start > limits.documentBytes) this.#once(tooLarge(this.#start), problems)
    if (this.#anchors > limits.anchors) this.#once(tooManyAnchors(span), problems)
    const problem = forbidden(type, token, span)
    if (problem === undefined || this.#forbidden >= limits.forbidden) return
    this.#forbidden += 1
    problems.push(problem)
  }

  /** A bomb breaks a rule with thousands of tokens. */
  #once(problem: Problem, problems: Problem[]): void {
    if (this.#reported.has(problem.rule)) return
    this.#reported.add(problem.rule)
    problems.push(problem)
  }

  #measure(type: string | null, token: string, offset: number): void {
    const newline = token.lastIndexOf('\n')
    this.#flow = Math.max(0, this.#flow + (flowStep.get(type) ?? 0))
    if (this.#opening && this.#flow === 0 && opensNode.has(type)) {
      const column = offset - this.#lineStart
      while ((this.#columns.at(-1) ?? -1) > column) this.#columns.pop()
      if ((this.#columns.at(-1) ?? -1) < column) this.#columns.push(column)
      this.#opening = type === 'seq-item-ind' || type === 'explicit-key-ind'
    }
    if (newline === -1) return
    this.#lineStart = offset + newline + 1
    this.#opening = true
  }
}

function forbidden(type: string | null, token: string, span: Span): Problem | undefined {
  if (type === 'directive-line') {
    const message = `The directive ${token.split(/\s/, 1)[0] ?? '%'} is not allowed.`
    return { rule: 'directive', span, message, hint: 'Remove the line.' }
  }
  if (type !== 'tag' || coreTags.has(token)) return undefined
  const message = 'Explicit tags other than those of the YAML core schema are not allowed.'
  return { rule: 'tag', span, message, hint: 'Remove the tag.' }
}

/** Where nesting goes past the limit. */
export function tooDeep(span: Span): Problem {
  return {
    rule: 'too-deep',
    span,
    message: `The document is nested more than ${limits.depth} levels deep.`,
    hint: 'Flatten it.',
  }
}

function tooLarge(start: number): Problem {
  const message = 'The document is larger than 1 MiB.'
  return { rule: 'too-large', span: { start, end: start }, message, hint: 'Split it.' }
}

function tooManyAnchors(span: Span): Problem {
  const message = `The document has more than ${limits.anchors} anchors and aliases.`
  return { rule: 'too-many-aliases', span, message, hint: 'Write the values out.' }
}

const flowStep = new Map<string | null, number>([
  ['flow-map-start', 1],
  ['flow-seq-start', 1],
  ['flow-map-end', -1],
  ['flow-seq-end', -1],
])

const opensNode = new Set<string | null>([
  'scalar',
  'single-quoted-scalar',
  'double-quoted-scalar',
  'seq-item-ind',
  'explicit-key-ind',
  'map-value-ind',
  'alias',
  'anchor',
  'tag',
])
