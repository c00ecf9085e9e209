// The schema that editors read: what the files of schemas/ say, and what `apply` checks beyond them, as far as JSON Schema
// can say it: component types, the settings of each, older spellings, kinds that are only stored.
import { componentTypes } from '../../src/manifest/generated/component-types.ts'
import {
  appIdentity as appIdentityKind,
  serverFields,
} from '../../src/manifest/kinds/app-identity.ts'
import type { Kind } from '../../src/manifest/kinds/kind.ts'
import { isMiddleware } from '../../src/manifest/component-type.ts'
import { kinds } from '../../src/manifest/kinds/index.ts'
import { knownComponentTypes } from '../../src/manifest/known-component-types.ts'
import { bundle, type Schema, type Schemas, titleOf } from './bundle.ts'

const allTypes = [...Object.keys(componentTypes), ...knownComponentTypes.keys()]

/** One schema for a document of any kind. `errorMessage` and `markdownDescription` are keywords of editors. */
export function editorSchema(schemas: Schemas): Schema {
  const { $defs, ...head } = bundle(schemas)
  const all = $defs as Readonly<Record<string, Schema>>
  const wanted = [...schemas].filter(([path]) => /^(?:kinds|shared)\//.test(path))
  const definitions = Object.fromEntries(
    wanted.map(([path, schema]) => [titleOf(schema, path), all[titleOf(schema, path)] ?? {}]),
  )
  const types = [...schemas.values()].filter((schema) => 'x-component-type' in schema)
  return withMarkdown({
    ...head,
    ...anyKind(definitions),
    $defs: {
      ...definitions,
      Component: component(definitions, types),
      Pipeline: pipeline(definitions['Pipeline'] ?? {}, types),
      AppIdentity: appIdentity(definitions['AppIdentity'] ?? {}, definitions['ObjectMeta'] ?? {}),
    },
  }) as Schema
}

/** A choice by `kind` and not a `oneOf`: what is wrong with a document is then told of its own kind alone. */
function anyKind(definitions: Readonly<Record<string, Schema>>): Schema {
  const rules = kinds.map((kind) => ({
    // A pattern and not an enum, which editors would show as the values to choose from.
    if: {
      type: 'object',
      properties: { kind: { pattern: spelled([kind]) } },
      required: ['kind'],
    },
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
    then:
      kind.schema === undefined
        ? { properties: { apiVersion: { enum: kind.apiVersions } } }
        : { $ref: `#/$defs/${kind.schema}` },
  }))
  return {
    // A document may be empty, as after the last line of dashes.
    type: ['object', 'null'],
    required: ['apiVersion', 'kind', 'metadata'],
    properties: {
      apiVersion: {
        description: 'API group and version.',
        enum: [...new Set(kinds.flatMap(({ apiVersions }) => apiVersions))],
      },
      kind: choice({
        pattern: spelled(kinds),
        otherwise: 'This kind does not exist.',
        offered: kinds.map(({ kind, schema = '' }) => [
          kind,
          definitions[schema]?.description ?? 'Stored, and not run here.',
        ]),
      }),
    },
    allOf: rules,
  }
}

function spelled(some: readonly Kind[]): string {
  return oneOf(some.flatMap(({ kind, aliases = [] }) => [kind, ...aliases]))
}

function component(
  definitions: Readonly<Record<string, Schema>>,
  types: readonly Schema[],
): Schema {
  const schema = definitions['Component'] ?? {}
  const spec = schema.properties?.['spec'] ?? {}
  const metadata = spec.properties?.['metadata'] ?? {}
  const properties = {
    ...spec.properties,
    type: typeField(spec.properties?.['type'] ?? {}, types),
    metadata: { ...metadata, items: setting(definitions['MetadataItem'] ?? {}) },
  }
  const rules = types.map((type) => ({
    if: { properties: { type: { const: type['x-component-type'] } }, required: ['type'] },
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
    then: settingsRule(type),
  }))
  return {
    ...schema,
    properties: { ...schema.properties, spec: { ...spec, properties, allOf: rules } },
  }
}

/** The name says what it is by the rule of the type: editors show the first description that they find. */
function setting(item: Schema): Schema {
  const { description: _, examples: __, ...name } = item.properties?.['name'] ?? {}
  return { ...item, properties: { ...item.properties, name } }
}

/** Any type of Dapr's is valid; those that run here are offered. */
function typeField(field: Schema, types: readonly Schema[]): Schema {
  const { examples: _, ...rest } = field
  return {
    ...rest,
    ...choice({
      pattern: oneOf(allTypes),
      otherwise: 'This component type does not exist.',
      offered: types.map(described),
    }),
  }
}

interface Choice {
  readonly pattern: string
  /** Said of what does not match. */
  readonly otherwise: string
  /** Value → what it means. Others that match are valid too. */
  readonly offered: readonly (readonly [value: string, description: string])[]
}

function choice({ pattern, otherwise, offered }: Choice): Schema {
  const values = offered.map(([value, description]) => ({ const: value, description }))
  return { pattern, patternErrorMessage: otherwise, anyOf: [...values, {}] }
}

function described(type: Schema): [string, string] {
  return [String(type['x-component-type']), type.description ?? '']
}

/** What `spec` of a component of this type must be. */
function settingsRule(type: Schema): Schema {
  const fields = Object.entries(type.properties ?? {})
  const required = fields.filter(([name]) => type.required?.includes(name) === true)
  const spellings = fields.flatMap(([name, field]) => spellingsOf(name, field))
  const name = choice({
    pattern: anyCase(spellings),
    otherwise: `This setting does not exist. Use one of: ${fields.map(([known]) => known).join(', ')}.`,
    offered: fields.map(([known, field]) => [known, field.description ?? '']),
  })
  const items = { properties: { name } }
  if (required.length === 0) return { properties: { metadata: { items } } }
  const allOf = required.map(([known, field]) => presence(known, field))
  return { properties: { metadata: { items, allOf } }, required: ['metadata'] }
}

function presence(name: string, field: Schema): Schema {
  return {
    contains: {
      properties: { name: { pattern: anyCase(spellingsOf(name, field)) } },
      required: ['name'],
    },
    errorMessage: `The setting ${name} is missing.`,
  }
}

function spellingsOf(name: string, field: Schema): string[] {
  const aliases = field['x-aliases']
  return [name, ...(Array.isArray(aliases) ? aliases.map(String) : [])]
}

/** The same for handlers, which are middleware. */
function pipeline(schema: Schema, types: readonly Schema[]): Schema {
  const handlers = schema.properties?.['handlers'] ?? {}
  const handler = handlers.items ?? {}
  const { examples: _, ...type } = handler.properties?.['type'] ?? {}
  const properties = {
    ...handler.properties,
    type: {
      ...type,
      ...choice({
        pattern: oneOf(allTypes.filter(isMiddleware)),
        otherwise: 'This is not the type of a middleware.',
        offered: types.map(described).filter(([name]) => isMiddleware(name)),
      }),
    },
  }
  const items = { ...handler, properties }
  return {
    ...schema,
    properties: { ...schema.properties, handlers: { ...handlers, items } },
  }
}

/** Also in its older spelling, and with the fields that `get` prints and `apply` leaves out; these are not offered. */
function appIdentity(schema: Schema, meta: Schema): Schema {
  const { const: _, ...kind } = schema.properties?.['kind'] ?? {}
  const { description = '' } = schema.properties?.['metadata'] ?? {}
  const spec = schema.properties?.['spec'] ?? {}
  const ignored = (fields: readonly string[]): Schema => ({
    [oneOf(fields)]: { description: 'Set by the control plane; left out by apply.' },
  })
  return {
    ...schema,
    properties: {
      ...schema.properties,
      kind: { ...kind, pattern: spelled([appIdentityKind]) },
      metadata: { ...meta, description, patternProperties: ignored(serverFields.metadata) },
      spec: { ...spec, patternProperties: ignored(serverFields.spec) },
    },
    patternProperties: ignored(serverFields.top),
  }
}

/** Names match without regard to case, and JSON Schema has no flag for that. */
function anyCase(words: readonly string[]): string {
  return oneOf(words).replaceAll(
    /[a-z]/gi,
    (letter) => `[${letter.toLowerCase()}${letter.toUpperCase()}]`,
  )
}

function oneOf(words: readonly string[]): string {
  return `^(?:${words.map((word) => word.replaceAll('.', '\\.')).join('|')})$`
}

/** Editors show `description` as it is, and only `markdownDescription` as Markdown. */
function withMarkdown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withMarkdown)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).flatMap(([key, member]) =>
    key === 'description' && typeof member === 'string' && member.includes('`')
      ? [
          [key, member],
          ['markdownDescription', member],
        ]
      : [[key, withMarkdown(member)]],
  )
  return Object.fromEntries(members) as Schema
}
