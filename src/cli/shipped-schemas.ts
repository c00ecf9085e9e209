// The JSON Schemas that this package ships, by the names that manifests use: kinds and component types.
import { readdirSync, readFileSync } from 'node:fs'

import { isJsonObject, type Json, type JsonObject } from '../core/json.ts'

/** Two folders up from both src/cli and dist/cli. */
const folder = new URL('../../schemas/', import.meta.url)

/** The schema of a document of any kind. */
export function manifestSchema(): JsonObject {
  return read('manifest.schema.json')
}

/** Kind, component type, `run-file`, `access-cases` or `dev-users` → its schema, which refers to nothing outside itself; by name. */
export function namedSchemas(): ReadonlyMap<string, JsonObject> {
  const own = ['run-file', 'access-cases', 'dev-users'].map((name): [string, JsonObject] => [
    name,
    read(`${name}.v1.schema.json`),
  ])
  return new Map([...kindSchemas(manifestSchema()), ...typeSchemas(), ...own].toSorted(byName))
}

/** Component type → its schema; by name. */
export function typeSchemas(): ReadonlyMap<string, JsonObject> {
  const types = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.schema.json'))
    .map((path) => read(path.replaceAll('\\', '/')))
    .flatMap((schema) => {
      const type = schema['x-component-type']
      return typeof type === 'string' ? [[type, schema] as const] : []
    })
  return new Map(types.toSorted(byName))
}

function kindSchemas(manifest: JsonObject): [string, JsonObject][] {
  const { $schema = '', $defs = {} } = manifest
  const definitions = isJsonObject($defs) ? $defs : {}
  return Object.entries(definitions).flatMap(([title, schema]) => {
    if (!isJsonObject(schema) || !isKind(schema)) return []
    const needed = withNeeded(schema, definitions)
    return [[title, { $schema, ...schema, $defs: Object.fromEntries(needed) }]]
  })
}

function isKind({ properties }: JsonObject): boolean {
  return isJsonObject(properties) && Object.hasOwn(properties, 'kind')
}

/** The definitions that `schema` refers to, directly or through others. */
function withNeeded(schema: Json, definitions: JsonObject): Map<string, Json> {
  const needed = new Map<string, Json>()
  const visit = (value: Json): void => {
    for (const [, title = ''] of JSON.stringify(value).matchAll(/"\$ref":"#\/\$defs\/(\w+)"/g)) {
      if (needed.has(title)) continue
      const definition = definitions[title] ?? {}
      needed.set(title, definition)
      visit(definition)
    }
  }
  visit(schema)
  return needed
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1
}

function read(path: string): JsonObject {
  const schema: unknown = JSON.parse(readFileSync(new URL(path, folder), 'utf8'), toldIgnored)
  return isJsonObject(schema) ? schema : {}
}

/** An editor shows the description alone. */
function toldIgnored(_: string, value: Json): Json {
  if (!isJsonObject(value) || value['x-ignored'] !== true) return value
  const { description } = value
  return typeof description === 'string'
    ? { ...value, description: `${description} Ignored here.` }
    : value
}
