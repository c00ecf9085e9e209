// `mcpauth schema` prints the JSON Schema of manifests, of one kind, or of the settings of one component type.
import { McpAuthError } from '../../core/errors.ts'
import { suggest } from '../../core/suggest.ts'
import { defineCommand } from '../command.ts'
import { toJson } from '../output/json.ts'

export const schema = defineCommand({
  description:
    'Without a name it is the schema of a document of any kind, for editors: put it into a file and name that ' +
    'file in the first line of a manifest, as "# yaml-language-server: $schema=FILE". A run file has the schema run-file, a table of mcpauth access test the schema access-cases, ' +
    'the users of mcpauth dev idp the schema dev-users. ' +
    'The schema of a component type describes its settings, which are the items of spec.metadata.',
  args: {
    name: {
      takes: 'optional',
      completes: 'schemas',
      description:
        'Kind, such as HTTPEndpoint, component type, such as middleware.http.bearer, run-file, access-cases or dev-users',
    },
    type: {
      takes: 'optional',
      completes: 'schemas',
      description: 'Component type, when NAME is component',
    },
  },
  options: {},
  examples: [
    'mcpauth schema > manifest.schema.json',
    'mcpauth schema HTTPEndpoint',
    'mcpauth schema run-file > run-file.schema.json',
    'mcpauth schema middleware.http.bearer',
    'mcpauth schema component middleware.http.bearer',
  ],
  async run(_, { args: { name, type } }) {
    const { manifestSchema, namedSchemas, typeSchemas } = await import('../shipped-schemas.ts')
    if (type !== undefined && name?.toLowerCase() !== 'component') {
      throw new McpAuthError('USAGE', `Only component takes a type, not "${name ?? ''}".`, {
        hint: 'Use: mcpauth schema component TYPE',
      })
    }
    const asked = type ?? name
    const schemas = type === undefined ? namedSchemas : typeSchemas
    const found = asked === undefined ? manifestSchema() : named(asked, schemas())
    return { json: () => found, names: () => [], text: () => toJson(found) }
  },
})

function named<Schema>(name: string, schemas: ReadonlyMap<string, Schema>): Schema {
  const known = [...schemas.keys()]
  const spelled = known.find((each) => each.toLowerCase() === name.toLowerCase())
  const found = spelled === undefined ? undefined : schemas.get(spelled)
  if (found !== undefined) return found
  const near = suggest(name, known)
  throw new McpAuthError('USAGE', `There is no schema of the name "${name}".`, {
    hint: near === undefined ? `Use one of: ${known.join(', ')}.` : `Did you mean ${near}?`,
  })
}
