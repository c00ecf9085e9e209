// The plainest evaluator of JSON Schema that one can write: the other side of property tests.
import { canonicalJson, isJsonObject, type Json } from '../../src/core/json.ts'

/** Knows the keywords that the tests use; throws for any other. */
export function satisfies(schema: Json, value: Json): boolean {
  if (typeof schema === 'boolean') return schema
  if (!isJsonObject(schema)) throw new Error('no schema')
  return Object.entries(schema).every(([keyword, wanted]) => {
    const rule = rules[keyword]
    if (rule === undefined) throw new Error(keyword)
    return rule(wanted, value, schema)
  })
}

type Rule = (wanted: Json, value: Json, schema: Readonly<Record<string, Json>>) => boolean

const ofNumber =
  (rule: (wanted: number, value: number) => boolean): Rule =>
  (wanted, value) =>
    typeof value !== 'number' || rule(wanted as number, value)
const ofText =
  (rule: (wanted: Json, value: string) => boolean): Rule =>
  (wanted, value) =>
    typeof value !== 'string' || rule(wanted, value)
const ofObject =
  (rule: (wanted: Json, value: Readonly<Record<string, Json>>) => boolean): Rule =>
  (wanted, value) =>
    !isJsonObject(value) || rule(wanted, value)
const ofList =
  (rule: (wanted: Json, value: readonly Json[]) => boolean): Rule =>
  (wanted, value) =>
    !Array.isArray(value) || rule(wanted, value as readonly Json[])
const isSame = (one: Json, other: Json): boolean => canonicalJson(one) === canonicalJson(other)
const list = (wanted: Json): readonly Json[] => wanted as readonly Json[]

const rules: Readonly<Record<string, Rule>> = {
  type: (wanted, value) => [wanted].flat().some((type) => typeOf(type as string, value)),
  const: isSame,
  enum: (wanted, value) => list(wanted).some((one) => isSame(one, value)),
  maximum: ofNumber((wanted, value) => value <= wanted),
  minimum: ofNumber((wanted, value) => value >= wanted),
  maxLength: ofText((wanted, value) => Array.from(value).length <= Number(wanted)),
  pattern: ofText((wanted, value) => new RegExp(wanted as string, 'u').test(value)),
  required: ofObject((wanted, value) =>
    list(wanted).every((name) => Object.hasOwn(value, name as string)),
  ),
  maxProperties: ofObject((wanted, value) => Object.keys(value).length <= Number(wanted)),
  properties: ofObject((wanted, value) =>
    Object.entries(wanted as Record<string, Json>).every(
      ([name, schema]) => !Object.hasOwn(value, name) || satisfies(schema, value[name] ?? null),
    ),
  ),
  additionalProperties: (wanted, value, { properties = {} }) =>
    !isJsonObject(value) ||
    Object.entries(value).every(
      ([name, member]) => Object.hasOwn(properties as object, name) || satisfies(wanted, member),
    ),
  items: ofList((wanted, value) => value.every((item) => satisfies(wanted, item))),
  uniqueItems: ofList(
    (wanted, value) =>
      wanted !== true ||
      value.every((one, at) => value.every((other, to) => at === to || !isSame(one, other))),
  ),
  not: (wanted, value) => !satisfies(wanted, value),
  allOf: (wanted, value) => list(wanted).every((one) => satisfies(one, value)),
  anyOf: (wanted, value) => list(wanted).some((one) => satisfies(one, value)),
  oneOf: (wanted, value) => list(wanted).filter((one) => satisfies(one, value)).length === 1,
}

function typeOf(type: string, value: Json): boolean {
  if (type === 'null') return value === null
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return isJsonObject(value)
  if (type === 'integer') return Number.isInteger(value)
  return typeof value === type
}
