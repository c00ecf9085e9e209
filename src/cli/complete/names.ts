// The names that shells offer: of what is stored, and of what mcpauth knows.
import type { World } from '../world.ts'
import type { NameQuery } from './offer.ts'

interface Place {
  readonly home: string
  readonly env: World['env']
}

/** Throws when there is nothing to read, or it cannot be read at once. Changes nothing. */
export async function namesFor(query: NameQuery, place: Place): Promise<readonly string[]> {
  if (query.what === 'schemas') {
    const { namedSchemas, typeSchemas } = await import('../shipped-schemas.ts')
    const [kind] = query.args
    if (kind === undefined) return [...namedSchemas().keys()]
    return kind.toLowerCase() === 'component' ? [...typeSchemas().keys()] : []
  }
  if (query.what === 'errors') {
    const { explanations } = await import('../explain/sources.ts')
    return explanations.map(({ id }) => id)
  }
  return storedNames(query, query.what, place)
}

type Stored = Exclude<NameQuery['what'], 'schemas' | 'errors'>

async function storedNames(
  { project, args }: NameQuery,
  what: Stored,
  { home, env }: Place,
): Promise<readonly string[]> {
  const { openStoredNames } = await import('../../control-plane/stored-names.ts')
  const names = openStoredNames(home, env)
  try {
    if (what === 'projects') return names.projects()
    if (what === 'secrets') return names.secrets(project)
    if (what === 'secret-keys') return names.secretKeys(project, args[0] ?? '')
    return names.resources(project, kindOf[what])
  } finally {
    names.close()
  }
}

const kindOf = {
  'app-ids': 'AppIdentity',
  components: 'Component',
  configurations: 'Configuration',
  httpendpoints: 'HTTPEndpoint',
  mcpservers: 'MCPServer',
  resiliencies: 'Resiliency',
} as const
