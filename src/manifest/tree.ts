// A parsed YAML tree → plain JSON, with the place of every value, and without what YAML allows and manifests do not.
import type { Alias, Document, Node, Pair, Scalar } from 'yaml'

import type { Json } from '../core/json.ts'
import { joinPointer } from '../core/pointer.ts'
import { limits, tooDeep } from './prescan.ts'
import { type Problem, quote, type Span } from './problem.ts'
import { yaml } from './yaml-package.ts'

export interface Tree {
  readonly value: Json
  readonly spans: ReadonlyMap<string, Span>
  readonly keys: ReadonlyMap<string, Span>
  readonly sources: ReadonlyMap<string, string>
  readonly problems: readonly Problem[]
}

/** How many nodes aliases may add to a document: 100 aliases are enough for 10^10 of them. */
const maxAliasedNodes = 10_000

export function readTree(document: Document.Parsed, text: string): Tree {
  const reader = new TreeReader(document, text)
  const value = reader.read(document.contents, '', 0)
  const { spans, keys, sources, problems } = reader
  return { value, spans, keys, sources, problems }
}

const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype'])

class TreeReader {
  readonly spans = new Map<string, Span>()
  readonly keys = new Map<string, Span>()
  readonly sources = new Map<string, string>()
  readonly problems: Problem[] = []
  readonly #document: Document.Parsed
  readonly #text: string
  readonly #resolving = new Set<Node>()
  #aliasedNodes = 0

  constructor(document: Document.Parsed, text: string) {
    this.#document = document
    this.#text = text
  }

  read(node: unknown, pointer: string, depth: number): Json {
    const { isAlias, isMap, isScalar, isSeq } = yaml()
    const span = spanOf(node)
    if (span !== undefined) this.spans.set(pointer, span)
    if (depth > limits.depth) return this.#refuse(tooDeep(span ?? { start: 0, end: 0 }))
    if (this.#resolving.size > 0) this.#aliasedNodes += 1
    if (isAlias(node)) return this.#readAlias(node, pointer, depth)
    if (isMap(node)) return this.#readMap(node.items, pointer, depth)
    if (isSeq(node)) {
      return node.items.map((item, index) =>
        this.read(item, joinPointer(pointer, index), depth + 1),
      )
    }
    return isScalar(node) ? this.#readScalar(node, pointer) : null
  }

  #readAlias(alias: Alias, pointer: string, depth: number): Json {
    const span = spanOf(alias) ?? { start: 0, end: 0 }
    const target = alias.resolve(this.#document)
    if (target === undefined) {
      const message = `The alias ${quote(`*${alias.source}`)} has no anchor before it.`
      return this.#refuse({ rule: 'alias', span, message, hint: 'Write the value out.' })
    }
    if (this.#resolving.has(target)) {
      const message = `The alias ${quote(`*${alias.source}`)} contains itself.`
      return this.#refuse({ rule: 'alias', span, message, hint: 'Write the value out.' })
    }
    if (this.#aliasedNodes > maxAliasedNodes) {
      if (this.problems.length > 0) return null
      const message = 'The aliases of the document expand to too many values.'
      return this.#refuse({ rule: 'alias', span, message, hint: 'Write the values out.' })
    }
    this.#resolving.add(target)
    const value = this.read(target, pointer, depth + 1)
    this.#resolving.delete(target)
    // Problems with an aliased value are shown where it is used.
    this.spans.set(pointer, span)
    return value
  }

  #readMap(items: readonly Pair[], pointer: string, depth: number): Json {
    const result: Record<string, Json> = {}
    const seen = new Set<string>()
    for (const { key, value } of items) {
      const span = spanOf(key) ?? { start: 0, end: 0 }
      const name = yaml().isScalar(key) ? String(key.value) : undefined
      if (name === undefined) {
        const message = 'A key must be plain text, not an alias, a list or a mapping.'
        this.#refuse({ rule: 'key', span, message, hint: 'Write the key out.' })
        continue
      }
      const problem = keyProblem(name, seen, span)
      if (problem !== undefined) {
        this.#refuse(problem)
        continue
      }
      seen.add(name)
      const below = joinPointer(pointer, name)
      this.keys.set(below, span)
      result[name] = this.read(value, below, depth + 1)
      if (!this.spans.has(below)) this.spans.set(below, span)
    }
    return result
  }

  #readScalar(scalar: Scalar, pointer: string): Json {
    const { value } = scalar
    const span = spanOf(scalar) ?? { start: 0, end: 0 }
    if (typeof value === 'string') {
      // eslint-disable-next-line no-control-regex -- escapes such as "\0" can bring in what the decoder refused
      if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(value)) {
        const message = 'The value contains a control character.'
        return this.#refuse({ rule: 'control-character', span, message, hint: 'Remove it.' })
      }
      if (scalar.type === 'PLAIN') this.sources.set(pointer, value)
      return value
    }
    this.sources.set(pointer, scalar.source ?? this.#text.slice(span.start, span.end))
    if (typeof value === 'boolean' || value === null) return value
    if (typeof value === 'number' && Number.isFinite(value)) return value
    const message = 'The value is not a number that can be kept exactly.'
    return this.#refuse({ rule: 'value', span, message, hint: 'Quote this value.' })
  }

  #refuse(problem: Problem): null {
    this.problems.push(problem)
    return null
  }
}

function keyProblem(name: string, seen: ReadonlySet<string>, span: Span): Problem | undefined {
  if (name === '<<') {
    const message = 'Merge keys ("<<") are not allowed.'
    return { rule: 'merge-key', span, message, hint: 'Write the fields out.' }
  }
  // eslint-disable-next-line no-control-regex -- a name with control characters could forge output
  if (forbiddenKeys.has(name) || /[\u0000-\u001f\u007f-\u009f]/.test(name)) {
    return {
      rule: 'key',
      span,
      message: `The key ${quote(name)} is not allowed.`,
      hint: 'Rename it.',
    }
  }
  if (seen.has(name)) {
    const message = `The key ${quote(name)} is there twice.`
    return { rule: 'duplicate-key', span, message, hint: 'Remove one of the two.' }
  }
  return undefined
}

function spanOf(node: unknown): Span | undefined {
  const range = yaml().isNode(node) ? node.range : undefined
  return range ? { start: range[0], end: range[1] } : undefined
}
