// The keywords of JSON Schema 2020-12 that a schema of arguments may use, and where further schemas stand in them.

/** `opaque`: no schema within. `schemas`: a list or a mapping whose members are schemas. */
export type KeywordForm = 'opaque' | 'schema' | 'schemas' | 'definitions' | 'reference'

const ofForm = (form: KeywordForm, keywords: readonly string[]): [string, KeywordForm][] =>
  keywords.map((keyword) => [keyword, form])

/** Everything else is refused: what the validator does not know it would not check. */
export const keywordForms: ReadonlyMap<string, KeywordForm> = new Map([
  ...ofForm('opaque', ['type', 'enum', 'const']),
  ...ofForm('opaque', ['multipleOf', 'maximum', 'exclusiveMaximum', 'minimum', 'exclusiveMinimum']),
  ...ofForm('opaque', ['maxLength', 'minLength', 'pattern']),
  ...ofForm('opaque', ['maxItems', 'minItems', 'uniqueItems', 'maxContains', 'minContains']),
  ...ofForm('opaque', ['maxProperties', 'minProperties', 'required', 'dependentRequired']),
  ...ofForm('opaque', ['$schema', '$comment', 'title', 'description', 'default', 'examples']),
  ...ofForm('opaque', ['deprecated', 'readOnly', 'writeOnly']),
  ...ofForm('schema', ['additionalProperties', 'unevaluatedProperties', 'propertyNames']),
  ...ofForm('schema', ['items', 'unevaluatedItems', 'contains', 'not', 'if', 'then', 'else']),
  ...ofForm('schemas', ['allOf', 'anyOf', 'oneOf', 'prefixItems']),
  ...ofForm('schemas', ['properties', 'patternProperties', 'dependentSchemas']),
  ['$defs', 'definitions'],
  ['$ref', 'reference'],
])

/** Keywords of the standard that are left out on purpose, and what to do instead. */
export const refusedKeywords: ReadonlyMap<string, string> = new Map([
  ['format', 'Use pattern: JSON Schema 2020-12 does not demand that format is checked.'],
  ['$id', 'Remove it: the schema stands alone.'],
  ['$anchor', 'Refer to "#/$defs/NAME" instead.'],
  ['$dynamicRef', 'Write out what it refers to.'],
  ['$dynamicAnchor', 'Write out what refers to it.'],
  ['$vocabulary', 'Remove it.'],
  ['contentSchema', 'Constrain the text with pattern.'],
  ['contentEncoding', 'Constrain the text with pattern.'],
  ['contentMediaType', 'Constrain the text with pattern.'],
])
