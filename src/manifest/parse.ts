// Text → documents as plain JSON values, each knowing where every value and key of it stands.
import type { Document } from 'yaml'

import type { Json } from '../core/json.ts'
import { indexLines, type LineIndex } from './line-index.ts'
import { readPlainYaml, type PlainDocument } from './plain-yaml.ts'
import { prescan } from './prescan.ts'
import type { Problem, Span } from './problem.ts'
import { syntaxProblem } from './syntax.ts'
import { readTree } from './tree.ts'
import { yaml } from './yaml-package.ts'

export interface ParsedDocument {
  readonly value: Json
  /** Where the document's first value stands. */
  readonly span: Span
  /** The value at an RFC 6901 pointer; undefined when there is none. */
  locate(pointer: string): Span | undefined
  /** The key of the mapping member at an RFC 6901 pointer. */
  locateKey(pointer: string): Span | undefined
  /** The text of a scalar without quotes, as written, such as `0123`. */
  sourceAt(pointer: string): string | undefined
}

export interface ParsedText {
  readonly lines: LineIndex
  readonly documents: readonly ParsedDocument[]
  readonly problems: readonly Problem[]
  /** How many documents have a problem, and are not among `documents` for it. */
  readonly refused: number
}

/**
 * Parses YAML 1.2 (core schema) or JSON. Never throws. Documents without a value are left out; so are documents
 * with a problem, and all of them when the text is not safe to hand to the parser.
 */
export function parseManifest(text: string): ParsedText {
  const plain = readPlainYaml(text)
  if (plain === undefined) return parseYaml(text)
  const documents = plain.map((document) => parsedDocument(document))
  return { lines: indexLines(text), documents, problems: [], refused: 0 }
}

/** The same for text that is not plain; slower. */
export function parseYaml(text: string): ParsedText {
  const lines = indexLines(text)
  const hazards = prescan(text)
  const problems: Problem[] = [...hazards]
  let refused = 0
  if (hazards.some(({ rule }) => unsafe.has(rule))) {
    return { lines, documents: [], problems, refused: 1 }
  }
  const documents: ParsedDocument[] = []
  let end = 0
  for (const document of composeDocuments(text)) {
    const start = end
    end = document.range[2]
    const isHazardous = hazards.some(({ span }) => span.start >= start && span.start < end)
    const [first] = [...document.errors, ...document.warnings].toSorted(
      (a, b) => a.pos[0] - b.pos[0],
    )
    // The parser complains of what the prescan has found.
    if (first !== undefined && isHazardous) {
      refused += 1
      continue
    }
    if (first !== undefined) {
      // What follows the first syntax error is mostly its echo.
      problems.push(syntaxProblem(first, text.length))
      refused += 1
      continue
    }
    const tree = readTree(document, text)
    problems.push(...tree.problems)
    const isRefused = isHazardous || tree.problems.length > 0
    if (isRefused) refused += 1
    if (isRefused || tree.value === null) continue
    documents.push(parsedDocument(tree))
  }
  return { lines, documents, problems, refused }
}

function parsedDocument({ value, spans, keys, sources }: PlainDocument): ParsedDocument {
  return {
    value,
    span: spans.get('') ?? { start: 0, end: 0 },
    locate: (pointer) => spans.get(pointer),
    locateKey: (pointer) => keys.get(pointer),
    sourceAt: (pointer) => sources.get(pointer),
  }
}

/** What could take the process down with it; other violations cost only their document. */
const unsafe = new Set(['too-deep', 'too-large', 'too-many-documents'])

/** One document at a time, so that a file of thousands does not hold all their trees at once. */
function* composeDocuments(text: string): Generator<Document.Parsed> {
  const { Composer, Parser } = yaml()
  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    merge: false,
    strict: true,
    stringKeys: true,
    // Its check is quadratic in the number of keys; readTree has a linear one.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
    keepSourceTokens: false,
  })
  yield* composer.compose(new Parser().parse(text))
}
