// Reads the plain YAML that nearly all manifests are written in, several times faster than a whole YAML parser, and
// refuses everything else: then the whole parser decides. What it reads it reads exactly as that one does
// (test/manifest/plain-yaml.test.ts).
//
// Plain are: block mappings and lists, scalars and flow collections on one line, comments, `---`. Not plain are tabs,
// anchors, tags, block scalars, multi-line scalars, unusual escapes, keys that are no names, empty values.
import type { Json } from '../core/json.ts'
import { joinPointer } from '../core/pointer.ts'
import { type FlowNotes, readFlow } from './plain-flow.ts'
import { plainScalar, quotedScalar, type ReadScalar } from './plain-scalar.ts'
import type { Span } from './problem.ts'

export interface PlainDocument {
  readonly value: Json
  readonly spans: ReadonlyMap<string, Span>
  readonly keys: ReadonlyMap<string, Span>
  readonly sources: ReadonlyMap<string, string>
}

const maxDepth = 32
const maxDocumentLength = 512 * 1024
const maxDocuments = 20_000

/** The documents of the text that are not empty; undefined when anything in it is not plain. */
export function readPlainYaml(text: string): PlainDocument[] | undefined {
  const documents: PlainDocument[] = []
  let start = 0
  for (let count = 0; start <= text.length; count += 1) {
    const end = documentEnd(text, start)
    if (count > maxDocuments || end - start > maxDocumentLength) return undefined
    const document = new PlainReader(text, start, end).read()
    if (document === notPlain) return undefined
    if (document !== undefined) documents.push(document)
    const newline = text.indexOf('\n', end)
    const marker = text.slice(end, newline === -1 ? text.length : newline)
    if (!/^(?:--- *)?$/.test(marker)) return undefined
    if (newline === -1) break
    start = newline + 1
  }
  return documents
}

/** Offset of the next line `---`, or of the end. */
function documentEnd(text: string, start: number): number {
  if (text.startsWith('---', start)) return start
  const marker = text.indexOf('\n---', start)
  return marker === -1 ? text.length : marker + 1
}

export const notPlain = Symbol('not plain')

interface Line {
  /** Column of the first character that is no blank. */
  readonly indent: number
  readonly start: number
  /** Where the line ends; comments and blanks at its end are still there. */
  readonly end: number
}

/** What a refused line throws; it never leaves this file. */
class NotPlain extends Error {}

class Notes implements FlowNotes {
  readonly spans = new Map<string, Span>()
  readonly keys = new Map<string, Span>()
  readonly sources = new Map<string, string>()

  scalar({ start, end, source }: ReadScalar, pointer: string): void {
    this.spans.set(pointer, { start, end })
    if (source !== undefined) this.sources.set(pointer, source)
  }
}

class PlainReader {
  readonly #text: string
  readonly #lines: Line[] = []
  readonly #notes = new Notes()
  readonly #start: number
  readonly #end: number
  #at = 0

  constructor(text: string, start: number, end: number) {
    this.#text = text
    this.#start = start
    this.#end = end
  }

  read(): PlainDocument | undefined | typeof notPlain {
    try {
      this.#split()
      const [first] = this.#lines
      if (first === undefined) return undefined
      if (first.indent !== 0) return notPlain
      const value = this.#block(first, '', 0)
      if (this.#at < this.#lines.length) return notPlain
      const { spans, keys, sources } = this.#notes
      return { value, spans, keys, sources }
    } catch (error) {
      if (error instanceof NotPlain) return notPlain
      throw error
    }
  }

  /** The lines that are neither blank nor a comment. */
  #split(): void {
    const text = this.#text
    let at = this.#start
    let commentIndent = 0
    while (at < this.#end) {
      const newline = text.indexOf('\n', at)
      const end = newline === -1 || newline > this.#end ? this.#end : newline
      let start = at
      while (start < end && text.charCodeAt(start) === space) start += 1
      if (start < end && text.charCodeAt(start) !== hash) {
        // The whole parser counts a comment to the block that it is indented like.
        if (commentIndent > start - at) throw new NotPlain()
        commentIndent = 0
        this.#lines.push({ indent: start - at, start, end })
      } else if (start < end) commentIndent = Math.max(commentIndent, start - at)
      at = end + 1
    }
    if (commentIndent > 0) throw new NotPlain()
  }

