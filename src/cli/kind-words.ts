// Kinds of resources as people write them on the command line.
import { McpAuthError } from '../core/errors.ts'
import { suggest } from '../core/suggest.ts'
import { kinds } from '../manifest/kinds/index.ts'

/** The kind that a word means, without regard to case; `appid` is AppIdentity. Throws USAGE, with the closest word. */
export function kindOf(word: string): string {
  const spellings = new Map(
    kinds.flatMap(({ kind, aliases = [] }) =>
      [kind, ...aliases].map((spelling) => [spelling.toLowerCase(), kind] as const),
    ),
  )
  const kind = spellings.get(word.toLowerCase())
  if (kind !== undefined) return kind
  const closest = suggest(word, spellings.keys())
  throw new McpAuthError('USAGE', `"${word}" is no kind of resource.`, {
    hint:
      closest === undefined
        ? 'Use component, configuration, httpendpoint, appid, or another kind of a manifest.'
        : `Did you mean "${closest}"?`,
  })
}
