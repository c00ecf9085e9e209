// Reads schemas/ and joins its files into one schema whose parts live under $defs, named by their titles.
import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

export interface Schema {
  readonly [keyword: string]: unknown
  readonly title?: string
  readonly description?: string
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly additionalProperties?: boolean | Schema
  readonly $ref?: string
}

/** Path below schemas/ → schema. */
export type Schemas = ReadonlyMap<string, Schema>

const bundleFile = 'manifest.schema.json'

export function readSchemas(folder: string): Schemas {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.schema.json') && path !== bundleFile)
    .toSorted()
  return new Map(
    paths.map((path) => [path, JSON.parse(readFileSync(join(folder, path), 'utf8')) as Schema]),
  )
}

/** All schemas as one; a root that allows anything, and the parts. */
export function bundle(schemas: Schemas): Schema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Manifest',
    description: 'One manifest document of any kind.',
    $defs: Object.fromEntries(
      [...schemas].map(([path, schema]) => {
        const { $schema: _, ...rest } = rewrite(schema, path, schemas) as Schema
        return [titleOf(schema, path), rest]
      }),
    ),
  }
}

/** The schema that `$ref` in the file `path` stands for, with the path of its own file. */
export function resolveReference(
  schemas: Schemas,
  path: string,
  ref: string,
): { readonly path: string; readonly schema: Schema } {
  const target = posix.join(posix.dirname(path), ref)
  const schema = schemas.get(target)
  if (schema === undefined) throw new Error(`schemas/${path} refers to ${ref}, which is missing`)
  return { path: target, schema }
}

export function titleOf(schema: Schema, path: string): string {
  if (schema.title === undefined) throw new Error(`schemas/${path} has no title`)
  return schema.title
}

function pointerOf(schemas: Schemas, path: string): string {
  const schema = schemas.get(path)
  if (schema === undefined) throw new Error(`schemas/${path} is missing`)
  return `#/$defs/${titleOf(schema, path)}`
}

function rewrite(value: unknown, path: string, schemas: Schemas): unknown {
  if (Array.isArray(value)) return value.map((item) => rewrite(item, path, schemas))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      key === '$ref' && typeof member === 'string'
        ? pointerOf(schemas, resolveReference(schemas, path, member).path)
        : rewrite(member, path, schemas),
    ]),
  )
}
