// Flow collections of plain YAML: `{ name: a, key: b }` and `[a, b]` on one line.
import type { Json } from '../core/json.ts'
import { joinPointer } from '../core/pointer.ts'
import { plainScalar, quotedScalar, type ReadScalar } from './plain-scalar.ts'
import type { Span } from './problem.ts'

export interface FlowNotes {
  readonly spans: Map<string, Span>
  readonly keys: Map<string, Span>
  /** Takes note of a scalar and its place. */
  scalar(scalar: ReadScalar, pointer: string): void
}

interface ReadFlow {
  readonly value: Json
  readonly end: number
}

const maxDepth = 8

/** The collection that opens at the start of the span; undefined when it does not close within it, or is not plain. */
export function readFlow(
  text: string,
  span: Span,
  { pointer, notes }: { readonly pointer: string; readonly notes: FlowNotes },
): ReadFlow | undefined {
  return new FlowReader(text, span.end, notes).collection(span.start, pointer, 0)
}

class FlowReader {
  readonly #text: string
  readonly #end: number
  readonly #notes: FlowNotes

  constructor(text: string, end: number, notes: FlowNotes) {
    this.#text = text
    this.#end = end
    this.#notes = notes
  }

  collection(start: number, pointer: string, depth: number): ReadFlow | undefined {
    if (depth > maxDepth) return undefined
    const read =
      this.#text[start] === '{'
        ? this.#map(start, pointer, depth)
        : this.#list(start, pointer, depth)
    if (read === undefined || read.end > this.#end) return undefined
    this.#notes.spans.set(pointer, { start, end: read.end })
    return read
  }

  #map(start: number, pointer: string, depth: number): ReadFlow | undefined {
    const value: Record<string, Json> = {}
    let at = this.#skip(start + 1)
    if (this.#text[at] === '}') return { value, end: at + 1 }
    for (;;) {
      keyPattern.lastIndex = at
      const key = keyPattern.exec(this.#text)?.[0].slice(0, -2)
      if (key === undefined || Object.hasOwn(value, key) || refused.test(key)) return undefined
      const below = joinPointer(pointer, key)
      this.#notes.keys.set(below, { start: at, end: at + key.length })
      const item = this.#item(this.#skip(at + key.length + 1), below, depth)
      if (item === undefined) return undefined
      value[key] = item.value
      at = this.#skip(item.end)
      if (this.#text[at] === '}') return { value, end: at + 1 }
      if (this.#text[at] !== ',') return undefined
      at = this.#skip(at + 1)
    }
  }

  #list(start: number, pointer: string, depth: number): ReadFlow | undefined {
    const value: Json[] = []
    let at = this.#skip(start + 1)
    if (this.#text[at] === ']') return { value, end: at + 1 }
    for (;;) {
      const item = this.#item(at, joinPointer(pointer, value.length), depth)
      if (item === undefined) return undefined
      value.push(item.value)
      at = this.#skip(item.end)
      if (this.#text[at] === ']') return { value, end: at + 1 }
      if (this.#text[at] !== ',') return undefined
      at = this.#skip(at + 1)
    }
  }

  #item(at: number, pointer: string, depth: number): ReadFlow | undefined {
    const first = this.#text[at]
    if (first === '{' || first === '[') return this.collection(at, pointer, depth + 1)
    const scalar =
      first === '"' || first === "'"
        ? quotedScalar(this.#text, at)
        : plainScalar(this.#text, at, 'flow')
    // A name with a colon would be a pair of its own.
    if (scalar === undefined || this.#text[scalar.end] === ':') return undefined
    this.#notes.scalar(scalar, pointer)
    return scalar
  }

  #skip(at: number): number {
    let next = at
    while (this.#text[next] === ' ') next += 1
    return next
  }
}

/** A name, its colon and a blank. */
const keyPattern = /[A-Za-z_][\w.-]*: /y

const refused = /^(?:null|true|false|__proto__|constructor|prototype)$/i
