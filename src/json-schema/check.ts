// Whether a schema of arguments is one that can be trusted to decide: known keywords, no way out, bounded work.
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts'
import { joinPointer, valueAt } from '../core/pointer.ts'
import type { RuleProblem } from '../core/rule-problem.ts'
import { hintWith, suggest } from '../core/suggest.ts'
import { expressionOf } from './expression.ts'
import { keywordForms, refusedKeywords } from './keywords.ts'

/** `pointer` is relative to the schema; `problem` completes a sentence about what stands there. */
export interface SchemaProblem extends RuleProblem {
  readonly pointer: string
  /** Whether the name is wrong and not the value. */
  readonly at: 'key' | 'value'
}

const dialect = 'https://json-schema.org/draft/2020-12/schema'
/** Bounds of a schema: characters of JSON, levels, and schemas to evaluate for one value with all references followed. */
const longest = 16 * 1024
const deepest = 32
const mostSchemas = 1_000
const longestPattern = 1_024

/** All that is wrong with it beyond what the meta-schema says; empty when it is fit. */
export function checkSchema(schema: Json): SchemaProblem[] {
  if (!isJsonObject(schema)) {
    return [problemAt('', 'is no schema', 'Write a JSON Schema: a mapping.')]
  }
  const { length } = JSON.stringify(schema)
  if (length > longest) {
    const hint = 'Keep to what decides.'
    return [problemAt('', `is longer than ${longest} characters of JSON`, hint)]
  }
  return new Walk(schema).run()
}

export function problemAt(
  pointer: string,
  problem: string,
  hint: string,
  at: SchemaProblem['at'] = 'value',
): SchemaProblem {
  return { pointer, problem, hint, at }
}

class Walk {
  readonly #root: JsonObject
  readonly #problems: SchemaProblem[] = []
  /** Schemas to evaluate below each pointer; undefined while that is being counted. */
  readonly #sizes = new Map<string, number | undefined>()

  constructor(root: JsonObject) {
    this.#root = root
  }

  run(): SchemaProblem[] {
    const size = this.#schema(this.#root, '', 0)
    if (this.#problems.length === 0 && size > mostSchemas) {
      const problem = `asks for more than ${mostSchemas} schemas with all references followed`
      this.#problems.push(problemAt('', problem, 'Refer to less.'))
    }
    return this.#problems
  }

  #schema(schema: Json, pointer: string, depth: number): number {
    if (typeof schema === 'boolean') return 1
    // The meta-schema tells of anything else.
    if (!isJsonObject(schema)) return 1
    const known = this.#sizes.get(pointer)
    if (known !== undefined) return known
    if (this.#sizes.has(pointer))
      return this.#refuse(pointer, 'leads back to itself', 'Write it out as deep as it may go.')
    if (depth > deepest)
      return this.#refuse(pointer, `is deeper than ${deepest} levels`, 'Flatten it.')
    this.#sizes.set(pointer, undefined)
    let size = 1
    for (const [keyword, value] of Object.entries(schema)) {
      size += this.#keyword(keyword, value, joinPointer(pointer, keyword), depth)
    }
    this.#sizes.set(pointer, size)
    return size
  }

  #keyword(keyword: string, value: Json, pointer: string, depth: number): number {
    const form = keywordForms.get(keyword)
    if (form === undefined) return this.#unknown(keyword, pointer)
    if (form === 'schema') return this.#schema(value, pointer, depth + 1)
    if (form === 'reference') return this.#reference(value, pointer, depth)
    if (form === 'opaque') return this.#opaque(keyword, value, pointer)
    if (keyword === 'patternProperties') this.#patterns(value, pointer)
    const size = this.#each(membersOf(value), pointer, depth)
    // Definitions are checked where they stand, and counted where they are referred to.
    return form === 'definitions' ? 0 : size
  }

  #each(members: readonly (readonly [string, Json])[], pointer: string, depth: number): number {
    return members
      .map(([name, member]) => this.#schema(member, joinPointer(pointer, name), depth + 1))
      .reduce((sum, size) => sum + size, 0)
  }

  #reference(value: Json, pointer: string, depth: number): number {
    if (typeof value !== 'string') return 0
    if (!/^#(?:\/[^%]*)?$/.test(value)) {
      const hint = 'Refer to "#/$defs/NAME" of the same schema: nothing is fetched.'
      return this.#refuse(pointer, 'refers to something outside of the schema', hint)
    }
    const target = valueAt(this.#root, value.slice(1))
    if (target === undefined) {
      return this.#refuse(pointer, 'refers to something that is not there', 'Add it below $defs.')
    }
    return this.#schema(target, value.slice(1), depth + 1)
  }

  #opaque(keyword: string, value: Json, pointer: string): number {
    if (keyword === 'pattern' && typeof value === 'string') this.#pattern(value, pointer)
    if (keyword === '$schema' && (value !== dialect || pointer !== '/$schema')) {
      this.#refuse(pointer, 'names another dialect', `Remove it, or write "${dialect}".`)
    }
    if (!holdsExactly(value)) {
      const hint = 'Use numbers up to 9007199254740991, or texts.'
      this.#refuse(pointer, 'holds a number that is not kept exactly', hint)
    }
    return 0
  }

  #patterns(value: Json, pointer: string): void {
    if (!isJsonObject(value)) return
    for (const pattern of Object.keys(value)) {
      this.#pattern(pattern, joinPointer(pointer, pattern), 'key')
    }
  }

  #pattern(pattern: string, pointer: string, at: SchemaProblem['at'] = 'value'): void {
    if (pattern.length > longestPattern) {
      const problem = `is longer than ${longestPattern} characters`
      this.#problems.push(problemAt(pointer, problem, 'Use several shorter ones in allOf.', at))
    } else if (expressionOf(pattern) === undefined) {
      const hint = 'Use RE2 syntax, which has no look-around and no back-references.'
      this.#problems.push(problemAt(pointer, 'is not a valid RE2 expression', hint, at))
    }
  }

  #unknown(keyword: string, pointer: string): number {
    const known = suggest(keyword, keywordForms.keys())
    const hint =
      refusedKeywords.get(keyword) ??
      hintWith(known, 'Remove it: what is not known is not checked.')
    this.#problems.push(problemAt(pointer, 'is no keyword that is checked here', hint, 'key'))
    return 0
  }

  #refuse(pointer: string, problem: string, hint: string): number {
    this.#problems.push(problemAt(pointer, problem, hint))
    return 0
  }
}

/** Of a list or a mapping; the meta-schema tells of anything else. */
function membersOf(value: Json): [string, Json][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : []
}

/** Beyond 2^53 two integers have one double, and the server may read the other one. */
export function isExact(number: number): boolean {
  return Math.abs(number) <= Number.MAX_SAFE_INTEGER
}

function holdsExactly(value: Json): boolean {
  if (typeof value === 'number') return isExact(value)
  if (typeof value !== 'object' || value === null) return true
  return Object.values(value).every((member: Json) => holdsExactly(member))
}
