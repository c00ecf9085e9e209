// Makes a check of a JSON Schema (2020-12) for arguments: expressions in linear time, nothing fetched, nothing skipped.
import { createRequire } from 'node:module'

import type { Ajv2020, ErrorObject } from 'ajv/dist/2020.js'

import { canonicalJson, isJsonObject, type Json } from '../core/json.ts'
import type { ArgumentProblem } from '../core/mcp-access.ts'
import { checkSchema, problemAt, type SchemaProblem } from './check.ts'
import { expressionOf, type Expression } from './expression.ts'
import { ambiguityIn, namesIn } from './guard.ts'

/** What of a value breaks the schema first; undefined when it satisfies the schema. */
export type Check = (value: Json) => ArgumentProblem | undefined

export type Compiled =
  | { readonly ok: true; readonly check: Check }
  | { readonly ok: false; readonly problems: readonly [SchemaProblem, ...SchemaProblem[]] }

/** A snapshot is compiled anew with every commit; what is the same in it is not. */
const kept = new Map<string, Compiled>()
const mostKept = 256

/** Loads the validator at the first call. Never throws for what a schema says. */
export function compileSchema(schema: Json): Compiled {
  const text = JSON.stringify(schema)
  const known = kept.get(text)
  if (known !== undefined) return known
  const compiled = compile(schema)
  if (kept.size >= mostKept) kept.clear()
  kept.set(text, compiled)
  return compiled
}

function compile(schema: Json): Compiled {
  const [first, ...rest] = checkSchema(schema)
  if (first !== undefined) return { ok: false, problems: [first, ...rest] }
  validator ??= loadValidator()
  const ajv = validator
  if (!isJsonObject(schema)) return fail(problemAt('', 'is no schema', 'Write a mapping.'))
  try {
    if (ajv.validateSchema(schema) !== true) return fail(violation(ajv.errors?.at(-1)))
    // Each schema is used once: keeping it would only keep its text.
    const validate = ajv.compile<Json>(schema)
    ajv.removeSchema(schema)
    const names = namesIn(schema)
    return {
      ok: true,
      check: (value) => {
        const ambiguity = ambiguityIn(value, names)
        if (ambiguity !== undefined) return ambiguity
        if (validate(value)) return undefined
        const error = validate.errors?.at(-1)
        return { path: error?.instancePath ?? '', keyword: error?.keyword ?? 'schema' }
      },
    }
  } catch {
    return fail(problemAt('', 'cannot be compiled', 'Simplify it.'))
  }
}

function fail(problem: SchemaProblem): Compiled {
  return { ok: false, problems: [problem] }
}

/** What the meta-schema says: the place, and which of its keywords is broken. */
function violation(error: ErrorObject | undefined): SchemaProblem {
  const hint = 'See https://json-schema.org/draft/2020-12/json-schema-validation.'
  return problemAt(error?.instancePath ?? '', `is not valid JSON Schema (${error?.keyword})`, hint)
}

let validator: Ajv2020 | undefined

function loadValidator(): Ajv2020 {
  const require = createRequire(import.meta.url)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- require has no types
  const loaded = require('ajv/dist/2020.js') as { readonly Ajv2020: typeof Ajv2020 }
  const ajv = new loaded.Ajv2020({
    strict: true,
    // Right in itself, if unusual.
    strictTypes: false,
    strictTuples: false,
    strictRequired: false,
    allowUnionTypes: true,
    // Otherwise "toString" would be there, and required, in every object.
    ownProperties: true,
    messages: false,
    logger: false,
    code: { regExp: Object.assign(linearExpression, { code: '' }) },
  })
  // ajv compares every item with every other one.
  ajv.removeKeyword('uniqueItems')
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    validate: (wanted: boolean, items: readonly Json[]) =>
      !wanted || new Set(items.map((item) => canonicalJson(item))).size === items.length,
  })
  return ajv
}

function linearExpression(source: string): Expression {
  const expression = expressionOf(source)
  if (expression === undefined) throw new TypeError('no RE2 expression')
  return expression
}