  /** The mapping or list that starts at `line`, which may be the rest of one behind `- `. */
  #block(line: Line, pointer: string, depth: number): Json {
    if (depth > maxDepth) throw new NotPlain()
    return this.#isItem(line)
      ? this.#list(line, pointer, depth)
      : this.#mapping(line, pointer, depth)
  }

  #isItem({ start, end }: Line): boolean {
    if (this.#text.charCodeAt(start) !== dash) return false
    return start + 1 === end || this.#text.charCodeAt(start + 1) === space
  }

  #list(first: Line, pointer: string, depth: number): Json {
    const items: Json[] = []
    let line: Line | undefined = first
    while (line !== undefined && line.indent === first.indent && this.#isItem(line)) {
      const below = joinPointer(pointer, items.length)
      let start = line.start + 1
      while (start < line.end && this.#text.charCodeAt(start) === space) start += 1
      // What stands on a line of its own below a dash is rare.
      if (start >= line.end || this.#text.charCodeAt(start) === hash) throw new NotPlain()
      const rest = { indent: line.indent + start - line.start, start, end: line.end }
      if (this.#isItem(rest) || this.#keyEnd(rest) !== -1) {
        items.push(this.#block(rest, below, depth + 1))
      } else {
        items.push(this.#inline(rest, start, below))
        this.#at += 1
      }
      line = this.#next(first.indent)
    }
    this.#notes.spans.set(pointer, { start: first.start, end: this.#blockEnd() })
    return items
  }

  #mapping(first: Line, pointer: string, depth: number): Json {
    const result: Record<string, Json> = {}
    let line: Line | undefined = first
    while (line !== undefined && line.indent === first.indent && !this.#isItem(line)) {
      const keyEnd = this.#keyEnd(line)
      if (keyEnd === -1) throw new NotPlain()
      const key = this.#text.slice(line.start, keyEnd)
      if (Object.hasOwn(result, key) || forbiddenKeys.has(key)) throw new NotPlain()
      const below = joinPointer(pointer, key)
      this.#notes.keys.set(below, { start: line.start, end: keyEnd })
      result[key] = this.#member(line, keyEnd + 1, { pointer: below, indent: first.indent, depth })
      line = this.#next(first.indent)
    }
    this.#notes.spans.set(pointer, { start: first.start, end: this.#blockEnd() })
    return result
  }

  #member(
    line: Line,
    colonEnd: number,
    { pointer, indent, depth }: { pointer: string; indent: number; depth: number },
  ): Json {
    let start = colonEnd
    while (start < line.end && this.#text.charCodeAt(start) === space) start += 1
    const isEmpty = start >= line.end || this.#text.charCodeAt(start) === hash
    if (!isEmpty) {
      const value = this.#inline(line, start, pointer)
      this.#at += 1
      return value
    }
    this.#at += 1
    const next = this.#lines[this.#at]
    const isNested =
      next !== undefined && (next.indent > indent || (next.indent === indent && this.#isItem(next)))
    // An empty value is null, or a mistake.
    if (!isNested) throw new NotPlain()
    return this.#block(next, pointer, depth + 1)
  }

  /** A block reaches to the end of its last line, line break included. */
  #blockEnd(): number {
    const end = this.#lines[this.#at - 1]?.end ?? 0
    return Math.min(end + 1, this.#text.length)
  }

  /** The next line, when it does not stand deeper than `indent`, where nothing could go on. */
  #next(indent: number): Line | undefined {
    const line = this.#lines[this.#at]
    if (line !== undefined && line.indent > indent) throw new NotPlain()
    return line
  }

  /** Offset of the colon behind a key that is a name; -1 when the line does not start with one. */
  #keyEnd({ start, end }: Line): number {
    keyPattern.lastIndex = start
    const match = keyPattern.exec(this.#text)
    if (match === null) return -1
    const colon = start + match[0].length - 1
    if (colon >= end) return -1
    return colon + 1 === end || this.#text.charCodeAt(colon + 1) === space ? colon : -1
  }

  /** The scalar or flow collection from `start` to the end of the line. */
  #inline(line: Line, start: number, pointer: string): Json {
    const read = this.#value(start, line.end, pointer)
    if (read === undefined) throw new NotPlain()
    let at = read.end
    while (at < line.end && this.#text.charCodeAt(at) === space) at += 1
    const isComment = at > read.end && this.#text.charCodeAt(at) === hash
    if (at < line.end && !isComment) throw new NotPlain()
    return read.value
  }

  #value(start: number, end: number, pointer: string): { value: Json; end: number } | undefined {
    const first = this.#text[start]
    if (first === '{' || first === '[') {
      return readFlow(this.#text, { start, end }, { pointer, notes: this.#notes })
    }
    const scalar =
      first === '"' || first === "'"
        ? quotedScalar(this.#text, start)
        : plainScalar(this.#text, start, 'block')
    if (scalar === undefined || scalar.end > end) return undefined
    this.#notes.scalar(scalar, pointer)
    return scalar
  }
}

const space = 0x20
const hash = 0x23
const dash = 0x2d

/** A name and its colon; other keys, such as numbers, are not read alike by all. */
const keyPattern = /[A-Za-z_][\w./-]*:/y

/** Words that are no text, and names that no object may have. */
const forbiddenKeys = new Set([
  ...['null', 'true', 'false'].flatMap((word) => [
    word,
    word.toUpperCase(),
    word[0]?.toUpperCase() + word.slice(1),
  ]),
  '__proto__',
  'constructor',
  'prototype',
])
